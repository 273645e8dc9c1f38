// Text to tokens. C's tokens, and the two preprocessor lines that a specification may have.
#pragma once

#include <string_view>
#include <vector>

#include "diagnostics.h"

namespace avagen {

enum class TokenKind : uint8_t {
  kName,
  kNumber,
  kString,     // with its quotes
  kCharacter,  // with its quotes
  kPunctuator,
  kInclude,  // text: <x.h> or "x.h"
  kDefine,   // text: what follows #define
  kEnd,
};

struct Token {
  TokenKind kind;
  Span span;
  std::string_view text;
  bool is(std::string_view wanted) const {
    return (kind == TokenKind::kPunctuator || kind == TokenKind::kName) && text == wanted;
  }
};

// Always ends with kEnd. Reports kSyntax and kUnterminated, and goes on behind them.
std::vector<Token> lex(uint32_t file, Reporter& reporter);

}  // namespace avagen
