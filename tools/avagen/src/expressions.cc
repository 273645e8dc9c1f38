#include "expressions.h"

namespace avagen {
namespace {

bool is_nonzero_constant(const Expr& expression, const Header& header) {
  if (expression.kind == Expr::Kind::kName) {
    const auto known = header.constants.find(expression.text);
    return known != header.constants.end() && known->second.value != 0;
  }
  if (expression.kind == Expr::Kind::kNumber) return expression.text != "0";
  return expression.kind == Expr::Kind::kSizeof;
}

}  // namespace

bool is_mirrored_question(const Expr& expression) {
  return expression.kind == Expr::Kind::kCall && expression.text == "mirrored" &&
         expression.arguments.size() == 1 && expression.arguments[0].kind == Expr::Kind::kName;
}

void check_arithmetic(const Expr& expression, const MaySign& may_sign, const Header& header,
                      Reporter& reporter) {
  if (is_mirrored_question(expression)) return;
  for (const Expr& argument : expression.arguments) {
    check_arithmetic(argument, may_sign, header, reporter);
  }
  if (expression.kind == Expr::Kind::kString || expression.kind == Expr::Kind::kCall) {
    reporter.report(Code::kBadExpression, expression.span,
                    {"strings and calls have no meaning for the router"});
    return;
  }
  if (expression.kind != Expr::Kind::kBinary) return;
  const std::string& op = expression.text;
  if ((op == "/" || op == "%" || op == "<<" || op == ">>") &&
      !is_nonzero_constant(expression.arguments[1], header)) {
    reporter.report(Code::kDivision, expression.arguments[1].span, {op});
  }
  if (op != "+" && op != "-" && op != "*") return;
  for (const Expr& argument : expression.arguments) {
    if (argument.kind != Expr::Kind::kName || !may_sign(argument.text)) continue;
    reporter.report(Code::kBadExpression, argument.span,
                    {"arithmetic on '" + argument.text + "', which may be negative"});
  }
}

}  // namespace avagen
