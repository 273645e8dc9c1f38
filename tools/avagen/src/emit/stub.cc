#include "emit/stub.h"

#include "emit/arguments.h"
#include "emit/expression.h"
#include "emit/failure.h"
#include "emit/results.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Mode = Function::Mode;
using Result = Function::Result;

// "toy_status toy_add(toy_ctx ctx, int op)"
std::string prototype(const Function& function, bool named, const std::string& prefix = "") {
  std::vector<std::string> parameters;
  for (const Parameter& parameter : function.declared()) {
    parameters.push_back(parameter.c.declare(named ? local(parameter, Side::kGuest) : ""));
  }
  return function.header->result.declare(prefix + function.name) + "(" +
         (parameters.empty() ? "void" : joined(parameters)) + ")";
}

class Stub {
 public:
  Stub(Writer& out, const Emission& emission, const Function& function)
      : out_(out),
        emission_(emission),
        function_(function),
        print_(Side::kGuest, &function),
        fixed_request_(is_fixed(request_fields(function))),
        fixed_reply_(is_fixed(reply_fields(function))) {}

  void emit() {
    out_.line();
    out_.line("// " + emission_.place(function_.span));
    // One that mirrors memory asks again where the address is taken: see placed().
    out_.open(function_.mirrors ? "static " + prototype(function_, true, "attempt_") + " {"
                                : "AVA_EXPORT " + prototype(function_, true) + " {");
    emit_arguments(out_, function_);
    if (function_.mode == Mode::kSync) {
      out_.line(reply_head() + invoke(request()) + ";");
    } else {
      asynchronous();
    }
    out_.line("if (reply == nullptr) " + give_up(function_));
    emit_results(out_, function_);
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

  Writer& out_;
  const Emission& emission_;
  const Function& function_;
  ExpressionPrinter print_;
  bool fixed_request_;
  bool fixed_reply_;
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
