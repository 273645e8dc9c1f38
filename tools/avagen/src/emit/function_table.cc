#include "emit/function_table.h"

#include "emit/dispatch_table.h"

namespace avagen {

void emit_table_filler(Writer& out, const Emission& emission, const Function& function) {
  if (function.result != Function::Result::kTable) return;
  const std::string table = plain_name(function.header->result.pointee->spelling);
  Writer rows(2);
  for (const TableEntry& entry : function.entries) {
    const HeaderField& field = *entry.field;
    if (!field.type.is_pointer()) continue;
    if (!field.type.is_function_pointer()) {
      rows.line("table." + field.name + " = nullptr;");  // memory of the library's own
      continue;
    }
    std::string stub = "&::" + (entry.function != nullptr ? entry.function->name : "");
    if (entry.function == nullptr) {
      const std::string missing = "missing_" + function.name + "_" + field.name;
      missing_entry(out, emission, field, missing);
      stub = "&" + missing;
    }
    rows.line("guest::stand_in(table." + field.name + ", " + stub + ");");
  }
  out.line();
  out.open("void fill_" + function.name + "(void* memory) {");
  out.line("auto& table = *static_cast<" + table + "*>(memory);");
  out.verbatim(rows.text());
  out.close();
}

void emit_table_lookup(Writer& out, const Function& function) {
  for (const TableEntry& entry : function.entries) {
    if (!entry.only_there) continue;
    const std::string there = "ret->" + entry.field->name;
    out.open("if (ret != nullptr && " + there + " != nullptr) {");
    out.line("// The first that it returns, before anybody can have called it.");
    out.line("[[maybe_unused]] static const auto once = native." + entry.function->name + " = " +
             there + ";");
    out.close();
  }
}

std::vector<std::string> table_words(const Function& function) {
  const std::string table = plain_name(function.header->result.pointee->spelling);
  std::vector<std::string> words;
  for (const TableEntry& entry : function.entries) {
    if (!entry.field->type.is_pointer()) continue;
    words.push_back("offsetof(" + table + ", " + entry.field->name + ")");
  }
  return words;
}

}  // namespace avagen
