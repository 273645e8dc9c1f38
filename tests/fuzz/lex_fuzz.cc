// A specification's text, as anybody may write it: tokens lie in it, in its order.
#include "lex.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace avagen;
  Sources sources;
  const uint32_t file =
      sources.add("x.ava", std::string(reinterpret_cast<const char*>(data), size));
  Reporter reporter(sources);
  const std::vector<Token> tokens = lex(file, reporter);
  FUZZ_CHECK(!tokens.empty() && tokens.back().kind == TokenKind::kEnd);
  uint32_t before = 0;
  for (const Token& token : tokens) {
    FUZZ_CHECK(token.span.begin >= before && token.span.begin <= token.span.end);
    FUZZ_CHECK(token.span.end <= size);
    before = token.span.end;
  }
  reporter.format();
  return 0;
}
