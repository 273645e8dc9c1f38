// The guest library: one stub per function, the callbacks' other end, and the module's tables.
#include <algorithm>

#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Mode = Function::Mode;
using Result = Function::Result;

std::string number(unsigned index) { return std::to_string(index); }

// "toy_status toy_add(toy_ctx ctx, int op)"
std::string prototype(const Function& function, bool named) {
  std::vector<std::string> parameters;
  for (const Parameter& parameter : function.parameters) {
    parameters.push_back(parameter.c.declare(named ? local(parameter, Side::kGuest) : ""));
  }
  return function.header->result.declare(function.name) + "(" +
         (parameters.empty() ? "void" : joined(parameters)) + ")";
}

// --- what a stub returns where the call did not happen ---

// The switch over outcomes, as the body of a function. `result`: text behind "return".
void outcomes(Writer& out, const Emission& emission, const Values& values, const CType& c) {
  const std::string lost = value_or(values.lost, c);
  const auto returns = [&](const std::string& label, const std::string& value) {
    out.open(label + ":");
    out.line("return " + value + ";");
    out.close({});
  };
  out.open("switch (call.outcome()) {");
  returns("case marshal::Outcome::kRefused", value_or(values.refused, lost));
  returns("case marshal::Outcome::kExhausted", value_or(values.exhausted, lost));
  returns("case marshal::Outcome::kUnsupported", value_or(values.unsupported, lost));
  std::vector<const Type*> invalid;
  for (const Type* type : emission.handles()) {
    if (type->values.invalid != nullptr) invalid.push_back(type);
  }
  if (values.invalid != nullptr) {
    returns("case marshal::Outcome::kInvalidHandle", value_text(values.invalid));
  } else if (!invalid.empty()) {
    out.open("case marshal::Outcome::kInvalidHandle:");
    out.open("switch (call.invalid_type()) {");
    for (const Type* type : invalid) {
      returns("case " + type_constant(*type), value_text(type->values.invalid));
    }
    returns("default", lost);
    out.close();
    out.close({});
  }
  returns("default", lost);
  out.close();
}

bool has_own_failure(const Function& function) {
  return function.own_values || function.error >= 0 || function.result == Result::kHandle ||
         (function.result == Result::kNumber && function.status == nullptr);
}

// The expression that a stub returns.
std::string failure(const Function& function) {
  if (function.result == Result::kVoid && function.error < 0) return "";
  if (!has_own_failure(function)) {
    return "failure_" + identifier(function.status->name) + "(call)";
  }
  if (function.result == Result::kHandle && function.error < 0 && !function.own_values) {
    return "nullptr";
  }
  if (function.error < 0) return "failure_" + function.name + "(call)";
  const Parameter& error = function.parameters[static_cast<size_t>(function.error)];
  return "failure_" + function.name + "(call, " + local(error, Side::kGuest) + ")";
}

// What a function says itself, and its type's word for the rest.
void own_values(Writer& out, const Emission& emission, const std::string& head,
                const Values& values, const Type* status, const CType& c) {
  out.open(head + "(const Call& call) {");
  if (status == nullptr) {
    outcomes(out, emission, values, c);
  } else {
    const auto differs = [&](const char* outcome, const Expr* own, const Expr* general) {
      if (own == general) return;
      out.line("if (call.outcome() == marshal::Outcome::" + std::string(outcome) + ") return " +
               value_text(own) + ";");
    };
    differs("kLost", values.lost, status->values.lost);
    differs("kRefused", values.refused, status->values.refused);
    differs("kExhausted", values.exhausted, status->values.exhausted);
    differs("kInvalidHandle", values.invalid, status->values.invalid);
    differs("kUnsupported", values.unsupported, status->values.unsupported);
    out.line("return failure_" + identifier(status->name) + "(call);");
  }
  out.close();
}

// A function of its own where failure() names one.
void own_failure(Writer& out, const Emission& emission, const Function& function) {
  if (!has_own_failure(function)) return;
  const std::string expression = failure(function);
  if (expression.empty() || expression == "nullptr") return;
  const CType& result = function.header->result;
  out.line();
  if (function.error < 0) {
    const Type* status = function.result == Result::kNumber ? function.status : nullptr;
    own_values(out, emission, result.declare("failure_" + function.name), function.values, status,
               result);
    return;
  }
  const Parameter& error = function.parameters[static_cast<size_t>(function.error)];
  const CType& c = *error.c.pointee;
  std::string value;
  if (function.own_values || function.error_status == nullptr) {
    value = "error_" + function.name + "(call)";
    own_values(out, emission, c.declare("error_" + function.name), function.error_values,
               function.error_status, c);
    out.line();
  } else {
    value = "failure_" + identifier(function.error_status->name) + "(call)";
  }
  const std::string name = local(error, Side::kGuest);
  out.open(result.declare("failure_" + function.name) + "(const Call& call, " +
           error.c.declare(name) + ") {");
  out.line("if (" + name + " != nullptr) *" + name + " = " + value + ";");
  if (function.result == Result::kHandle) out.line("return nullptr;");
  if (function.result == Result::kNumber) {
    out.line("return " + value_or(function.values.lost, result) + ";");
  }
  out.close();
}

// --- a stub ---

class Stub {
 public:
  Stub(Writer& out, const Emission& emission, const Function& function)
      : out_(out),
        emission_(emission),
        function_(function),
        print_(Side::kGuest, &function),
        fixed_request_(is_fixed(request_fields(function))),
        fixed_reply_(is_fixed(reply_fields(function))) {
    const std::string value = failure(function);
    fail_ = value.empty() ? "return;" : "return " + value + ";";
  }

  void emit() {
    out_.line();
    out_.line("// " + emission_.place(function_.span));
    out_.open("AVA_EXPORT " + prototype(function_, true) + " {");
    out_.line("Call call(kFn_" + function_.name + ");");
    for (const Parameter& parameter : function_.parameters) handle(parameter);
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.is_pointer()) {
        out_.line("call.pointer(" + number(parameter.index) + ", " + name(parameter) + ");");
      }
    }
    for (const Parameter& parameter : function_.parameters) argument(parameter);
    out_.line("if (call.failed()) " + fail_);
    learn();
    if (function_.mode == Mode::kSync) {
      out_.line(reply_head() + invoke(request()) + ";");
    } else {
      asynchronous();
    }
    out_.line("if (reply == nullptr) " + fail_);
    results();
    out_.close();
  }

 private:
  static std::string name(const Parameter& parameter) { return local(parameter, Side::kGuest); }

  void handle(const Parameter& parameter) {
    if (parameter.kind != Kind::kHandle) return;
    const char* method = parameter.retains       ? "handle_retained"
                         : parameter.deallocates ? "handle_released"
                                                 : "handle";
    out_.line("const auto " + parameter.name + "_id = call." + method + "(" + name(parameter) +
              ", " + type_constant(*parameter.handle) + ");");
  }

  void argument(const Parameter& parameter) {
    const std::string data = name(parameter);
    const std::string index = number(parameter.index);
    const std::string field = parameter.name + "_field";
    switch (parameter.kind) {
      case Kind::kIn:
        bulk("In", "in", parameter);
        if (!parameter.maybe.empty()) maybe(parameter);
        break;
      case Kind::kOut:
        bulk("Out", "out", parameter);
        break;
      case Kind::kInOut:
        out_.line("const In " + field + " = call.in(" + data + ", " + print_.bytes(parameter) +
                  ", " + index + ");");
        out_.line("const Out " + field + "_out = call.out(" + data + ", " +
                  print_.bytes(parameter) + ", " + index + ");");
        break;
      case Kind::kString:
        out_.line("const In " + field + " = call.in_string(" + data + ", " + index + ");");
        break;
      case Kind::kStrings: {
        const std::string lengths =
            parameter.lengths != nullptr ? name(*parameter.lengths) : "nullptr";
        const char* method = parameter.zero_terminated ? "in_strings(" : "in_buffers(";
        out_.line("const InList " + field + " = call." + method + data + ", " +
                  print_.count(parameter) + ", " + lengths + ", " + index + ");");
        break;
      }
      case Kind::kInHandles:
        out_.line("const auto " + parameter.name + "_ids = call.handles(" + data + ", " +
                  print_.count(parameter) + ", " + index + ", " + type_constant(*parameter.handle) +
                  ");");
        break;
      case Kind::kProperties:
        out_.line("const auto " + parameter.name + "_list = call.list(" + data + ", " + index +
                  ", " + entries_name(function_, parameter.index, 0) + ");");
        break;
      case Kind::kCallback: {
        const std::string& user_data =
            name(function_.parameters[static_cast<size_t>(parameter.user_data)]);
        out_.line("const uint64_t " + parameter.name +
                  "_number = call.closure(reinterpret_cast<const void*>(" + data + "), " +
                  user_data + ", " + (parameter.once ? "true" : "false") + ");");
        break;
      }
      default:
        break;
    }
  }

  void bulk(const std::string& type, const std::string& method, const Parameter& parameter) {
    const std::string arguments = "(" + name(parameter) + ", " + print_.bytes(parameter) + ", " +
                                  number(parameter.index) + ")";
    std::string call = "call." + method + (parameter.completes_later() ? "_until" : "") + arguments;
    if (parameter.completes_later() && function_.sync_when != nullptr) {
      call = print_.value(*function_.sync_when) + " ? call." + method + arguments + " : " + call;
    }
    out_.line("const " + type + " " + parameter.name + "_field = " + call + ";");
  }

  void maybe(const Parameter& parameter) {
    std::vector<std::string> types;
    for (const Type* type : parameter.maybe) types.push_back(type_constant(*type));
    out_.line("const auto " + parameter.name + "_id = call.handle_inside(" + name(parameter) +
              ", " + print_.bytes(parameter) + ", {" + joined(types) + "});");
  }

  void learn() {
    // A call that leaves a pointer out is another kind of call.
    if (!function_.learn.empty() && pointer_mask(function_) != 0) {
      out_.line("call.learn_value(call.present());");
    }
    for (const Expr* part : function_.learn) {
      const Parameter* parameter =
          part->kind == Expr::Kind::kName ? function_.find(part->text) : nullptr;
      if (parameter != nullptr && parameter->kind == Kind::kHandle) {
        out_.line("call.learn_value(" + parameter->name + "_id);");
      } else if (parameter != nullptr && parameter->kind == Kind::kIn) {
        out_.guarded(name(*parameter) + " != nullptr",
                     "call.learn(" + name(*parameter) + ", " + print_.bytes(*parameter) + ");");
      } else {
        out_.line("call.learn_value(" + print_.value(*part) + ");");
      }
    }
    // Bytes that were a handle, and bytes that were none, are different calls.
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.maybe.empty() || function_.learn.empty()) continue;
      out_.line("call.learn_value(marshal::id_type(" + parameter.name + "_id));");
    }
  }

  // --- the request ---
  std::string request() const {
    std::vector<std::string> fields;
    if (!fixed_request_) fields.push_back("call.builder()");
    fields.push_back("call.present()");
    for (const Parameter& parameter : function_.parameters) {
      const std::string field = parameter.name + "_field";
      switch (parameter.kind) {
        case Kind::kNumber:
          fields.push_back(to_wire(parameter.c, name(parameter)));
          break;
        case Kind::kHandle:
          fields.push_back(parameter.name + "_id");
          break;
        case Kind::kIn:
        case Kind::kString:
        case Kind::kInOut:
          fields.push_back(field + ".bytes");
          fields.push_back(field + ".reference()");
          if (parameter.kind == Kind::kInOut) fields.push_back(field + "_out.reference()");
          if (!parameter.maybe.empty()) fields.push_back(parameter.name + "_id");
          break;
        case Kind::kStrings:
          fields.push_back(field + ".in.bytes");
          fields.push_back(field + ".in.reference()");
          fields.push_back(field + ".sizes");
          break;
        case Kind::kOut:
          fields.push_back(field + ".reference()");
          break;
        case Kind::kInHandles:
          fields.push_back(parameter.name + "_ids");
          break;
        case Kind::kProperties:
          fields.push_back(parameter.name + "_list");
          break;
        case Kind::kCallback:
          fields.push_back(parameter.name + "_number");
          break;
        default:
          break;
      }
    }
    if (fixed_request_) return request_type(function_) + "(" + joined(fields) + ")";
    return "wire::Create" + function_.name + "_request(" + joined(fields) + ")";
  }

  std::string reply_head() const { return "const auto* reply = "; }

  std::string invoke(const std::string& what) const {
    const char* method = fixed_request_
                             ? (fixed_reply_ ? "invoke_fixed" : "invoke_fixed_for_table")
                             : (fixed_reply_ ? "invoke_table_for_fixed" : "invoke_table");
    return std::string("call.") + method + "<" + reply_type(function_) + ">(" + what + ")";
  }

  // The application must wait where the call is to be synchronous, where a check would refuse it,
  // and where it asked for an output.
  std::string waits() const {
    std::vector<std::string> reasons;
    if (function_.sync_when != nullptr) reasons.push_back(print_.value(*function_.sync_when));
    for (const Parameter& parameter : function_.parameters) {
      for (const Check& check : parameter.checks) reasons.push_back(failed(check));
      if (parameter.nonnull && !parameter.is_output()) {
        reasons.push_back(name(parameter) + " == nullptr");
      }
    }
    for (const Check& check : function_.checks) reasons.push_back(failed(check));
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.is_output() && !parameter.completes_later()) {
        reasons.push_back(name(parameter) + " != nullptr");
      }
    }
    return reasons.empty() ? "false" : joined(reasons, " || ");
  }

  std::string failed(const Check& check) const {
    const std::string text = print_.negated(*check.expression);
    if (check.condition == nullptr) return text;
    return "((" + print_.value(*check.condition) + ") && " + text + ")";
  }

  void asynchronous() {
    if (fixed_request_) {
      std::string arguments = request().substr(request_type(function_).size());
      out_.line("const " + request_type(function_) + " request" + arguments + ";");
    } else {
      out_.line("const auto request = " + request() + ";");
    }
    out_.open("if (!call.must_wait(" + waits() + ")) {");
    std::string wake = function_.quiet ? "Wake::kQuiet" : "Wake::kNow";
    if (function_.quiet && function_.quiet_when != nullptr) {
      wake = print_.value(*function_.quiet_when) + " ? Wake::kQuiet : Wake::kNow";
    }
    const std::string post = std::string("call.post_") + (fixed_request_ ? "fixed" : "table") +
                             "(request, " + wake + ")";
    if (function_.result == Result::kVoid) {
      out_.line(post + ";");
      out_.line("return;");
    } else {
      out_.line("return " + post + " ? " + value_text(function_.values.success) + " : " +
                failure(function_) + ";");
    }
    out_.close();
    out_.line(reply_head() + invoke("request") + ";");
  }

  // --- the reply ---
  std::string success() const {
    if (function_.result == Result::kHandle) return "reply->ret() != 0";
    if (function_.result == Result::kNumber && function_.values.success != nullptr) {
      return "reply->ret() == " + value_text(function_.values.success);
    }
    return "true";
  }

  struct Landing {
    std::string guard;  // empty: none
    std::string statement;
  };

  void results() {
    std::vector<Landing> landings;
    for (const Parameter& parameter : function_.parameters) {
      if (!parameter.is_error) land(parameter, landings);
    }
    const bool conditional = success() != "true";
    if (landings.empty() || !conditional) {
      out_.line("call.settle(" + success() + ");");
    } else {
      out_.line("const bool success = " + success() + ";");
      out_.line("call.settle(success);");
    }
    if (landings.size() == 1 || !conditional) {
      for (const Landing& landing : landings) {
        std::string guard = conditional ? "success" : "";
        if (!landing.guard.empty()) guard += (guard.empty() ? "" : " && ") + landing.guard;
        guard.empty() ? out_.line(landing.statement) : out_.guarded(guard, landing.statement);
      }
    } else if (!landings.empty()) {
      out_.open("if (success) {");
      for (const Landing& landing : landings) {
        landing.guard.empty() ? out_.line(landing.statement)
                              : out_.guarded(landing.guard, landing.statement);
      }
      out_.close();
    }
    if (function_.error >= 0) {
      const Parameter& error = function_.parameters[static_cast<size_t>(function_.error)];
      out_.line("if (" + name(error) + " != nullptr) *" + name(error) + " = " +
                from_wire(*error.c.pointee, "reply->" + error.name + "()") + ";");
    }
    if (function_.result == Result::kNumber) {
      out_.line("return " + from_wire(function_.header->result, "reply->ret()") + ";");
    } else if (function_.result == Result::kHandle) {
      out_.line("return static_cast<" + function_.header->result.spelling +
                ">(call.land_handle(reply->ret(), " + type_constant(*function_.result_type) + ", " +
                (function_.allocates ? "true" : "false") + "));");
    }
  }

  void land(const Parameter& parameter, std::vector<Landing>& landings) const {
    const std::string data = name(parameter);
    const std::string reply = "reply->" + parameter.name + "()";
    const char* created = parameter.allocates ? "true" : "false";
    switch (parameter.kind) {
      case Kind::kOutNumber:
        landings.push_back({data + " != nullptr",
                            "*" + data + " = " + from_wire(*parameter.c.pointee, reply) + ";"});
        break;
      case Kind::kOutHandle:
        landings.push_back(
            {data + " != nullptr", "*" + data + " = static_cast<" + parameter.c.pointee->spelling +
                                       ">(call.land_handle(" + reply + ", " +
                                       type_constant(*parameter.handle) + ", " + created + "));"});
        break;
      case Kind::kOutHandles:
        landings.push_back({"", "call.land_handles(" + data + ", " + reply + ", " +
                                    type_constant(*parameter.handle) + ", " + created + ");"});
        break;
      case Kind::kOut:
      case Kind::kInOut: {
        const std::string written = parameter.written != nullptr
                                        ? "reply->" + parameter.name + "_written()"
                                        : print_.bytes(parameter);
        if (parameter.completes_later() && function_.sync_when == nullptr) break;
        const std::string field =
            parameter.name + (parameter.kind == Kind::kInOut ? "_field_out" : "_field");
        landings.push_back(
            {"", "call.land(" + data + ", " + field + ", " + reply + ", " + written + ");"});
        translate(parameter, data, written, landings);
        break;
      }
      default:
        break;
    }
  }

  void translate(const Parameter& parameter, const std::string& data, const std::string& written,
                 std::vector<Landing>& landings) const {
    unsigned list = 1;
    for (const Translation& translation : parameter.translations) {
      const std::string guard =
          translation.condition == nullptr ? "" : print_.value(*translation.condition);
      if (translation.type != nullptr) {
        landings.push_back({guard, "call.translate(" + data + ", " + written + ", " +
                                       type_constant(*translation.type) + ");"});
      } else if (!translation.entries.empty()) {
        landings.push_back({guard, "call.translate_list(" + data + ", " + written + ", " +
                                       entries_name(function_, parameter.index, list) + ");"});
      }
      ++list;
    }
  }

  Writer& out_;
  const Emission& emission_;
  const Function& function_;
  ExpressionPrinter print_;
  bool fixed_request_;
  bool fixed_reply_;
  std::string fail_;
};

void unsupported_stub(Writer& out, const Emission& emission, const Function& function) {
  out.line();
  out.line("// " + (function.declaration != nullptr
                        ? emission.place(function.span) + ": unsupported"
                        : std::string("not in the specification")));
  const CType& result = function.header->result;
  std::string value;
  if (result.kind == CType::Kind::kRecord) {
    value = "{}";
  } else if (result.kind != CType::Kind::kVoid) {
    const Expr* said =
        function.values.unsupported != nullptr ? function.values.unsupported : function.values.lost;
    value = value_or(said, result);
  }
  if (function.error < 0) {
    const std::string head = "AVA_EXPORT " + prototype(function, false) + " {";
    const std::string body = value.empty() ? "" : "return " + value + ";";
    const std::string one = head + (body.empty() ? "}" : " " + body + " }");
    if (one.size() <= Writer::kColumns) return out.line(one);
    out.open(head);
    if (!body.empty()) out.line(body);
    return out.close();
  }
  const Parameter& error = function.parameters[static_cast<size_t>(function.error)];
  std::vector<std::string> parameters;
  for (const Parameter& parameter : function.parameters) {
    const bool named = parameter.index == error.index;
    parameters.push_back(parameter.c.declare(named ? parameter.name : ""));
  }
  const Expr* said = function.error_values.unsupported != nullptr
                         ? function.error_values.unsupported
                         : function.error_values.lost;
  out.open("AVA_EXPORT " + result.declare(function.name) + "(" + joined(parameters) + ") {");
  out.line("if (" + error.name + " != nullptr) *" + error.name + " = " +
           value_or(said, *error.c.pointee) + ";");
  if (!value.empty()) out.line("return " + value + ";");
  out.close();
}

// --- the other end of callbacks ---

void deliver(Writer& out, const Callback& callback) {
  const bool fixed = is_fixed(upcall_fields(callback));
  const std::string type = "wire::" + callback.name + "_upcall";
  out.line();
  out.open("void deliver_" + callback.name +
           "(guest::Delivery& delivery, std::span<const std::byte> body) {");
  out.line(fixed ? "const auto& upcall = *reinterpret_cast<const " + type + "*>(body.data());"
                 : "const auto& upcall = *flatbuffers::GetRoot<" + type + ">(body.data());");
  out.line("const auto function = reinterpret_cast<" + callback.c_type + ">(delivery.function());");
  std::vector<std::string> arguments;
  for (const Parameter& parameter : callback.parameters) {
    const std::string field = "upcall." + parameter.name + "()";
    if (parameter.kind == Kind::kUserData) {
      arguments.push_back("delivery.user_data()");
    } else if (parameter.kind == Kind::kHandle) {
      arguments.push_back("static_cast<" + parameter.c.spelling + ">(delivery.land_handle(" +
                          field + ", " + type_constant(*parameter.handle) + "))");
    } else if (parameter.kind == Kind::kNumber) {
      arguments.push_back(from_wire(parameter.c, field));
    } else {
      arguments.push_back("guest::bytes_of<" + parameter.c.pointee->spelling + ">(" + field + ")");
    }
  }
  out.line("function(" + joined(arguments) + ");");
  out.close();
}

// --- dispatch table ---

// What a type says for functions that are not covered.
std::string unsupported_value(const Emission& emission, const CType& c) {
  for (const std::string& name : c.chain) {
    for (const Type& type : emission.model().types) {
      if (type.name != name) continue;
      return value_or(
          type.values.unsupported != nullptr ? type.values.unsupported : type.values.lost, c);
    }
  }
  // The header writes the plain type here and its typedef elsewhere: they say the same.
  for (const Type& type : emission.model().types) {
    if (!type.c.chain.empty() && type.c.chain.back() == c.chain.back()) {
      return unsupported_value(emission, type.c);
    }
  }
  return value_or(nullptr, c);
}

// An entry that nothing covers, though the header gives its type: callable, and honest about it.
void missing_entry(Writer& out, const Emission& emission, const HeaderField& field) {
  const CType& function = *field.type.pointee;
  std::vector<std::string> parameters;
  const CType* error = nullptr;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    const bool names_error = i < function.parameter_names.size() &&
                             function.parameter_names[i] == emission.model().error_name &&
                             !emission.model().error_name.empty();
    if (names_error) error = function.parameters[i].pointee.get();
    parameters.push_back(function.parameters[i].declare(names_error ? "error" : ""));
  }
  out.line();
  out.open(function.result->declare("missing_" + field.name) + "(" + joined(parameters) + ") {");
  if (error != nullptr) {
    out.line("if (error != nullptr) *error = " + unsupported_value(emission, *error) + ";");
  }
  if (function.result->kind != CType::Kind::kVoid) {
    out.line("return " + unsupported_value(emission, *function.result) + ";");
  }
  out.close();
}

void dispatch_table(Writer& out, const Emission& emission) {
  const DispatchTable& table = *emission.model().dispatch;
  const std::deque<Function>& functions = emission.model().functions;
  std::vector<std::string> rows;
  Writer missing;
  bool untyped = false;
  for (const HeaderField& field : *table.fields) {
    const bool known = std::any_of(functions.begin(), functions.end(),
                                   [&](const Function& f) { return f.name == field.name; });
    const bool typed = field.type.is_function_pointer();
    const std::string address = known   ? "&::" + field.name
                                : typed ? "&missing_" + field.name
                                        : "&missing";
    rows.push_back(typed ? address
                         : "reinterpret_cast<" + field.type.spelling + ">(" + address + ")");
    if (!known && typed) missing_entry(missing, emission, field);
    untyped |= !known && !typed;
  }
  out.line();
  out.line(
      "// What the table holds where neither the specification nor its headers name a function.");
  if (untyped) out.line("void missing() {}");
  out.verbatim(missing.text());
  out.line();
  out.open_list("const " + table.type + " " + table.variable);
  for (const std::string& row : rows) out.line(row + ",");
  out.close_list();
}

void failures_header(Writer& out, const Emission& emission) {
  for (const Type& type : emission.model().types) {
    if (type.is_handle || !type.c.is_number()) continue;
    out.line();
    out.line("// What " + type.name + " says when a call did not happen.");
    out.open("inline " + type.name + " failure_" + identifier(type.name) +
             "(const guest::Call& call) {");
    outcomes(out, emission, type.values, type.c);
    out.close();
  }
}

File guest_header(const Emission& emission) {
  Writer out;
  out.verbatim(emission.banner());
  out.line("#pragma once");
  out.line();
  emission.header_lines(out);
  out.line();
  for (const char* name : {"base/export.h", "guest/call.h", "marshal/bulk.h"}) {
    out.line(std::string("#include \"") + name + "\"");
  }
  out.line("#include \"" + emission.api() + "_api.h\"");
  out.line("#include \"" + emission.api() + "_generated.h\"");
  deprecated(out, emission);
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  failures_header(out, emission);
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  return {emission.api() + "_guest.h", out.text()};
}

std::vector<std::string> quoted_names(const std::vector<const Function*>& functions) {
  std::vector<std::string> names;
  for (const Function* function : functions) names.push_back("\"" + function->name + "\"");
  return names;
}

void tables(Writer& out, const Emission& emission) {
  for (const Callback* callback : emission.upcalls()) deliver(out, *callback);
  if (!emission.handles().empty()) {
    out.line();
    out.open_list("constexpr guest::Type kTypes[]");
    for (const Type* type : emission.handles()) {
      const std::string dispatch = type->dispatch && emission.model().dispatch
                                       ? "&" + emission.model().dispatch->variable
                                       : "nullptr";
      out.line("{\"" + type->name + "\", " + dispatch + "},");
    }
    out.close_list();
  }
  out.line();
  out.table("constexpr const char* kFunctions[]", quoted_names(emission.on_wire()));
  if (!emission.upcalls().empty()) {
    out.line();
    out.open_list("constexpr guest::UpcallHandler kUpcalls[]");
    for (const Callback* callback : emission.upcalls()) out.line("deliver_" + callback->name + ",");
    out.close_list();
  }
}

// One translation unit: a chapter's stubs, and in the main one the tables.
File unit(const Emission& emission, uint32_t chapter) {
  const bool main = chapter == 0;
  const std::string& api = emission.api();
  std::vector<const Function*> functions;
  for (const Function& function : emission.model().functions) {
    if (function.chapter == chapter) functions.push_back(&function);
  }
  Writer out;
  out.verbatim(emission.banner());
  out.line("#include \"" + api + "_guest.h\"");
  out.line();
  out.line("namespace ava::" + api + " {");
  emission.verbatim(out, "guest", chapter);
  Writer stubs;
  Writer own;
  Writer lists;
  for (const Function* function : functions) {
    if (function->unsupported) unsupported_stub(stubs, emission, *function);
    if (!function->on_wire() || !function->replaced_guest.empty()) continue;
    Stub(stubs, emission, *function).emit();
    own_failure(own, emission, *function);
    entry_tables(lists, *function, "constexpr marshal::ListEntry ");
  }
  Writer names;
  usings(names, own.text() + stubs.text(),
         {{"guest::", {"Call", "In", "InList", "Out", "Wake"}},
          {"marshal::", {"saturating_add", "saturating_mul", "saturating_sub"}}});
  out.line("namespace {");
  section(out, names.text());
  section(out, lists.text());
  out.verbatim(own.text());
  if (main && emission.model().dispatch) dispatch_table(out, emission);
  if (main) tables(out, emission);
  out.line();
  out.line("}  // namespace");
  out.line();
  out.line("extern \"C\" {");
  out.verbatim(stubs.text());
  out.line();
  out.line("}  // extern \"C\"");
  out.line();
  out.line("}  // namespace ava::" + api);
  if (main) {
    const std::string space = "ava::" + api + "::";
    const std::string types = emission.handles().empty() ? "{}" : space + "kTypes";
    const std::string upcalls = emission.upcalls().empty() ? "{}" : space + "kUpcalls";
    out.line();
    out.table("const ava::guest::Module ava::guest::kModule",
              {space + "kApi", space + "kWireHash", types, space + "kFunctions", upcalls});
  }
  const std::string& name = emission.model().spec->chapters[chapter].name;
  return {api + "_guest" + (main ? "" : "_" + name) + ".cc", out.text()};
}

}  // namespace

std::vector<File> emit_guest(const Emission& emission) {
  std::vector<File> files{guest_header(emission)};
  for (uint32_t chapter = 0; chapter < emission.model().spec->chapters.size(); ++chapter) {
    files.push_back(unit(emission, chapter));
  }
  return files;
}

}  // namespace avagen
