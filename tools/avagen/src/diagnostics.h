// Everything that can be wrong with a specification, in one table, and the list of what was found.
//
// Passes report and go on; the driver asks has_errors() before anything is written. A number is
// never reused: a retired row keeps its line in the table's comment.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source.h"

namespace avagen {

enum class Severity : uint8_t { kError, kWarning };

enum class Code : uint16_t {
  kSyntax = 1,
  kUnknownAnnotation = 2,
  kMisplacedAnnotation = 3,
  kWrongArguments = 4,
  kMissingFile = 5,
  kHeader = 6,
  kUndeclaredFunction = 7,
  kDeclarationDiffers = 8,
  kDuplicateFunction = 9,
  kUndeclaredParameter = 10,
  kUnknownType = 11,
  kUnknownName = 12,
  kDuplicateType = 13,
  kDuplicateAnnotation = 14,
  kContradiction = 15,
  kDeadAnnotation = 16,
  kMissingLength = 17,
  kUnknownDirection = 18,
  kNoHandleType = 19,
  kNotHandle = 20,
  kNeverCreated = 21,
  kNoSuccess = 22,
  kNoFailureValue = 23,
  kAsyncOutput = 24,
  kUnsupportedShape = 25,
  kBadExpression = 26,
  kDivision = 27,
  kTooManyParameters = 28,
  kNotCallback = 29,
  kDispatch = 30,
  kNoFunctions = 31,
  kUnterminated = 32,
  kNoCompletion = 33,
  kConditional = 34,
};

struct Row {
  Code code;
  Severity severity;
  std::string_view message;  // each {} is replaced by one argument of report()
  std::string_view advice;
};
std::span<const Row> diagnostics_table();
std::string number_of(Code code);  // "AG0017"

struct Diagnostic {
  const Row* row;
  Span span;
  std::string message;
};

class Reporter {
 public:
  explicit Reporter(Sources& sources) : sources_(sources) {}
  void report(Code code, Span span, std::vector<std::string> arguments = {});
  bool has_errors() const { return errors_ != 0; }
  std::span<const Diagnostic> all() const { return found_; }
  // In the order of the sources: one line, the source line with a caret, the advice.
  std::string format() const;
  Sources& sources() { return sources_; }

 private:
  Sources& sources_;
  std::vector<Diagnostic> found_;
  size_t errors_ = 0;
};

}  // namespace avagen
