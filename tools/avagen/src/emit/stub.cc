#include "emit/stub.h"

#include <algorithm>
#include <cctype>
#include <span>

#include "emit/expression.h"
#include "emit/failure.h"
#include "emit/landings.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Mode = Function::Mode;
using Result = Function::Result;

std::string number(unsigned index) { return std::to_string(index); }

// "toy_status toy_add(toy_ctx ctx, int op)"
std::string prototype(const Function& function, bool named, const std::string& prefix = "") {
  std::vector<std::string> parameters;
  for (const Parameter& parameter : function.declared()) {
    parameters.push_back(parameter.c.declare(named ? local(parameter, Side::kGuest) : ""));
  }
  return function.header->result.declare(prefix + function.name) + "(" +
         (parameters.empty() ? "void" : joined(parameters)) + ")";
}

// C over the parameters, of which some have other names in a stub.
std::string with_locals(const std::string& text, const Function& function) {
  std::string all;
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    const std::string word = text.substr(at, std::max<size_t>(end - at, 1));
    const Parameter* parameter = function.find(word);
    all += parameter != nullptr ? local(*parameter, Side::kGuest) : word;
    at += word.size();
  }
  return all;
}

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
    // One that mirrors memory asks again where the address is taken: see placed().
    out_.open(function_.mirrors ? "static " + prototype(function_, true, "attempt_") + " {"
                                : "AVA_EXPORT " + prototype(function_, true) + " {");
    for (const Parameter& parameter : function_.parameters) implicit(parameter);
    for (const Parameter& parameter : function_.parameters) place(parameter);
    if (function_.maps && function_.maps->box) {
      out_.line("const auto ret_box = " + rectangle(*function_.maps->box) + ";");
    }
    out_.line("Call call(kFn_" + function_.name + ");");
    for (const Parameter& parameter : function_.parameters) limit(parameter);
    for (const Parameter& parameter : function_.parameters) handle(parameter);
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.is_pointer()) {
        out_.line("call.pointer(" + number(parameter.index) + ", " + pointer(parameter) + ");");
      }
    }
    for (const Parameter& parameter : function_.parameters) argument(parameter);
    if (function_.maps) map();
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
    if (function_.mirrors) placed();
  }

 private:
  // The function around its attempts.
  void placed() {
    const Mirrors& mirrors = *function_.mirrors;
    const std::string size = name(*mirrors.size);
    std::vector<std::string> own;
    for (const Parameter& parameter : function_.declared()) {
      own.push_back(&parameter == mirrors.size ? "mirror_size" : name(parameter));
    }
    std::vector<std::string> freed;
    for (const Parameter& parameter : mirrors.free->parameters) {
      freed.push_back(parameter.unmirrors ? "static_cast<" + parameter.c.spelling + ">(memory)"
                                          : name(*function_.find(parameter.name)));
    }
    out_.line();
    out_.open("AVA_EXPORT " + prototype(function_, true) + " {");
    out_.open("const auto allocate = [=](" + mirrors.size->c.declare("mirror_size") + ") {");
    out_.line("return attempt_" + function_.name + "(" + joined(own) + ");");
    out_.close("};");
    out_.line("const auto give_back = [=](void* memory) { " + mirrors.free->name + "(" +
              joined(freed) + "); };");
    out_.line("return static_cast<" + function_.header->result.spelling + ">(guest::place_mirror(" +
              size + ", allocate, give_back));");
    out_.close();
  }

  static std::string name(const Parameter& parameter) { return local(parameter, Side::kGuest); }

  // The count of nothing but outputs that say how much of them there is.
  void limit(const Parameter& count) {
    if (count.kind != Kind::kNumber || count.c.kind != CType::Kind::kInteger || count.c.is_signed)
      return;
    std::string most;
    for (const Parameter& parameter : function_.parameters) {
      std::set<unsigned> names;
      collect(parameter.count, function_, names);
      if (names.count(count.index) == 0) continue;
      if (parameter.written == nullptr || parameter.count->kind != Expr::Kind::kName) return;
      const std::string size = number(static_cast<unsigned>(parameter.element_size));
      most = parameter.kind == Kind::kOutHandles ? "marshal::kMaxList"
             : parameter.element_size == 1       ? "marshal::kMaxSpill"
                                                 : "marshal::kMaxSpill / " + size;
    }
    if (!most.empty()) out_.line("Call::limit(" + name(count) + ", " + most + ");");
  }

  void handle(const Parameter& parameter) {
    if (parameter.kind != Kind::kHandle) return;
    const char* method = parameter.retains       ? "handle_retained"
                         : parameter.deallocates ? "handle_released"
                                                 : "handle";
    out_.line("const auto " + parameter.name + "_id = call." + method + "(" + name(parameter) +
              ", " + type_constant(*parameter.handle) + ");");
  }

  // Before the call begins: it may make calls itself.
  void implicit(const Parameter& parameter) {
    if (parameter.implicit == nullptr) return;
    const std::string value = with_locals(parameter.implicit->text, function_);
    out_.line(parameter.c.declare(name(parameter)) + " = static_cast<" + parameter.c.spelling +
              ">(" + value + ");");
  }

  // Where the application's bytes are, before the call begins: what says so may make calls itself.
  void place(const Parameter& parameter) {
    if (!parameter.by_server) return;
    if (!parameter.box) {
      const std::string size = parameter.name + "_size";
      out_.line("const uint64_t " + size + " = " + print_.computed_bytes(parameter) + ";");
      // A size that nobody knows: the library is given no bytes, and says what it makes of that.
      out_.guarded(size + " == UINT64_MAX", name(parameter) + " = nullptr;");
      return;
    }
    const BoxSpec& box = *parameter.box;
    std::string text = rectangle(box);
    if (box.condition != nullptr) {
      text = print_.value(*box.condition) + " ? " + text + " : marshal::Rectangle()";
    }
    out_.line("const auto " + parameter.name + "_box = " + text + ";");
    // Packed, the library needs none of these.
    std::string packed = name(parameter_named(box.argument(2))) + " = " +
                         name(parameter_named(box.argument(3))) + " = 0;";
    if (!box.has_origin()) {
      out_.guarded(parameter.name + "_box.exists", packed);
      return;
    }
    out_.open("if (" + parameter.name + "_box.exists) {");
    out_.line(packed);
    out_.line(name(parameter_named(box.argument(4))) + " = marshal::kNoOrigin;");
    out_.close();
  }

  const Parameter& parameter_named(const Expr& expression) const {
    return *function_.find(expression.text);
  }

  std::string rectangle(const BoxSpec& box) const {
    std::vector<std::string> arguments;
    for (const Expr& argument : box.annotation->arguments) {
      arguments.push_back(print_.value(argument));
    }
    return "marshal::rectangle(" + joined(arguments) + ")";
  }

  // What the library is given: null where there is no rectangle.
  static std::string pointer(const Parameter& parameter) {
    if (parameter.by_value) return "&" + name(parameter);
    return parameter.box ? parameter.name + "_box.in(" + name(parameter) + ")" : name(parameter);
  }

  void argument(const Parameter& parameter) {
    const std::string data = name(parameter);
    const std::string index = number(parameter.index);
    const std::string field = parameter.name + "_field";
    switch (parameter.kind) {
      case Kind::kIn:
        bulk("In", "in", parameter);
        if (!parameter.maybe.empty()) maybe(parameter);
        for (const MirroredElements& one : parameter.mirrored_elements) {
          const std::string statement = std::string("call.") +
                                        (one.unmirrors ? "unmirror_all(" : "mirrored_all(") + data +
                                        ", " + print_.bytes(parameter) + ", " + index + ");";
          one.condition == nullptr ? out_.line(statement)
                                   : out_.guarded(print_.value(*one.condition), statement);
        }
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
      case Kind::kGraph:
        out_.line("const Graph " + field + " = call." +
                  (parameter.comes_back ? "graph_and_back(" : "graph(") + pointer(parameter) +
                  ", " + print_.count(parameter) + ", " + index + ", " +
                  shape_constant(*parameter.shape) + ", kShapes" +
                  (parameter.filled ? ", true" : "") +
                  (parameter.inner != nullptr ? ", " + print_.size(*parameter.inner) : "") + ");");
        break;
      case Kind::kMirrored:
        out_.line("const uint64_t " + parameter.name + "_at = call." +
                  (parameter.unmirrors ? "unmirror(" : "mirrored(") + data + ", " + index + ");");
        break;
      case Kind::kRegistered:
        if (!parameter.lent_in) break;
        out_.line("const In " + field + " = call.in(" + data + ", " + print_.bytes(parameter) +
                  ", " + index + ");");
        break;
      case Kind::kUnregistered:
        out_.line("const guest::Unregister " + field + " = call.unregister(" + data + ", " + index +
                  ");");
        break;
      case Kind::kMapped:
        if (parameter.mirrored) {
          out_.line("const uint64_t " + parameter.name + "_at = call.mirrored(" + data + ", " +
                    index + ");");
        }
        out_.line(
            "const guest::Unmap " + field + " = call.unmap(" + data + ", " +
            (parameter.mirrored ? "call.mirror_of(" + data + ")" : id_of(parameter.mapped_of)) +
            ", " + index + ");");
        break;
      case Kind::kNumber:
        substitute(parameter);
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
                  user_data + ", " + (parameter.once ? "true" : "false") + about(parameter) + ");");
        break;
      }
      default:
        break;
    }
  }

  // The object at whose end a callback is called, and what it is called with where the session is
  // lost before the library calls it.
  std::string about(const Parameter& parameter) const {
    const std::string object =
        parameter.destroyed < 0
            ? ""
            : name(function_.parameters[static_cast<size_t>(parameter.destroyed)]);
    if (!parameter.once || !parameter.callback->says_lost()) {
      return object.empty() ? "" : ", " + object;
    }
    std::string handle = "nullptr";
    for (const Parameter& given : parameter.callback->parameters) {
      if (given.kind != Kind::kHandle) continue;
      for (const Parameter& own : function_.parameters) {
        if (own.kind == Kind::kHandle && own.handle == given.handle) handle = name(own);
      }
    }
    return ", " + (object.empty() ? "nullptr" : object) + ", {kUp_" + parameter.callback->name +
           ", " + handle + "}";
  }

  void bulk(const std::string& type, const std::string& method, const Parameter& parameter) {
    const bool box = parameter.box.has_value();
    const std::string arguments = "(" + pointer(parameter) + ", " +
                                  (box ? parameter.name + "_box.box" : print_.bytes(parameter)) +
                                  ", " + number(parameter.index) + ")";
    const std::string base = box ? method + "_box" : method;
    std::string call = "call." + base + (parameter.completes_later() ? "_until" : "") + arguments;
    if (parameter.completes_later() && function_.sync_when != nullptr) {
      const std::string blocking = method == "in" && !box ? "in_turn" : base;
      call = print_.value(*function_.sync_when) + " ? call." + blocking + arguments + " : " + call;
    }
    if (parameter.mirrored) {
      std::string condition = "guest::is_mirrored(" + name(parameter) + ")";
      if (parameter.mirrored_when != nullptr) {
        condition = "(" + print_.value(*parameter.mirrored_when) + ") && " + condition;
      }
      call = condition + " ? call." + method + "_mirrored" + arguments + " : " + call;
    }
    out_.line("const " + type + " " + parameter.name + "_field = " + call + ";");
  }

  // The id that handle() has made for a handle parameter.
  std::string id_of(int index) const {
    return function_.parameters[static_cast<size_t>(index)].name + "_id";
  }

  void map() {
    const Maps& maps = *function_.maps;
    const auto value = [&](const Expr* expression, const char* otherwise) {
      return expression == nullptr ? std::string(otherwise) : print_.value(*expression);
    };
    if (function_.maps_mirrored()) {
      const Parameter& memory = function_.parameters[static_cast<size_t>(maps.object)];
      out_.line("const guest::Map ret_map = call.map_mirrored(" + name(memory) +
                ", marshal::one_row(" + print_.value(*maps.bytes) + "), " +
                value(maps.reads, "true") + ", " + value(maps.writes, "true") + ");");
      return;
    }
    const std::string place =
        maps.box ? "ret_box.box, ret_box.offset"
                 : "marshal::one_row(" + print_.value(*maps.bytes) + "), " + value(maps.at, "0");
    out_.line("const guest::Map ret_map = call.map(" + id_of(maps.object) + ", " + place + ", " +
              value(maps.reads, "true") + ", " + value(maps.writes, "true") + ");");
  }

  // What is sent in place of the application's value.
  void substitute(const Parameter& parameter) {
    if (parameter.substitutes.empty()) return;
    std::string value = name(parameter);
    for (auto one = parameter.substitutes.rbegin(); one != parameter.substitutes.rend(); ++one) {
      const std::string other = print_.value(*one->value);
      value = one->condition == nullptr
                  ? other
                  : print_.value(*one->condition) + " ? " + other + " : " + value;
    }
    out_.line("const " + parameter.c.declare(parameter.name + "_sent") + " = " + value + ";");
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
          fields.push_back(to_wire(parameter.c, parameter.substitutes.empty()
                                                    ? name(parameter)
                                                    : parameter.name + "_sent"));
          break;
        case Kind::kOutNumber:
          if (!parameter.given) break;
          fields.push_back(to_wire(*parameter.c.pointee,
                                   name(parameter) + " != nullptr ? *" + name(parameter) + " : 0"));
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
        case Kind::kGraph:
          fields.push_back(field + ".bytes");
          fields.push_back(field + ".data.bytes");
          fields.push_back(field + ".data.reference()");
          if (parameter.written_behind) fields.push_back(field + ".output.reference()");
          break;
        case Kind::kStrings:
          fields.push_back(field + ".in.bytes");
          fields.push_back(field + ".in.reference()");
          fields.push_back(field + ".sizes");
          break;
        case Kind::kOut:
          fields.push_back(field + ".reference()");
          break;
        case Kind::kMirrored:
          fields.push_back(parameter.name + "_at");
          break;
        case Kind::kRegistered:
          fields.push_back(parameter.lent_in ? field + ".bytes" : "0");
          fields.push_back(parameter.lent_in ? field + ".reference()" : "nullptr");
          break;
        case Kind::kUnregistered:
          fields.push_back(field + ".number");
          fields.push_back(field + ".output.reference()");
          break;
        case Kind::kMapped:
          fields.push_back(field + ".number");
          fields.push_back(field + ".reference()");
          if (parameter.mirrored) fields.push_back(parameter.name + "_at");
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
    if (function_.maps) {
      fields.push_back("&ret_map.box");
      fields.push_back("ret_map.reference()");
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
      if (parameter.nonnull && !parameter.is_output() && !parameter.by_value) {
        reasons.push_back(name(parameter) + " == nullptr");
      }
      if (parameter.nonnull_elements && parameter.kind == Kind::kStrings) {
        reasons.push_back(parameter.name + "_field.some_null");
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
    if (function_.result == Result::kTable) return "reply->ret() != nullptr";
    if (function_.returns_address()) {
      return "reply->ret() != 0";
    }
    if (function_.result == Result::kNumber && function_.values.success != nullptr) {
      return "reply->ret() == " + value_text(function_.values.success);
    }
    return "true";
  }

  // The results besides success with which an output is written.
  std::string also_on(const Parameter& parameter) const {
    const std::string result =
        function_.error < 0
            ? "reply->ret()"
            : "reply->" + function_.parameters[static_cast<size_t>(function_.error)].name + "()";
    std::vector<std::string> results;
    for (const Expr* value : parameter.also_on) {
      results.push_back(result + " == " + value_text(value));
    }
    return joined(results, " || ");
  }

  void results() {
    std::vector<Landing> landings;
    std::vector<Landing> others;  // that land on some failures, too
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.is_error) continue;
      const size_t before = landings.size();
      for (Landing& landing : landings_of(function_, parameter)) {
        landings.push_back(std::move(landing));
      }
      if (parameter.also_on.empty()) continue;
      for (const Landing& landing : std::span(landings).subspan(before)) {
        others.push_back({"(success || " + also_on(parameter) + ")" +
                              (landing.guard.empty() ? "" : " && " + landing.guard),
                          landing.statement});
      }
      landings.resize(before);
    }
    const bool conditional = success() != "true";
    if ((landings.empty() && others.empty()) || !conditional) {
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
    for (const Landing& landing : others) out_.guarded(landing.guard, landing.statement);
    if (function_.error >= 0) {
      const Parameter& error = function_.parameters[static_cast<size_t>(function_.error)];
      out_.line("if (" + name(error) + " != nullptr) *" + name(error) + " = " +
                from_wire(*error.c.pointee, "reply->" + error.name + "()") + ";");
    }
    if (function_.maps_mirrored()) {
      out_.line("call.land_map(reply->ret_mapping());");
      out_.line("if (call.failed()) " + fail_);
    }
    if (function_.result == Result::kMirrored) {
      out_.line("void* const ret = call.land_mirror(reply->ret(), " +
                name(*function_.mirrors->size) + ");");
      out_.line("if (call.failed()) " + fail_);
      out_.line("return static_cast<" + function_.header->result.spelling + ">(ret);");
    } else if (function_.result == Result::kNumber) {
      out_.line("return " + from_wire(function_.header->result, "reply->ret()") + ";");
    } else if (function_.result == Result::kText) {
      out_.line("return guest::land_text(reply->ret());");
    } else if (function_.result == Result::kRecord) {
      out_.line("return guest::value_of<" + function_.header->result.spelling + ">(reply->ret());");
    } else if (function_.result == Result::kTable) {
      out_.line("return static_cast<" + function_.header->result.spelling +
                ">(guest::land_table(kFn_" + function_.name +
                ", reply->ret_number(), reply->ret(), " + "sizeof(" +
                plain_name(function_.header->result.pointee->spelling) + "), fill_" +
                function_.name + "));");
    } else if (function_.result == Result::kMapped) {
      out_.line("void* const ret = call.land_map(reply->ret());");
      out_.line("if (call.failed()) " + fail_);
      out_.line("return static_cast<" + function_.header->result.spelling + ">(ret);");
    } else if (function_.result == Result::kHandle) {
      out_.line("return static_cast<" + function_.header->result.spelling +
                ">(call.land_handle(reply->ret(), " + type_constant(*function_.result_type) + ", " +
                (function_.allocates ? "true" : "false") + "));");
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

}  // namespace

void emit_stub(Writer& out, const Emission& emission, const Function& function) {
  Stub(out, emission, function).emit();
}

void emit_unsupported_stub(Writer& out, const Emission& emission, const Function& function) {
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
  for (const Parameter& parameter : function.declared()) {
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

}  // namespace avagen
