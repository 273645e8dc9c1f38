#include "parse_expression.h"

#include <array>

namespace avagen {

std::string unquoted(std::string_view token) {
  std::string text;
  for (size_t i = 1; i + 1 < token.size(); ++i) {
    if (token[i] == '\\' && i + 2 < token.size()) ++i;
    text.push_back(token[i]);
  }
  return text;
}

Token Cursor::take() {
  const Token token = peek();
  if (token.kind != TokenKind::kEnd) ++at;
  return token;
}

bool Cursor::syntax(const Token& found, std::string_view expected) {
  const std::string what =
      found.kind == TokenKind::kEnd ? "the end" : "'" + std::string(found.text) + "'";
  reporter.report(Code::kSyntax, found.span, {std::string(expected) + " expected, found " + what});
  return false;
}

bool Cursor::expect(std::string_view punctuator) {
  if (!peek().is(punctuator)) return syntax(peek(), "'" + std::string(punctuator) + "'");
  ++at;
  return true;
}

void Cursor::recover() {
  for (; peek().kind != TokenKind::kEnd; ++at) {
    if (peek().is(";")) {
      ++at;
      return;
    }
    if (peek().is("}")) return;
    if (peek().is("{")) {
      ++at;
      skip_to_close("}");
      return;
    }
  }
}

bool Cursor::skip_statement() {
  if (peek().is("(")) {
    ++at;
    skip_to_close(")");
  }
  if (peek().is("{")) {
    ++at;
    skip_to_close("}");
    return true;
  }
  return expect(";");
}

void Cursor::skip_to_close(std::string_view close) {
  const std::string_view open = close == ")" ? "(" : "{";
  for (int depth = 1; depth != 0 && peek().kind != TokenKind::kEnd; ++at) {
    if (peek().is(open)) ++depth;
    if (peek().is(close)) --depth;
  }
}

Expr Cursor::type() {
  Expr type{Expr::Kind::kType, peek().span, {}, {}};
  while (!peek().is(",") && !peek().is(")") && !peek().is(";") && !peek().is("{") &&
         peek().kind != TokenKind::kEnd) {
    const Token token = take();
    if (!type.text.empty() && !token.is("*")) type.text += ' ';
    type.text += token.text;
    type.span = join(type.span, token.span);
  }
  if (type.text.empty()) syntax(peek(), "a type");
  return type;
}

namespace {

int precedence(const Token& token) {
  static constexpr std::array<std::array<std::string_view, 4>, 10> kLevels{{
      {"||"},
      {"&&"},
      {"|"},
      {"^"},
      {"&"},
      {"==", "!="},
      {"<", ">", "<=", ">="},
      {"<<", ">>"},
      {"+", "-"},
      {"*", "/", "%"},
  }};
  for (size_t level = 0; level < kLevels.size(); ++level) {
    for (const std::string_view symbol : kLevels[level]) {
      if (!symbol.empty() && token.is(symbol)) return static_cast<int>(level) + 1;
    }
  }
  return 0;
}

}  // namespace

std::optional<Expr> Cursor::expression() {
  std::optional<Expr> condition = binary(1);
  if (!condition || !peek().is("?")) return condition;
  ++at;
  std::optional<Expr> then = expression();
  if (!then || !expect(":")) return std::nullopt;
  std::optional<Expr> otherwise = expression();
  if (!otherwise) return std::nullopt;
  Expr ternary{Expr::Kind::kTernary, join(condition->span, otherwise->span), "?", {}};
  ternary.arguments = {std::move(*condition), std::move(*then), std::move(*otherwise)};
  return ternary;
}

std::optional<Expr> Cursor::binary(int least) {
  std::optional<Expr> left = unary();
  while (left) {
    const int level = precedence(peek());
    if (level == 0 || level < least) return left;
    const std::string symbol(take().text);
    std::optional<Expr> right = binary(level + 1);
    if (!right) return std::nullopt;
    Expr both{Expr::Kind::kBinary, join(left->span, right->span), symbol, {}};
    both.arguments = {std::move(*left), std::move(*right)};
    left = std::move(both);
  }
  return left;
}

std::optional<Expr> Cursor::unary() {
  for (const std::string_view symbol : {"-", "!", "~", "*", "&"}) {
    if (!peek().is(symbol)) continue;
    const Token token = take();
    std::optional<Expr> operand = unary();
    if (!operand) return std::nullopt;
    Expr unary{Expr::Kind::kUnary, join(token.span, operand->span), std::string(symbol), {}};
    unary.arguments.push_back(std::move(*operand));
    return unary;
  }
  return postfix();
}

std::optional<Expr> Cursor::postfix() {
  std::optional<Expr> base = primary();
  while (base && peek().is("[")) {
    ++at;
    std::optional<Expr> index = expression();
    if (!index || !expect("]")) return std::nullopt;
    Expr element{Expr::Kind::kIndex, join(base->span, previous().span), "[]", {}};
    element.arguments = {std::move(*base), std::move(*index)};
    base = std::move(element);
  }
  return base;
}

// (words *) before an operand: C has no other meaning for it.
bool Cursor::cast_ahead() const {
  size_t ahead = 0;
  while (peek(ahead).kind == TokenKind::kName) ++ahead;
  if (ahead == 0) return false;
  while (peek(ahead).is("*")) ++ahead;
  if (!peek(ahead).is(")")) return false;
  const Token& next = peek(ahead + 1);
  return next.kind == TokenKind::kName || next.kind == TokenKind::kNumber ||
         (next.is("(") && ahead > 1);
}

// A name, or the path of a field: a.b.c
Expr Cursor::name(const Token& first) {
  Expr name{Expr::Kind::kName, first.span, std::string(first.text), {}};
  while (peek().is(".") && peek(1).kind == TokenKind::kName) {
    ++at;
    const Token field = take();
    name.text += "." + std::string(field.text);
    name.span = join(name.span, field.span);
  }
  return name;
}

std::optional<Expr> Cursor::primary() {
  const Token token = take();
  if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kCharacter) {
    return Expr{Expr::Kind::kNumber, token.span, std::string(token.text), {}};
  }
  if (token.kind == TokenKind::kString) {
    return Expr{Expr::Kind::kString, token.span, unquoted(token.text), {}};
  }
  if (token.is("(") && cast_ahead()) {
    Expr cast = type();
    cast.kind = Expr::Kind::kCast;
    ++at;  // the parenthesis
    std::optional<Expr> operand = unary();
    if (!operand) return std::nullopt;
    cast.span = join(token.span, operand->span);
    cast.arguments.push_back(std::move(*operand));
    return cast;
  }
  if (token.is("(")) {
    std::optional<Expr> inner = expression();
    if (!inner || !expect(")")) return std::nullopt;
    return inner;
  }
  if (token.kind != TokenKind::kName) {
    --at;
    if (token.kind == TokenKind::kEnd) ++at;
    syntax(token, "an expression");
    return std::nullopt;
  }
  if (!peek().is("(")) return name(token);
  ++at;
  if (token.is("sizeof")) {
    Expr size = type();
    size.kind = Expr::Kind::kSizeof;
    if (!expect(")")) return std::nullopt;
    size.span = join(token.span, previous().span);
    return size;
  }
  Expr call{Expr::Kind::kCall, token.span, std::string(token.text), {}};
  while (!peek().is(")")) {
    // query(function, name, T): its last argument is a type, which may have several words.
    const bool type_next = call.text == "query" && call.arguments.size() == 2;
    std::optional<Expr> argument = type_next ? std::optional<Expr>(type()) : expression();
    if (!argument) return std::nullopt;
    call.arguments.push_back(std::move(*argument));
    if (!peek().is(",")) break;
    ++at;
  }
  if (!expect(")")) return std::nullopt;
  call.span = join(token.span, previous().span);
  return call;
}

}  // namespace avagen
