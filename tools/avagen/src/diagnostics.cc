#include "diagnostics.h"

#include <algorithm>

namespace avagen {
namespace {

constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;

// Numbers are for ever. Retired: none yet.
constexpr Row kTable[] = {
    {Code::kSyntax, kError, "{}", "docs/spec-language.md shows each construct with an example"},
    {Code::kUnknownAnnotation, kError, "'{}' is not a word of the language here",
     "check its spelling; 'avagen --help' lists the annotations"},
    {Code::kMisplacedAnnotation, kError, "'{}' cannot stand here",
     "docs/spec-language.md says where each annotation belongs"},
    {Code::kWrongArguments, kError, "'{}' has the wrong arguments",
     "docs/spec-language.md shows each annotation with its arguments"},
    {Code::kMissingFile, kError, "cannot read '{}'",
     "paths are relative to the file that includes, then to each -I folder"},
    {Code::kHeader, kError, "the header does not parse: {}",
     "give its folder with -I, and put the #defines that it needs before #include"},
    {Code::kUndeclaredFunction, kError, "no header declares '{}'",
     "include the header that does, or correct the name"},
    {Code::kDeclarationDiffers, kError, "'{}' is declared otherwise in the header: {}",
     "copy the prototype from the header; only names of parameters may differ"},
    {Code::kDuplicateFunction, kError, "'{}' is specified twice", "keep one of the two"},
    {Code::kUndeclaredParameter, kError, "there is no parameter '{}' in '{}'",
     "names are those of the prototype in this specification"},
    {Code::kUnknownType, kError, "there is no type '{}'", "include the header that declares it"},
    {Code::kUnknownName, kError, "there is no '{}' here",
     "an expression may use the function's parameters and the header's constants; looked_up() "
     "names "
     "a function of a server block"},
    {Code::kDuplicateType, kError, "'{}' is described twice", "put both into one type() { }"},
    {Code::kDuplicateAnnotation, kError, "'{}' is said twice", "keep one of the two"},
    {Code::kContradiction, kError, "'{}': {}", "decide for one"},
    {Code::kDeadAnnotation, kError, "'{}' has no effect on '{}'",
     "remove it, or say what gives it a meaning"},
    {Code::kMissingLength, kError, "'{}' has no length",
     "say buffer(elements), with bytes for void; buffer(1) for a single element"},
    {Code::kUnknownDirection, kError, "is '{}' read or written?", "say in, out or inout"},
    {Code::kNoHandleType, kError, "the handle '{}' is of no type", "say handle(T)"},
    {Code::kNotHandle, kError, "'{}' is no handle",
     "handles are pointers to opaque structs, or types with type(T) { handle; }"},
    {Code::kNeverCreated, kWarning, "no function makes a '{}'",
     "say 'allocates' where one is returned, or handle(T) where one is found"},
    {Code::kNoSuccess, kError, "'{}' is asynchronous, but nothing says what success is for '{}'",
     "say type(T) { success(value); }"},
    {Code::kNoFailureValue, kWarning, "'{}': nothing says what '{}' is when the session is lost",
     "say type(T) { lost(value); }; until then it is -1"},
    {Code::kAsyncOutput, kError, "'{}' cannot be asynchronous: the application wants {} at once",
     "say sync, or let the output land later with until()"},
    {Code::kUnsupportedShape, kError, "'{}' cannot be passed on: {}",
     "say 'unsupported', or replace the function by hand"},
    {Code::kBadExpression, kError, "{}", "expressions are C over parameters and constants"},
    {Code::kDivision, kError, "the right side of '{}' must be a constant other than 0",
     "a guest chooses every parameter's value"},
    {Code::kTooManyParameters, kError, "'{}' has more than 64 parameters",
     "replace the function by hand"},
    {Code::kNotCallback, kError, "'{}' cannot be called back: {}",
     "describe it with callback(T) { } or in the parameter, with its user_data"},
    {Code::kDispatch, kError, "dispatch table: {}", "one dispatch_table(T) names one struct"},
    {Code::kNoFunctions, kError, "no function is specified", "copy a prototype from the header"},
    {Code::kUnterminated, kError, "this {} never ends", "close it"},
    {Code::kNoCompletion, kWarning,
     "'{}' may be written after the call, and '{}' has no completion: calls that do not wait are "
     "refused",
     "say type(T) { completion(expression of object); }"},
    {Code::kConditional, kError, "'{}' cannot depend on a condition",
     "move it out of the if: it holds for every call"},
    {Code::kUnresolved, kError, "'{}' is unresolved: {}",
     "say what holds in its place, as the vendor's documentation has it"},
    {Code::kNoEffectYet, kWarning, "'{}' has no effect yet",
     "keep it if it is true: it is there for a later version of avagen"},
    {Code::kUnknownField, kError, "'{}' has no field '{}'",
     "fields are named as in C, those inside others behind a dot; bit-fields and elements of "
     "arrays "
     "have no name here"},
    {Code::kUndescribedPointer, kError, "nothing says what '{}' of '{}' leads to",
     "say type(T) { field(name) { string; } }, or buffer(n), handle(T), unused; of what leads to a "
     "struct with pointers: type() of that struct"},
    {Code::kImplicit, kError, "'{}' cannot be computed at the call: {}",
     "an implicit number is C over the parameters, and over what the headers declare"},
};

}  // namespace

std::span<const Row> diagnostics_table() { return kTable; }

std::string number_of(Code code) {
  const std::string digits = std::to_string(static_cast<int>(code));
  return "AG" + std::string(4 - digits.size(), '0') + digits;
}

std::string with_arguments(std::string_view message, const std::vector<std::string>& arguments) {
  std::string text;
  size_t next = 0;
  for (size_t i = 0; i < message.size(); ++i) {
    if (message.substr(i, 2) != "{}") {
      text += message[i];
      continue;
    }
    text += next < arguments.size() ? arguments[next] : "…";
    ++next;
    ++i;
  }
  return text;
}

bool Reporter::only_unresolved() const {
  return has_errors() && std::all_of(found_.begin(), found_.end(), [](const Diagnostic& found) {
           return found.row->severity == Severity::kWarning || found.row->code == Code::kUnresolved;
         });
}

void Reporter::report(Code code, Span span, std::vector<std::string> arguments) {
  if (muted_ && code != Code::kUnresolved) return;
  const Row* row = std::find_if(std::begin(kTable), std::end(kTable),
                                [&](const Row& candidate) { return candidate.code == code; });
  std::string message = with_arguments(row->message, arguments);
  const bool known = std::any_of(found_.begin(), found_.end(), [&](const Diagnostic& other) {
    return other.row == row && other.span.file == span.file && other.span.begin == span.begin &&
           other.message == message;
  });
  if (known) return;
  if (row->severity == Severity::kError) ++errors_;
  found_.push_back({row, span, std::move(message)});
}

std::vector<const Diagnostic*> Reporter::in_order() const {
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& diagnostic : found_) order.push_back(&diagnostic);
  std::stable_sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return a->span.file != b->span.file ? a->span.file < b->span.file
                                        : a->span.begin < b->span.begin;
  });
  return order;
}

std::string Reporter::format() const {
  std::string text;
  for (const Diagnostic* diagnostic : in_order()) {
    const Location at = sources_.locate(diagnostic->span);
    const std::string line = std::to_string(at.line);
    text += std::string(at.path) + ":" + line + ":" + std::to_string(at.column) + ": ";
    text += diagnostic->row->severity == Severity::kError ? "error " : "warning ";
    text += number_of(diagnostic->row->code) + ": " + diagnostic->message + "\n";
    text += "  " + line + " | " + std::string(at.line_text) + "\n";
    const size_t width = std::max<size_t>(
        1, std::min<size_t>(
               diagnostic->span.end - diagnostic->span.begin,
               at.line_text.size() - std::min<size_t>(at.column - 1, at.line_text.size())));
    text += "  " + std::string(line.size(), ' ') + " | " + std::string(at.column - 1, ' ') + "^" +
            std::string(width - 1, '~') + "\n";
    text += "  advice: " + std::string(diagnostic->row->advice) + "\n";
  }
  return text;
}

}  // namespace avagen
