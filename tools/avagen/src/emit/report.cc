// api-report.md: what is remoted and what is not, each function's mode and parameters, and what was
// inferred and why.
#include <algorithm>

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
      return parameter.given ? "in and out" : "out";
    case Kind::kOutHandle:
      return parameter.allocates ? "out, new " + handle : "out, " + handle;
    case Kind::kIn:
      return parameter.by_value ? "in, a struct" : "in, bytes";
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
    case Kind::kGraph:
      return parameter.by_value     ? "in, a struct"
             : parameter.filled     ? "out, structs"
             : parameter.comes_back ? "in and out, structs"
                                    : "in, structs";
    case Kind::kRegistered:
      return std::string("lent, ") + (!parameter.lent_in   ? "out"
                                      : parameter.lent_out ? "in and out"
                                                           : "in");
    case Kind::kUnregistered:
      return "in, memory that is given back";
    case Kind::kMapped:
      return "in, address of mapped memory";
    case Kind::kMirrored:
      return "in, address in mirrored memory";
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
  if (parameter.box) {
    std::vector<std::string> parts;
    for (const Expr& part : parameter.box->annotation->arguments)
      parts.push_back(print.value(part));
    all.push_back("a rectangle, `box(" + joined(parts) + ")`");
  }
  if (parameter.by_server) all.push_back("compared by the server");
  if (parameter.shape != nullptr) {
    const Shape& held = parameter.shape->of != nullptr ? *parameter.shape->of : *parameter.shape;
    if (parameter.inner != nullptr) all.push_back("each of `" + print.size(*parameter.inner) + "`");
    const std::vector<StructField> none;
    for (const StructField& field : held.record != nullptr ? held.record->fields : none) {
      if (field.shape != nullptr) all.push_back("`" + field.path + "`: " + field.shape->name);
      if (field.at != nullptr) {
        all.push_back("`" + field.path + "`: from `" + print.value(*field.at) + "` on");
      }
      if (field.handle != nullptr) {
        all.push_back("`" + field.path + "`: a handle " + field.handle->name);
      }
      if (field.callback != nullptr) {
        all.push_back("`" + field.path + "`: a callback" + (field.once ? ", once" : ""));
      }
    }
  }
  if (parameter.is_kept()) all.push_back("read as long as an object lives");
  if (parameter.append != nullptr) {
    all.push_back("the library finds `" + parameter.append->arguments[0].text + "` behind it");
  }
  if (parameter.callback != nullptr && parameter.callback->destroyed != nullptr) {
    all.push_back("at the end of the object");
  }
  if (parameter.written != nullptr)
    all.push_back("written `" + print.value(*parameter.written) + "`");
  for (const Expr* result : parameter.also_on) {
    all.push_back("also written on `" + print.value(*result) + "`");
  }
  for (const Check& check : parameter.checks) {
    all.push_back("check `" + print.value(*check.expression) + "`");
  }
  if (parameter.implicit != nullptr) {
    all.push_back("computed by the guest: `" + parameter.implicit->text + "`");
  }
  if (parameter.nonnull) all.push_back("never null");
  if (parameter.nonnull_elements) all.push_back("no element null");
  if (parameter.optional) all.push_back("may be null");
  if (parameter.is_error) all.push_back("the error");
  if (parameter.retains) all.push_back("gains a reference");
  if (parameter.deallocates) all.push_back("loses a reference");
  if (parameter.until_return) all.push_back("until the returned object completes");
  for (const std::string& note : parameter.notes) all.push_back("inferred: " + note);
  return joined(all, "; ");
}

// In the terms of IEMTS: which interface is interposed, between which endpoints, by what mechanism,
// over which transport, and how the interface is synthesized at the other end.
void iemts(Writer& out, const Emission& emission) {
  size_t wire = 0;
  size_t by_hand = 0;
  for (const Function& function : emission.model().functions) {
    if (function.on_wire()) ++wire;
    if (!function.replaced_guest.empty() || !function.replaced_server.empty()) ++by_hand;
  }
  const std::string& library = emission.model().spec->library;
  out.verbatim(
      "\n| | interface | endpoints | mechanism | transport | synthesis "
      "|\n|---|---|---|---|---|---|\n"
      "| " +
      emission.api() + " | the user-space C API" + (library.empty() ? "" : " of " + library) +
      ": " + std::to_string(wire) +
      " functions remoted | guest library to API server, through the router | a generated guest "
      "library in the vendor's place, " +
      std::to_string(by_hand) +
      " functions by hand | shared-memory rings and arena | calls of the native library |\n");
}

void not_remoted(Writer& out, const Model& model) {
  std::string rows;
  for (const Function& function : model.functions) {
    std::string why;
    if (function.unsupported && function.declaration == nullptr) {
      why = "not in the specification";
    } else if (function.unsupported) {
      why = function.unsupported_reason.empty() ? "the specification refuses it"
                                                : function.unsupported_reason;
    } else if (function.guest_only) {
      why = "answered in the guest: " + function.replaced_guest;
    } else {
      continue;
    }
    rows += "| " + function.name + " | " + why + " |\n";
  }
  if (rows.empty()) return;
  out.verbatim(
      "\n## Not remoted, and why\n\nA stub that refuses returns what its type says for "
      "`unsupported`.\n\n| function | why |\n|---|---|\n" +
      rows);
}

// What programs are told otherwise than the native library would.
void edited(Writer& out, const Model& model) {
  const ExpressionPrinter print(Side::kGuest, nullptr);
  std::string rows;
  for (const Function& function : model.functions) {
    for (const Parameter& parameter : function.parameters) {
      for (const Edit& edit : parameter.edits) {
        rows += "| " + function.name + " | " +
                (edit.condition == nullptr ? "always" : "`" + print.value(*edit.condition) + "`") +
                " | " + edit.annotation->name;
        for (const Expr& argument : edit.annotation->arguments) {
          rows += " `" + print.value(argument) + "`";
        }
        rows += " |\n";
      }
    }
  }
  if (rows.empty()) return;
  out.verbatim(
      "\n## Results that are edited\n\nInfo claims nothing that a stub refuses.\n\n"
      "| function | where | edit |\n|---|---|---|\n" +
      rows);
}

}  // namespace

size_t compiled_lines(const std::vector<File>& files) {
  size_t lines = 0;
  for (const File& file : files) {
    const bool code = file.name.ends_with(".cc") || file.name.ends_with(".h");
    const bool for_tests =
        file.name.ends_with("_mutations.cc") || file.name.ends_with("_double.cc");
    if (!code || for_tests) continue;
    lines += static_cast<size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
  }
  return lines;
}

std::string emit_report(const Emission& emission, const std::vector<File>& files) {
  Writer out;
  const Model& model = emission.model();
  out.verbatim("# " + emission.api() +
               "\n\nMade by avagen: what is remoted and what is not, what each function does, and "
               "what was inferred and why.\n");
  iemts(out, emission);
  const size_t functions = emission.on_wire().size();
  if (functions != 0) {
    const size_t lines = compiled_lines(files);
    out.verbatim("\n" + std::to_string(lines) + " lines of C++ are generated, " +
                 std::to_string(lines / functions) + " for each of " + std::to_string(functions) +
                 " functions.\n");
  }
  not_remoted(out, model);
  edited(out, model);
  for (const Function& function : model.functions) {
    if (function.declaration == nullptr || function.unsupported || function.guest_only) continue;
    out.verbatim("\n## " + function.name + "\n\n" + emission.place(function.span) + ": " +
                 mode_text(function) + "\n");
    for (const std::string& note : function.notes) out.verbatim("- inferred: " + note + "\n");
    if (function.parameters.empty()) continue;
    out.verbatim("\n| parameter | kind | details |\n|---|---|---|\n");
    for (const Parameter& parameter : function.parameters) {
      out.verbatim("| " + parameter.name + " | " + kind_text(parameter) + " | " +
                   details(parameter) + " |\n");
    }
  }
  return out.text();
}

}  // namespace avagen
