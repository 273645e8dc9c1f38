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
  kUnresolved = 35,
  kNoEffectYet = 36,
  kUnknownField = 37,
  kUndescribedPointer = 38,
  kImplicit = 39,
};

struct Row {
  Code code;
  Severity severity;
  std::string_view message;  // each {} is replaced by one argument of report()
  std::string_view advice;
};
std::span<const Row> diagnostics_table();
std::string number_of(Code code);  // "AG0017"
// A row's message with its arguments in place of each {}; with an ellipsis where there is none.
std::string with_arguments(std::string_view message, const std::vector<std::string>& arguments);

struct Diagnostic {
  const Row* row;
  Span span;
  std::string message;
};

class Reporter {
 public:
  // While one lives, only kUnresolved is recorded: what is undecided cannot be wrong yet.
  class Muted {
   public:
    Muted(Reporter& reporter, bool muted) : reporter_(reporter), before_(reporter.muted_) {
      reporter_.muted_ |= muted;
    }
    ~Muted() { reporter_.muted_ = before_; }
    Muted(const Muted&) = delete;
    Muted& operator=(const Muted&) = delete;

   private:
    Reporter& reporter_;
    bool before_;
  };

  explicit Reporter(Sources& sources) : sources_(sources) {}
  void report(Code code, Span span, std::vector<std::string> arguments = {});
  bool has_errors() const { return errors_ != 0; }
  // Is nothing wrong but what a person has yet to decide?
  bool only_unresolved() const;
  std::span<const Diagnostic> all() const { return found_; }
  // In the order of the sources.
  std::vector<const Diagnostic*> in_order() const;
  // For each: one line, the source line with a caret, the advice.
  std::string format() const;
  Sources& sources() { return sources_; }

 private:
  Sources& sources_;
  std::vector<Diagnostic> found_;
  size_t errors_ = 0;
  bool muted_ = false;
};

}  // namespace avagen
