#include "emit/failure.h"

#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Result = Function::Result;

bool has_own_failure(const Function& function) {
  return function.own_values || !function.invalid.empty() || function.error >= 0 ||
         function.returns_pointer() || function.result == Result::kRecord ||
         function.result == Result::kText ||
         (function.result == Result::kNumber && function.status == nullptr);
}

}  // namespace

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

// The expression that a stub returns.
std::string failure(const Function& function) {
  if (function.result == Result::kVoid && function.error < 0) return "";
  if (!has_own_failure(function)) {
    return "failure_" + identifier(function.status->name) + "(call)";
  }
  if (function.returns_pointer() && function.error < 0 && !function.own_values) {
    return "nullptr";
  }
  if (function.result == Result::kRecord && function.error < 0) return "{}";
  if (function.result == Result::kText && function.error < 0) return "\"\"";
  if (function.error < 0) return "failure_" + function.name + "(call)";
  const Parameter& error = function.parameters[static_cast<size_t>(function.error)];
  return "failure_" + function.name + "(call, " + local(error, Side::kGuest) + ")";
}

std::string give_up(const Function& function) {
  const std::string value = failure(function);
  return value.empty() ? "return;" : "return " + value + ";";
}

namespace {

// What a function says itself, and its type's word for the rest.
void own_values(Writer& out, const Emission& emission, const std::string& head,
                const Function& function, const Values& values, const Type* status,
                const CType& c) {
  out.open(head + "(const Call& call) {");
  for (const Function::Invalid& invalid : function.invalid) {
    out.guarded("call.outcome() == marshal::Outcome::kInvalidHandle && call.invalid_type() == " +
                    type_constant(*invalid.type),
                "return " + value_text(invalid.value) + ";");
  }
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

}  // namespace

// A function of its own where failure() names one.
void own_failure(Writer& out, const Emission& emission, const Function& function) {
  if (!has_own_failure(function)) return;
  const std::string expression = failure(function);
  if (!expression.starts_with("failure_" + function.name)) return;
  const CType& result = function.header->result;
  out.line();
  if (function.error < 0) {
    const Type* status = function.result == Result::kNumber ? function.status : nullptr;
    own_values(out, emission, result.declare("failure_" + function.name), function, function.values,
               status, result);
    return;
  }
  const Parameter& error = function.parameters[static_cast<size_t>(function.error)];
  const CType& c = *error.c.pointee;
  std::string value;
  if (function.own_values || !function.invalid.empty() || function.error_status == nullptr) {
    value = "error_" + function.name + "(call)";
    own_values(out, emission, c.declare("error_" + function.name), function, function.error_values,
               function.error_status, c);
    out.line();
  } else {
    value = "failure_" + identifier(function.error_status->name) + "(call)";
  }
  const std::string name = local(error, Side::kGuest);
  out.open(result.declare("failure_" + function.name) + "(const Call& call, " +
           error.c.declare(name) + ") {");
  out.line("if (" + name + " != nullptr) *" + name + " = " + value + ";");
  if (function.returns_pointer()) out.line("return nullptr;");
  if (function.result == Result::kRecord) out.line("return {};");
  if (function.result == Result::kText) out.line("return \"\";");
  if (function.result == Result::kNumber) {
    out.line("return " + value_or(function.values.lost, result) + ";");
  }
  out.close();
}

}  // namespace avagen
