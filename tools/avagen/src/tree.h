// What a specification says, as a tree with spans: nothing is looked up yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source.h"

namespace avagen {

// A C expression, a type's name, or a string: whatever stands between an annotation's parentheses.
struct Expr {
  enum class Kind : uint8_t {
    kNumber,
    kString,   // text without quotes, escapes resolved
    kName,     // parameter, macro or enumerator
    kUnary,    // text: - ! ~ *
    kBinary,   // text: the operator
    kTernary,  // arguments: condition, then, otherwise
    kCall,     // text: the function; query() is one
    kSizeof,   // text: a type
    kType,     // text: a type
    kIndex,    // arguments: array, index
    kCast,     // text: a type
  };
  Kind kind = Kind::kNumber;
  Span span;
  std::string text;
  std::vector<Expr> arguments;
};

struct Statement;

// name(arguments) { body } in any of its forms.
struct Annotation {
  std::string name;
  Span name_span;
  Span span;
  std::vector<Expr> arguments;
  std::vector<Statement> body;
};

// One annotation, or a condition over some.
struct Statement {
  std::optional<Annotation> annotation;
  // Where there is no annotation: if (condition) then else otherwise.
  std::optional<Expr> condition;
  std::vector<Statement> then;
  std::vector<Statement> otherwise;
  // In a list { }: KEY: annotation.
  std::optional<Expr> key;
};

struct ParameterDeclaration {
  std::string name;
  Span name_span;
};

// A C prototype, and what is said about it.
struct FunctionDeclaration {
  std::string name;
  Span name_span;
  Span prototype;        // from the return type to the closing parenthesis
  Span parameters_span;  // the parentheses and what is in them
  std::vector<ParameterDeclaration> parameters;
  std::vector<Statement> body;
  uint32_t chapter = 0;  // index into Spec::chapters
  uint32_t version = 0;  // index into Spec::versions and 1; 0: in every version
};

// type(T) { } or callback(T) { }.
struct TypeDeclaration {
  std::string name;
  Span name_span;
  std::vector<Statement> body;
  uint32_t version = 0;  // as of functions
};

struct HeaderLine {
  std::string text;  // "#include <x.h>", as it stands
  Span span;
};

// convention { length(p) = "num_" p; }: how this API names what belongs to a parameter.
struct NamingRule {
  struct Part {
    bool is_parameter = false;
    std::string text;
  };
  std::string what;  // "length", "written" or "user_data"
  std::vector<Part> parts;
  Span span;
};

// server { } or guest { }: C++ that goes into the generated source as it is.
struct VerbatimBlock {
  std::string side;  // guest, server or both
  Span span;
  std::string text;
  uint32_t chapter = 0;
  uint32_t version = 0;  // as of functions
  bool is_for(std::string_view other) const { return side == other || side == "both"; }
};

struct DispatchDeclaration {
  std::string table;
  std::string variable;
  Span span;
};

struct Chapter {
  std::string name;  // empty: what stands before the first chapter()
};

struct Spec {
  std::string api;
  std::string library;
  std::vector<HeaderLine> header_lines;  // #include and #define, in their order
  std::vector<Chapter> chapters{{}};
  uint32_t chapter = 0;  // the one that the next declaration belongs to
  std::vector<TypeDeclaration> types;
  std::vector<TypeDeclaration> callbacks;
  std::vector<FunctionDeclaration> functions;
  std::vector<VerbatimBlock> verbatim;
  std::vector<DispatchDeclaration> dispatch_tables;
  std::vector<Annotation> conventions;
  std::vector<NamingRule> naming;
  std::vector<Expr> versions;   // conditions over the header's constants
  std::vector<uint32_t> files;  // each source read, the main one first
};

}  // namespace avagen
