#include "emit/dispatch_table.h"

#include <algorithm>

#include "emit/values.h"

namespace avagen {
namespace {

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

}  // namespace

void missing_entry(Writer& out, const Emission& emission, const HeaderField& field,
                   const std::string& name) {
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
  out.open(function.result->declare(name) + "(" + joined(parameters) + ") {");
  if (error != nullptr) {
    out.line("if (error != nullptr) *error = " + unsupported_value(emission, *error) + ";");
  }
  if (function.result->kind != CType::Kind::kVoid) {
    out.line("return " + unsupported_value(emission, *function.result) + ";");
  }
  out.close();
}

void emit_dispatch_table(Writer& out, const Emission& emission) {
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
    if (!known && typed) missing_entry(missing, emission, field, "missing_" + field.name);
    untyped |= !known && !typed;
  }
  out.line();
  out.line(
      "// What the table holds where neither the specification nor its headers name a function.");
  if (untyped) out.line("void missing() {}");
  out.verbatim(missing.text());
  out.line();
  out.line("}  // namespace");
  out.line();
  out.open_list("const " + table.type + " " + table.variable);
  for (const std::string& row : rows) out.line(row + ",");
  out.close_list();
  out.line();
  out.line("namespace {");
}

}  // namespace avagen
