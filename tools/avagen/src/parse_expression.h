// Reading tokens one after the other, and C expressions among them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"
#include "lex.h"
#include "tree.h"

namespace avagen {

// A string token's content.
std::string unquoted(std::string_view token);

// A place in a list of tokens. Functions that return false or nothing have reported why.
struct Cursor {
  const std::vector<Token>& tokens;
  Reporter& reporter;
  size_t at = 0;

  const Token& peek(size_t ahead = 0) const {
    return at + ahead < tokens.size() ? tokens[at + ahead] : tokens.back();
  }
  const Token& previous() const { return tokens[at == 0 ? 0 : at - 1]; }
  Token take();
  bool expect(std::string_view punctuator);
  bool syntax(const Token& found, std::string_view expected);

  // Past the end of the statement in which something went wrong: behind its ';', or before the
  // bracket that closes what holds it.
  void recover();
  // Past name(...) { ... } or name(...);, unread.
  bool skip_statement();
  // Past the bracket that closes the one before the cursor.
  void skip_to_close(std::string_view close);

  std::optional<Expr> expression();
  Expr type();  // tokens up to a comma or a closing parenthesis

 private:
  std::optional<Expr> binary(int least);
  std::optional<Expr> unary();
  std::optional<Expr> postfix();
  std::optional<Expr> primary();
  Expr name(const Token& first);
  bool cast_ahead() const;
};

}  // namespace avagen
