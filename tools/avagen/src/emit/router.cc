// The router's module: for each function, checks on the copied frame, and what the call will cost.
#include <span>

#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

std::string number(unsigned index) { return std::to_string(index); }

// Declares the scalars that an expression needs, each once, before its first use.
class Locals {
 public:
  Locals(Writer& out, const Function& function) : out_(out), function_(function) {}

  void need(const Expr* expression) {
    std::set<unsigned> used;
    collect(expression, function_, used);
    for (const unsigned index : used) {
      const Parameter& parameter = function_.parameters[index];
      if (parameter.kind != Kind::kNumber || !declared_.insert(index).second) continue;
      // Enums stay integers: a guest may send a value that the enum cannot hold.
      out_.line("const auto " + local(parameter, Side::kRouter) + " = request->" + parameter.name +
                "();");
    }
  }

 private:
  Writer& out_;
  const Function& function_;
  std::set<unsigned> declared_;
};

class CheckEmitter {
 public:
  CheckEmitter(Writer& out, const Function& function)
      : out_(out), function_(function), print_(Side::kRouter, &function), locals_(out, function) {}

  void emit() {
    Writer body(2);
    std::swap(body, out_);
    // Implicit numbers first, as counts mostly stand before what they count: blame where it
    // belongs.
    const std::span<const Parameter> declared = function_.declared();
    for (const Parameter& parameter : std::span(function_.parameters).subspan(declared.size())) {
      check(parameter);
    }
    for (const Parameter& parameter : declared) check(parameter);
    for (const Check& rule : function_.checks) {
      locals_.need(rule.condition);
      locals_.need(rule.expression);
      refuse(rule, "router::kNoParameter");
    }
    // How large it is, only the guest knows: the server compares it with what it is to hold.
    if (function_.maps) {
      fails("check_bulk(request->ret_ref(), context)",
            function_.parameters[static_cast<size_t>(function_.maps->object)]);
    }
    std::swap(body, out_);
    frame(body.text());
  }

 private:
  // As the last argument, or the last but one: request->context() is a parameter's.
  static bool uses_context(const std::string& body) {
    return body.find(" context)") != std::string::npos ||
           body.find(" context, ") != std::string::npos;
  }

  // The function around the checks: its first lines depend on what these use.
  void frame(const std::string& body) {
    const std::string name = function_.name;
    const bool fixed = is_fixed(request_fields(function_));
    out_.line();
    out_.open("CheckResult check_" + name + "(Body body, const CheckContext&" +
              (uses_context(body) ? " context" : "") + ") noexcept {");
    out_.line("const auto* request = " + std::string(fixed ? "fixed_body<" : "table_body<") +
              request_type(function_) + ">(body);");
    out_.line("if (request == nullptr) return {Error::kBadBody};");
    char mask[32];
    std::snprintf(mask, sizeof mask, "%llx",
                  static_cast<unsigned long long>(pointer_mask(function_)));
    const std::string bits =
        std::string(" & ~uint64_t{0x") + mask + "}) != 0) return {Error::kBadFrame};";
    if (mentions(body, "present")) {
      out_.line("const uint64_t present = request->present();");
      out_.line("if ((present" + bits);
    } else {
      out_.line("if ((request->present()" + bits);
    }
    out_.verbatim(body);
    out_.line("return {};");
    out_.close();
  }

  // Writes one check that fails for `parameter` with the error that `expression` has.
  void fails(const std::string& expression, const Parameter& parameter) {
    const std::string one = "if (const Error e = " + expression + "; e != Error::kOk) return {e, " +
                            number(parameter.index) + "};";
    if (2 + one.size() <= Writer::kColumns) return out_.line(one);
    const std::string two = "if (const Error e = " + expression + "; e != Error::kOk) {";
    if (2 + two.size() <= Writer::kColumns) {
      out_.open(two);
    } else {
      out_.line("if (const Error e = " + expression + ";");
      out_.open("    e != Error::kOk) {");
    }
    out_.line("return {e, " + number(parameter.index) + "};");
    out_.close();
  }

  void refuse(const Check& rule, const std::string& parameter) {
    std::string condition = print_.negated(*rule.expression);
    if (rule.condition != nullptr) {
      condition = "(" + print_.value(*rule.condition) + ") && " + condition;
    }
    out_.guarded(condition, "return {Error::kBadArgument, " + parameter + "};");
  }

  void check(const Parameter& parameter) {
    const std::string field = "request->" + parameter.name;
    const std::string present = "is_present(present, " + number(parameter.index) + ")";
    if (parameter.nonnull) {
      out_.line("if (!" + present + ") return {Error::kBadArgument, " + number(parameter.index) +
                "};");
    }
    if (parameter.count != nullptr && !parameter.by_server && parameter.kind != Kind::kMirrored) {
      locals_.need(parameter.count);
    }
    switch (parameter.kind) {
      case Kind::kHandle:
        fails("check_id(" + field + "(), " + type_constant(*parameter.handle) + ")", parameter);
        break;
      case Kind::kIn:
      case Kind::kInOut:
        fails(parameter.by_server
                  ? "check_in_sized(" + field + "(), " + field + "_ref(), " + present + ", context)"
                  : std::string(parameter.mirrored ? "check_in_or_mirrored(" : "check_in(") +
                        field + "(), " + field + "_ref(), " + present + ", " +
                        print_.bytes(parameter) + ", context)",
              parameter);
        if (parameter.kind == Kind::kInOut) {
          fails("check_out(" + field + "_out(), " + present + ", " + print_.bytes(parameter) +
                    ", context)",
                parameter);
        }
        if (!parameter.maybe.empty()) maybe(parameter);
        // Sizes depend on these bytes: they must be in the copied frame.
        if (parameter.indexed) {
          out_.line("if (" + field + "_ref() != nullptr) return {Error::kBadArgument, " +
                    number(parameter.index) + "};");
        }
        break;
      case Kind::kGraph:
        locals_.need(parameter.inner);
        fails("check_graph(" + field + "(), " + field + "_data(), " + field + "_ref(), " + present +
                  ", " + print_.count(parameter) + ", " + shape_constant(*parameter.shape) +
                  ", kShapes, context" +
                  (parameter.inner != nullptr ? ", " + print_.size(*parameter.inner)
                   : parameter.written_behind ? ", 1"
                                              : "") +
                  (parameter.written_behind ? ", " + field + "_out()" : "") + ")",
              parameter);
        break;
      case Kind::kString:
        fails("check_string(" + field + "(), " + field + "_ref(), " + present + ", context)",
              parameter);
        break;
      case Kind::kStrings:
        fails("check_list(" + field + "(), " + field + "_ref(), " + field + "_sizes(), " + present +
                  ", " + print_.count(parameter) + ", context)",
              parameter);
        if (parameter.nonnull_elements) {
          out_.line("if (has_null_element(" + field + "_sizes())) return {Error::kBadArgument, " +
                    number(parameter.index) + "};");
        }
        break;
      case Kind::kOut:
        fails(parameter.by_server
                  ? "check_out_sized(" + field + "(), " + present + ", context)"
                  : std::string(parameter.mirrored ? "check_out_or_mirrored(" : "check_out(") +
                        field + "(), " + present + ", " + print_.bytes(parameter) + ", context)",
              parameter);
        break;
      case Kind::kInHandles:
        fails("check_ids(" + field + "(), " + present + ", " + print_.count(parameter) + ", " +
                  type_constant(*parameter.handle) + ")",
              parameter);
        break;
      case Kind::kOutHandles:
        // Native code writes that many handles into the server's scratch memory.
        out_.guarded(present + " && " + print_.count(parameter) + " > marshal::kMaxList",
                     "return {Error::kBadArgument, " + number(parameter.index) + "};");
        break;
      case Kind::kRegistered:
        fails("check_in(" + field + "(), " + field + "_ref(), " + present + ", " +
                  (parameter.lent_in ? print_.bytes(parameter) : "0") + ", context)",
              parameter);
        break;
      case Kind::kUnregistered:
        fails("check_out_sized(" + field + "_out(), " + present + ", context)", parameter);
        break;
      case Kind::kMapped:
        fails("check_bulk(" + field + "_ref(), context)", parameter);
        break;
      case Kind::kProperties:
        fails("check_typed_list(" + field + "(), " + present + ", " +
                  entries_name(function_, parameter.index, 0) + ")",
              parameter);
        break;
      default:
        break;
    }
    if (parameter.completes_later()) lasts(parameter);
    for (const Check& rule : parameter.checks) {
      locals_.need(rule.condition);
      locals_.need(rule.expression);
      refuse(rule, number(parameter.index));
    }
  }

  // The library goes on using the bytes after the call, unless that waits for them.
  void lasts(const Parameter& parameter) {
    const std::string field = "request->" + parameter.name;
    std::string condition = parameter.kind == Kind::kOut
                                ? "!lasts(nullptr, " + field + "())"
                                : "!lasts(" + field + "(), " + field + "_ref())";
    if (function_.sync_when != nullptr) {
      locals_.need(function_.sync_when);
      condition = print_.negated(*function_.sync_when) + " && " + condition;
    }
    out_.guarded(condition, "return {Error::kBadReference, " + number(parameter.index) + "};");
  }

  void maybe(const Parameter& parameter) {
    std::vector<std::string> types;
    for (const Type* type : parameter.maybe) types.push_back(type_constant(*type));
    fails("check_any_id(request->" + parameter.name + "_id(), {" + joined(types) + "})", parameter);
  }

  Writer& out_;
  const Function& function_;
  ExpressionPrinter print_;
  Locals locals_;
};

const char* field_of(Cost::Kind kind) {
  switch (kind) {
    case Cost::Kind::kDeviceTime:
      return ".device_time_ns = ";
    case Cost::Kind::kBandwidth:
      return ".bandwidth_bytes = ";
    case Cost::Kind::kMemory:
      return ".memory_bytes = ";
  }
  return "";
}

void cost(Writer& out, const Function& function) {
  if (function.costs.empty()) return;
  const ExpressionPrinter print(Side::kRouter, &function);
  Writer body(2);
  Locals locals(body, function);
  std::vector<std::string> fields;
  for (const Cost::Kind kind :
       {Cost::Kind::kDeviceTime, Cost::Kind::kBandwidth, Cost::Kind::kMemory}) {
    std::string amount;
    for (const Cost& cost : function.costs) {
      if (cost.kind != kind) continue;
      locals.need(cost.condition);
      locals.need(cost.amount);
      const std::string one = print.size(*cost.amount, cost.condition);
      amount = amount.empty() ? one : "saturating_add(" + amount + ", " + one + ")";
    }
    if (!amount.empty()) fields.push_back(field_of(kind) + amount);
  }
  const std::string result = "return {" + joined(fields) + "};";
  out.line();
  if (!mentions(body.text() + result, "request") && !mentions(result, "present")) {
    out.line("Cost cost_" + function.name + "(Body) noexcept { " + result + " }");
    return;
  }
  const bool fixed = is_fixed(request_fields(function));
  out.open("Cost cost_" + function.name + "(Body body) noexcept {");
  out.line("const auto* request = " +
           (fixed ? "reinterpret_cast<const " + request_type(function) + "*>(body.data());"
                  : "flatbuffers::GetRoot<" + request_type(function) + ">(body.data());"));
  if (mentions(result, "present")) out.line("const uint64_t present = request->present();");
  out.verbatim(body.text());
  out.line(result);
  out.close();
}

void includes(Writer& out, const Emission& emission) {
  emission.header_lines(out);
  out.line();
  out.line("#include \"base/export.h\"");
  out.line("#include \"router/check.h\"");
  out.line("#include \"" + emission.api() + "_api.h\"");
  out.line("#include \"" + emission.api() + "_generated.h\"");
}

std::string checks(const Emission& emission, uint32_t chapter) {
  Writer out;
  for (const Function* function : emission.on_wire(chapter)) {
    CheckEmitter(out, *function).emit();
    cost(out, *function);
  }
  return out.text();
}

void usings_and_lists(Writer& out, const Emission& emission, uint32_t chapter,
                      const std::string& text) {
  Writer names;
  usings(names, text,
         {{"marshal::", {"saturating_add", "saturating_mul", "saturating_sub"}},
          {"router::",
           {"check_any_id",
            "check_bulk",
            "check_graph",
            "check_id",
            "check_ids",
            "check_in",
            "check_in_or_mirrored",
            "check_in_sized",
            "check_list",
            "check_out_or_mirrored",
            "check_out_sized",
            "check_out",
            "check_typed_list",
            "check_string",
            "CheckContext",
            "CheckResult",
            "Cost",
            "element",
            "fixed_body",
            "has_null_element",
            "is_mirrored",
            "is_present",
            "lasts",
            "table_body"}}});
  if (mentions(text, "Body")) names.line("using Body = std::span<const std::byte>;");
  section(out, names.text());
  Writer lines;
  for (const Function* function : emission.on_wire(chapter)) {
    entry_tables(lines, *function, text);
  }
  section(out, lines.text());
}

void table(Writer& out, const Emission& emission) {
  out.line();
  for (const Function* function : emission.on_wire()) {
    std::vector<std::string> names;
    for (const Parameter& parameter : function->parameters)
      names.push_back("\"" + parameter.name + "\"");
    if (!names.empty()) {
      out.line("constexpr const char* kParameters_" + function->name + "[] = {" + joined(names) +
               "};");
    }
  }
  out.line();
  out.open_list("constexpr router::Function kFunctions[]");
  for (const Function* function : emission.on_wire()) {
    const std::string parameters =
        function->parameters.empty() ? "{}" : "kParameters_" + function->name;
    const std::string cost = function->costs.empty() ? "cost_none" : "cost_" + function->name;
    out.line("{\"" + function->name + "\", " + parameters + ", check_" + function->name + ", " +
             cost + "},");
  }
  out.close_list();
}

void module(Writer& out, const Emission& emission) {
  const std::string space = "ava::" + emission.api() + "::";
  out.line();
  out.line("extern \"C\" AVA_EXPORT const ava::router::Module ava_router_module;");
  out.table("const ava::router::Module ava_router_module",
            {"ava::router::kModuleAbi", space + "kApi", space + "kWireHash", space + "kFunctions"});
}

File main_unit(const Emission& emission) {
  Writer out;
  out.verbatim(emission.banner());
  if (emission.has_chapters()) out.line("#include \"" + emission.api() + "_router.h\"");
  if (!emission.has_chapters()) includes(out, emission);
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  std::string body = checks(emission, 0);
  const std::string none = "Cost cost_none(Body) noexcept { return {}; }\n";
  // With chapters, the other units' checks have external linkage, and so have these.
  if (emission.has_chapters()) {
    out.line("namespace {");
    usings_and_lists(out, emission, 0, body + none);
    out.line();
    out.verbatim(none);
    out.line();
    out.line("}  // namespace");
    out.verbatim(body);
    out.line();
    out.line("namespace {");
    table(out, emission);
  } else {
    out.line("namespace {");
    usings_and_lists(out, emission, 0, body + none);
    out.line();
    out.verbatim(none);
    out.verbatim(body);
    table(out, emission);
  }
  out.line();
  out.line("}  // namespace");
  out.line("}  // namespace ava::" + emission.api());
  module(out, emission);
  return {emission.api() + "_router.cc", out.text()};
}

// What the main unit's table takes from the chapters' units.
File header(const Emission& emission) {
  Writer out;
  out.verbatim(emission.banner());
  out.line("#pragma once");
  out.line();
  includes(out, emission);
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line();
  for (const Function* function : emission.on_wire()) {
    out.line("router::CheckResult check_" + function->name +
             "(std::span<const std::byte> body, const router::CheckContext& context) noexcept;");
    if (!function->costs.empty()) {
      out.line("router::Cost cost_" + function->name +
               "(std::span<const std::byte> body) noexcept;");
    }
  }
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  return {emission.api() + "_router.h", out.text()};
}

File chapter_unit(const Emission& emission, uint32_t chapter) {
  const std::string body = checks(emission, chapter);
  Writer out;
  out.verbatim(emission.banner());
  out.line("#include \"" + emission.api() + "_router.h\"");
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line("namespace {");
  usings_and_lists(out, emission, chapter, body);
  out.line();
  out.line("}  // namespace");
  out.verbatim(body);
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  const std::string& name = emission.model().spec->chapters[chapter].name;
  return {emission.api() + "_router_" + name + ".cc", out.text()};
}

}  // namespace

std::vector<File> emit_router(const Emission& emission) {
  std::vector<File> files{main_unit(emission)};
  if (!emission.has_chapters()) return files;
  files.push_back(header(emission));
  for (uint32_t chapter = 1; chapter < emission.model().spec->chapters.size(); ++chapter) {
    files.push_back(chapter_unit(emission, chapter));
  }
  return files;
}

}  // namespace avagen
