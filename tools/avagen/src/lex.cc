#include "lex.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace avagen {
namespace {

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_name(char c) { return starts_name(c) || is_digit(c); }

class Lexer {
 public:
  Lexer(uint32_t file, Reporter& reporter)
      : file_(file), text_(reporter.sources().text(file)), reporter_(reporter) {}

  std::vector<Token> run() {
    while (skip_space()) token();
    start_ = at_;
    push(TokenKind::kEnd);
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  Span span() const { return {file_, static_cast<uint32_t>(start_), static_cast<uint32_t>(at_)}; }
  void push(TokenKind kind) {
    tokens_.push_back({kind, span(), text_.substr(start_, at_ - start_)});
  }

  // White space and comments. False at the end of the text.
  bool skip_space() {
    while (at_ < text_.size()) {
      start_ = at_;
      if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
        ++at_;
      } else if (peek() == '/' && peek(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        const size_t close = text_.find("*/", at_ + 2);
        at_ += 2;
        if (close == std::string_view::npos) {
          reporter_.report(Code::kUnterminated, span(), {"comment"});
          at_ = text_.size();
        } else {
          at_ = close + 2;
        }
      } else {
        return true;
      }
    }
    return false;
  }

  void token() {
    const char c = peek();
    if (c == '#') return directive();
    if (starts_name(c)) return take_while(TokenKind::kName, in_name);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      return take_while(TokenKind::kNumber, [](char d) { return in_name(d) || d == '.'; });
    }
    if (c == '"' || c == '\'') return quoted(c);
    static constexpr std::array<std::string_view, 21> kLong{
        "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==",
        "!=",  "&&",  "||",  "+=", "-=", "*=", "/=", "|=", "&=", "::"};
    for (const std::string_view symbol : kLong) {
      if (text_.substr(at_, symbol.size()) == symbol) {
        at_ += symbol.size();
        return push(TokenKind::kPunctuator);
      }
    }
    ++at_;
    if (std::string_view("(){}[];:,.<>=!+-*/%&|^~?").find(c) == std::string_view::npos) {
      reporter_.report(Code::kSyntax, span(), {"a character that C does not have"});
      return;
    }
    push(TokenKind::kPunctuator);
  }

  template <typename Predicate>
  void take_while(TokenKind kind, Predicate belongs) {
    while (at_ < text_.size() && belongs(peek())) ++at_;
    push(kind);
  }

  void quoted(char quote) {
    ++at_;
    while (peek() != quote) {
      if (at_ >= text_.size() || peek() == '\n') {
        reporter_.report(Code::kUnterminated, span(), {"string"});
        return;
      }
      at_ = std::min(at_ + (peek() == '\\' ? 2 : 1), text_.size());
    }
    ++at_;
    push(quote == '"' ? TokenKind::kString : TokenKind::kCharacter);
  }

  // `#include <x.h>` and `#define NAME text`; other directives belong into verbatim blocks, whose
  // text is taken from the source and not from tokens.
  void directive() {
    const size_t stop = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_ + 1, stop - at_ - 1);
    const auto trim_front = [&] {
      while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())) != 0) {
        line.remove_prefix(1);
      }
    };
    trim_front();
    TokenKind kind = TokenKind::kEnd;
    if (line.starts_with("include")) {
      kind = TokenKind::kInclude;
      line.remove_prefix(7);
    } else if (line.starts_with("define")) {
      kind = TokenKind::kDefine;
      line.remove_prefix(6);
    }
    trim_front();
    if (const size_t comment = line.find("//"); comment != std::string_view::npos) {
      line = line.substr(0, comment);
    }
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) {
      line.remove_suffix(1);
    }
    at_ = stop;
    if (kind == TokenKind::kEnd) return;
    tokens_.push_back({kind, span(), line});
  }

  uint32_t file_;
  std::string_view text_;
  Reporter& reporter_;
  size_t at_ = 0;
  size_t start_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(uint32_t file, Reporter& reporter) { return Lexer(file, reporter).run(); }

}  // namespace avagen
