#include "emit/values.h"

#include <cctype>

#include "emit/expression.h"

namespace avagen {

std::string value_text(const Expr* value) {
  return ExpressionPrinter(Side::kGuest, nullptr).value(*value);
}

std::string value_or(const Expr* value, const std::string& otherwise) {
  return value == nullptr ? otherwise : value_text(value);
}

std::string value_or(const Expr* value, const CType& c) {
  if (value != nullptr) return value_text(value);
  if (c.is_pointer()) return "nullptr";
  if (c.kind == CType::Kind::kEnum) return "static_cast<" + c.spelling + ">(-1)";
  if (c.kind == CType::Kind::kBool) return "false";
  return c.is_signed || c.kind == CType::Kind::kFloat ? "-1" : "0";
}

std::string number_type(const CType& c) {
  if (c.kind != CType::Kind::kEnum) return c.spelling;
  return (c.is_signed ? "int" : "uint") + std::to_string(8 * c.size) + "_t";
}

std::string to_wire(const CType& c, const std::string& expression) {
  if (c.kind != CType::Kind::kEnum) return expression;
  return "static_cast<" + number_type(c) + ">(" + expression + ")";
}

std::string from_wire(const CType& c, const std::string& expression) {
  return c.kind == CType::Kind::kEnum ? "static_cast<" + c.spelling + ">(" + expression + ")"
                                      : expression;
}

bool mentions(const std::string& text, const std::string& word) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || (!in_word(text[at - 1]) && text[at - 1] != ':');
    const size_t end = at + word.size();
    const bool ends = end == text.size() || !in_word(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

void usings(Writer& out, const std::string& text, const std::vector<Names>& names) {
  for (const auto& [space, words] : names) {
    for (const std::string& word : words) {
      if (mentions(text, word)) out.line("using " + space + word + ";");
    }
  }
}

void section(Writer& out, const std::string& text) {
  if (text.empty()) return;
  out.line();
  out.verbatim(text);
}

std::string entries_name(const Function& function, unsigned parameter, unsigned list) {
  return "kList_" + function.name + "_" + std::to_string(parameter) + "_" + std::to_string(list);
}

void entry_tables(Writer& out, const Function& function, const std::string& text) {
  const auto table = [&](unsigned parameter, unsigned list, const std::vector<Entry>& entries) {
    const std::string name = entries_name(function, parameter, list);
    if (!mentions(text, name)) return;
    std::vector<std::string> rows;
    for (const Entry& entry : entries) {
      rows.push_back("{" + value_text(entry.key) + ", " + type_constant(*entry.type) + "}");
    }
    if (rows.empty()) {
      out.line("constexpr std::span<const marshal::ListEntry> " + name + ";");
    } else {
      out.line("constexpr marshal::ListEntry " + name + "[] = {" + joined(rows) + "};");
    }
  };
  for (const Parameter& parameter : function.parameters) {
    if (parameter.kind == Parameter::Kind::kProperties)
      table(parameter.index, 0, parameter.entries);
    unsigned list = 1;
    for (const Translation& translation : parameter.translations) {
      if (!translation.entries.empty()) table(parameter.index, list, translation.entries);
      ++list;
    }
  }
}

void deprecated(Writer& out, const Emission& emission) {
  if (!emission.uses_deprecated()) return;
  out.line();
  out.line("// Old applications call deprecated functions; that is what these are for.");
  out.line("#pragma GCC diagnostic ignored \"-Wdeprecated-declarations\"");
}

}  // namespace avagen
