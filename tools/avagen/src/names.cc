#include "names.h"

#include <algorithm>
#include <cctype>

#include "expressions.h"
#include "record.h"

namespace avagen {
namespace {

// Is it a field that an expression can read?
bool is_readable(const std::vector<HeaderField>& record, const std::string& path) {
  const auto found = find_field(record, path);
  return found && !found->field->is_bits && found->field->type.is_number();
}

bool mentions(const std::string& text, const std::string& word) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_') return true;
  }
  return false;
}

}  // namespace

bool is_size(const Annotation& annotation) {
  return annotation.name == "box" || annotation.name == "buffer";
}

void Names::check(const Fact& fact, const Scope& scope) const {
  const Annotation& annotation = *fact.annotation;
  Scope inside = scope;
  if (annotation.name == "consumes" || annotation.name == "drop_entries") {
    // The first word is the language's own, or a type's; then a field.
    const size_t skip = annotation.name == "consumes" ? 1 : annotation.arguments.size();
    for (size_t i = skip; i < annotation.arguments.size(); ++i) {
      check(annotation.arguments[i], inside);
    }
    return;
  }
  for (const char* others : {"replaced", "entry", "looked_up"}) {
    if (annotation.name == others) return;
  }
  if (annotation.name == "mirrors") return check(annotation.arguments[0], inside);
  const bool names_result =
      annotation.name == "until" || annotation.name == "written" || annotation.name == "keeps";
  if (names_result && annotation.arguments[0].text == "return") return;
  inside.guest = annotation.name == "backs" || annotation.name == "maps";
  inside.shared = is_size(annotation);
  for (const Expr& argument : annotation.arguments) {
    if (annotation.name == "error") break;
    check(argument, inside);
  }
  for (const Statement& statement : annotation.body) {
    if (statement.key) check(*statement.key, inside);
    if (!statement.annotation) continue;
    Scope inner = inside;
    inner.server = statement.annotation->name == "when";
    inner.shared = is_size(*statement.annotation);
    if (inner.shared) inner.guest = false;
    for (const Expr& argument : statement.annotation->arguments) check(argument, inner);
  }
}

void Names::check(const Expr& expression, const Scope& scope) const {
  switch (expression.kind) {
    case Expr::Kind::kName: {
      const std::string& name = expression.text;
      const bool known = name == "NULL" || header_.constants.contains(name) ||
                         (scope.object && name == "object") || (scope.element && name == "index") ||
                         (scope.server && name == "live") ||
                         (scope.function != nullptr && scope.function->find(name) != nullptr) ||
                         (scope.record != nullptr && is_readable(*scope.record, name));
      if (!known) reporter_.report(Code::kUnknownName, expression.span, {name});
      return;
    }
    case Expr::Kind::kCall:
      call(expression, scope);
      return;
    case Expr::Kind::kType:
    case Expr::Kind::kSizeof:
      return;  // probed by read_header
    default:
      for (const Expr& argument : expression.arguments) check(argument, scope);
  }
}

void Names::call(const Expr& expression, const Scope& scope) const {
  const bool is_query = expression.text == "query";
  if (is_query && expression.arguments.size() == 3) {
    const Expr& function = expression.arguments[0];
    if (!header_.functions.contains(function.text)) {
      reporter_.report(Code::kUndeclaredFunction, function.span, {function.text});
    }
    check(expression.arguments[1], scope);
    return;
  }
  if (is_mirrored_question(expression)) return check(expression.arguments[0], scope);
  const bool callable = header_.functions.contains(expression.text) || scope.server;
  const std::string& name = expression.text;
  const bool helper =
      !is_query && ((scope.guest && defined_in("guest", name)) ||
                    (scope.shared && defined_in("guest", name) && defined_in("server", name)));
  if (!helper && (is_query || !callable || (!scope.object && !scope.server))) {
    reporter_.report(Code::kBadExpression, expression.span,
                     {expression.text + "() cannot be called here"});
  }
  for (const Expr& argument : expression.arguments) check(argument, scope);
}

bool Names::defined_in(std::string_view side, const std::string& name) const {
  return std::any_of(spec_.verbatim.begin(), spec_.verbatim.end(), [&](const VerbatimBlock& b) {
    return b.is_for(side) && mentions(b.text, name + "(");
  });
}

}  // namespace avagen
