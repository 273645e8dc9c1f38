// The words of the language: where each may stand, and what its parentheses hold. The parser and
// the checks read this table, and a test compares it with docs/spec-language.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace avagen {

enum Place : uint16_t {
  kInType = 1,
  kInCallback = 2,
  kInFunction = 4,
  kInReturns = 8,
  kInParameter = 16,
  kInElement = 32,
  kInList = 64,
  kInMaybe = 128,
  kInConvention = 256,
  kInMaps = 512,
  kInField = 1024,
};

enum class Argument : uint8_t {
  kExpression,
  kType,  // the text up to the next comma or parenthesis
  kName,  // of a parameter
  kString,
  kWord,  // one of a few words of the language itself
};

struct AnnotationRow {
  std::string_view name;
  uint16_t places;
  Argument argument;  // the kind of each argument, the last one repeated
  uint8_t least;      // number of arguments
  uint8_t most;
  bool block;  // { } must follow
  std::string_view meaning;
};

inline constexpr uint8_t kAnyNumber = 255;

// May it stand under an `if`? The others hold for the function as a whole.
bool may_depend_on_condition(std::string_view annotation);

// Does the generator act on it? The others are read, so that a specification is written once, and
// each is warned about.
bool has_effect(std::string_view annotation);

std::span<const AnnotationRow> annotations();
const AnnotationRow* find_annotation(std::string_view name);

}  // namespace avagen
