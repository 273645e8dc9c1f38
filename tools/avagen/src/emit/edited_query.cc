#include "emit/edited_query.h"

#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

std::string name(const Parameter& parameter) { return local(parameter, Side::kServer); }

std::string edit_call(const Edit& edit) {
  const std::vector<Expr>& arguments = edit.annotation->arguments;
  std::vector<std::string> words;
  for (const Expr& argument : arguments) {
    if (argument.kind == Expr::Kind::kString) words.push_back(quoted(argument.text));
  }
  if (edit.kind == Edit::Kind::kReplaceString) return "edited.replace(" + joined(words) + ");";
  if (edit.kind == Edit::Kind::kDropSuffix) return "edited.drop_suffix(" + joined(words) + ");";
  if (edit.kind == Edit::Kind::kDropWords) return "edited.drop_words({" + joined(words) + "});";
  return "edited.drop_entries(sizeof(" + arguments[0].text + "), offsetof(" + arguments[0].text +
         ", " + arguments[1].text + "), {" + joined(words) + "});";
}

}  // namespace

bool resizes(const Function& function) {
  for (const Parameter& parameter : function.parameters) {
    for (const Edit& edit : parameter.edits) {
      if (edit.resizes()) return true;
    }
  }
  return false;
}

std::string edited_query(Writer& out, const Function& function,
                         const std::function<std::string(const Parameter&)>& argument) {
  const ExpressionPrinter print(Side::kServer, &function);
  const Parameter* value = nullptr;
  for (const Parameter& parameter : function.parameters) {
    for (const Edit& edit : parameter.edits) {
      if (edit.resizes()) value = &parameter;
    }
  }
  const Parameter& size_ret = function.parameters[static_cast<size_t>(value->written_from)];
  std::vector<std::string> arguments;
  for (const Parameter& parameter : function.declared()) {
    if (&parameter == value) {
      arguments.push_back("asked_value");
    } else if (&parameter == &size_ret) {
      arguments.push_back("asked_size_ret");
    } else if (value->count->kind == Expr::Kind::kName && parameter.name == value->count->text) {
      arguments.push_back("asked_size");
    } else {
      arguments.push_back(argument(parameter));
    }
  }
  out.open("const auto ask = [&](size_t asked_size, void* asked_value, size_t* asked_size_ret) {");
  out.line("return native." + function.name + "(" + joined(arguments) + ");");
  out.close("};");
  std::vector<std::string> conditions;
  out.open("const auto edit = [&](server::EditedValue& edited) {");
  for (const Edit& edit : value->edits) {
    if (!edit.resizes()) continue;
    const std::string condition = edit.condition == nullptr ? "true" : print.value(*edit.condition);
    conditions.push_back(condition);
    out.guarded(condition, edit_call(edit));
  }
  out.close("};");
  return "server::edited_query(" + joined(conditions, " || ") + ", " + print.count(*value) + ", " +
         name(*value) + ", " + name(size_ret) + ", " + value_text(function.values.success) +
         ", ask, edit)";
}

}  // namespace avagen
