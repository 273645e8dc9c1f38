// api-report.md: each function's mode and parameters, and what was inferred and why.
#include "emit/emit.h"
#include "emit/expression.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

std::string kind_text(const Parameter& parameter) {
  const std::string handle = parameter.handle == nullptr ? "" : parameter.handle->name;
  switch (parameter.kind) {
    case Kind::kNumber:
      return "number";
    case Kind::kHandle:
      return "handle " + handle;
    case Kind::kOutNumber:
      return "out";
    case Kind::kOutHandle:
      return parameter.allocates ? "out, new " + handle : "out, " + handle;
    case Kind::kIn:
      return "in, bytes";
    case Kind::kOut:
      return "out, bytes";
    case Kind::kInOut:
      return "in and out, bytes";
    case Kind::kInHandles:
      return "in, list of " + handle;
    case Kind::kOutHandles:
      return "out, list of " + handle;
    case Kind::kString:
      return "in, string";
    case Kind::kStrings:
      return "in, list of byte strings";
    case Kind::kProperties:
      return "in, zero-terminated list";
    case Kind::kCallback:
      return parameter.once ? "callback, once" : "callback";
    case Kind::kUserData:
      return "user data, stays in the guest";
    case Kind::kMapped:
      return "in, address of mapped memory";
    case Kind::kUndecided:
      return "";
  }
  return "";
}

std::string mode_text(const Function& function) {
  const ExpressionPrinter print(Side::kGuest, nullptr);
  if (function.mode == Function::Mode::kSync) return "sync";
  std::string text = function.mode == Function::Mode::kAsync
                         ? "async"
                         : "async unless `" + print.value(*function.sync_when) + "`";
  if (!function.learn.empty()) text += ", once a like call succeeded";
  if (function.quiet) text += ", wakes nobody";
  return text;
}

std::string details(const Parameter& parameter) {
  const ExpressionPrinter print(Side::kGuest, nullptr);
  std::vector<std::string> all;
  if (parameter.count != nullptr) all.push_back("length `" + print.count(parameter) + "`");
  if (parameter.written != nullptr)
    all.push_back("written `" + print.value(*parameter.written) + "`");
  for (const Expr* result : parameter.also_on) {
    all.push_back("also written on `" + print.value(*result) + "`");
  }
  for (const Check& check : parameter.checks) {
    all.push_back("check `" + print.value(*check.expression) + "`");
  }
  if (parameter.nonnull) all.push_back("never null");
  if (parameter.optional) all.push_back("may be null");
  if (parameter.is_error) all.push_back("the error");
  if (parameter.retains) all.push_back("gains a reference");
  if (parameter.deallocates) all.push_back("loses a reference");
  if (parameter.until_return) all.push_back("until the returned object completes");
  for (const std::string& note : parameter.notes) all.push_back("inferred: " + note);
  return joined(all, "; ");
}

}  // namespace

std::string emit_report(const Emission& emission) {
  Writer out;
  out.verbatim("# " + emission.api() +
               "\n\nMade by avagen: what each function does, and what was inferred and why.\n");
  for (const Function& function : emission.model().functions) {
    if (function.declaration == nullptr) continue;
    out.verbatim("\n## " + function.name + "\n\n" + emission.place(function.span) + ": ");
    if (function.unsupported) {
      out.verbatim("unsupported\n");
      continue;
    }
    if (function.guest_only) {
      out.verbatim("replaced in the guest: " + function.replaced_guest + "\n");
      continue;
    }
    out.verbatim(mode_text(function) + "\n");
    for (const std::string& note : function.notes) out.verbatim("- inferred: " + note + "\n");
    if (function.parameters.empty()) continue;
    out.verbatim("\n| parameter | kind | details |\n|---|---|---|\n");
    for (const Parameter& parameter : function.parameters) {
      out.verbatim("| " + parameter.name + " | " + kind_text(parameter) + " | " +
                   details(parameter) + " |\n");
    }
  }
  std::vector<std::string> missing;
  for (const Function& function : emission.model().functions) {
    if (function.declaration == nullptr) missing.push_back(function.name);
  }
  if (!missing.empty()) {
    out.verbatim("\n## Not in the specification: the stubs return what their types say\n\n");
    for (const std::string& name : missing) out.verbatim("- " + name + "\n");
  }
  return out.text();
}

}  // namespace avagen
