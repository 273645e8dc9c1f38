#include "header_probes.h"

#include <algorithm>
#include <map>

#include "clang_unit.h"
#include "header_types.h"

namespace avagen {
namespace {

// Everything that the specification names and the header may know.
struct Names {
  std::map<std::string, Span> types;
  std::map<std::string, Span> sizes;
  std::set<std::string> words;

  void add(const Expr& expression) {
    if (expression.kind == Expr::Kind::kType || expression.kind == Expr::Kind::kCast)
      types.emplace(expression.text, expression.span);
    if (expression.kind == Expr::Kind::kSizeof) sizes.emplace(expression.text, expression.span);
    if (expression.kind == Expr::Kind::kName) words.insert(expression.text);
    for (const Expr& argument : expression.arguments) add(argument);
  }
  void add(const std::vector<Statement>& body) {
    for (const Statement& statement : body) {
      if (statement.annotation) {
        const Annotation& annotation = *statement.annotation;
        for (const Expr& argument : annotation.arguments) add(argument);
        if (annotation.name == "drop_entries" && !annotation.arguments.empty()) {
          types.emplace(annotation.arguments[0].text, annotation.arguments[0].span);
        }
        add(statement.annotation->body);
      }
      if (statement.condition) add(*statement.condition);
      if (statement.key) add(*statement.key);
      add(statement.then);
      add(statement.otherwise);
    }
  }
};

Names names_in(const Spec& spec) {
  Names names;
  for (const TypeDeclaration& type : spec.types) {
    names.types.emplace(type.name, type.name_span);
    names.add(type.body);
  }
  for (const TypeDeclaration& callback : spec.callbacks) {
    names.types.emplace(callback.name, callback.name_span);
    names.add(callback.body);
  }
  for (const DispatchDeclaration& table : spec.dispatch_tables) {
    names.types.emplace(table.table, table.span);
  }
  for (const Annotation& convention : spec.conventions) {
    for (const Expr& argument : convention.arguments) names.add(argument);
  }
  for (const FunctionDeclaration& function : spec.functions) names.add(function.body);
  return names;
}

// The second unit: the header again, and behind it one probe on each line.
class Probes {
 public:
  Probes(const Spec& spec, Header& header, Reporter& reporter)
      : header_(header), reporter_(reporter), text_(header_text(spec)) {
    line_ = static_cast<unsigned>(std::count(text_.begin(), text_.end(), '\n')) + 1;
  }

  void prototype(const FunctionDeclaration& function) {
    probe({Kind::kPrototype, function.name, function.name_span},
          one_line(function.prototype) + ";");
  }
  void type(const std::string& name, Span span) {
    probe({Kind::kType, name, span}, "extern " + name + " avagen_" + number() + ";");
  }
  void size(const std::string& name, Span span) {
    probe({Kind::kSize, name, span},
          "static const unsigned long avagen_" + number() + " = sizeof(" + name + ");");
  }
  void constant(const std::string& name) {
    probe({Kind::kConstant, name, {}},
          "static const __typeof__(" + name + ") avagen_" + number() + " = " + name + ";");
  }

  // An expression over a function's parameters, as C. Times 1, it is a number.
  void implicit(const FunctionDeclaration& function, const Annotation& annotation) {
    const std::vector<Expr>& parts = annotation.arguments;
    if (parts.size() != 3) return;  // reported by the parser
    // Bodies are not read: one more parameter is of the expression's type.
    std::string parameters = one_line(function.parameters_span);
    parameters.back() = ',';
    if (function.parameters.empty()) parameters = "(";
    probe({Kind::kImplicit, parts[1].text, parts[2].span}, "void avagen_" + number() + parameters +
                                                               " __typeof__((" + parts[2].text +
                                                               ") * 1) value);");
  }

  void run(const std::vector<std::string>& include_folders) {
    const ClangUnit unit(text_, include_folders);
    if (!unit) return;
    unit.each_error([&](const Place& place, const std::string& message) {
      if (place.file != ClangUnit::kName || place.line < first_line_) return;
      Probe& failed = probes_[std::min<size_t>(place.line - first_line_, probes_.size() - 1)];
      if (!failed.failed) report(failed, message);
      failed.failed = true;
    });
    unit.each([&](CXCursor cursor) { answer(cursor); });
  }

 private:
  enum class Kind : uint8_t { kPrototype, kType, kSize, kConstant, kImplicit };
  struct Probe {
    Kind kind;
    std::string name;
    Span span;
    bool failed = false;
  };

  std::string one_line(Span span) const {
    std::string text(reporter_.sources().text(span));
    // Comments to the end of a line would swallow what follows them on the probe's one line.
    for (size_t at = text.find("//"); at != std::string::npos; at = text.find("//", at)) {
      text.erase(at, std::min(text.find('\n', at), text.size()) - at);
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }

  std::string number() const { return std::to_string(probes_.size()); }

  void probe(Probe probe, const std::string& text) {
    if (probes_.empty()) first_line_ = line_;
    probes_.push_back(std::move(probe));
    text_ += text + "\n";
  }

  void report(const Probe& probe, const std::string& message) {
    if (probe.kind == Kind::kPrototype) {
      reporter_.report(Code::kDeclarationDiffers, probe.span, {probe.name, message});
    } else if (probe.kind == Kind::kImplicit) {
      reporter_.report(Code::kImplicit, probe.span, {probe.name, message});
    } else if (probe.kind != Kind::kConstant) {  // a macro without a value is no error by itself
      reporter_.report(Code::kUnknownType, probe.span, {probe.name});
    }
  }

  void answer(CXCursor cursor) {
    const std::string name = take(clang_getCursorSpelling(cursor));
    if (clang_getCursorKind(cursor) != CXCursor_VarDecl || !name.starts_with("avagen_")) return;
    const Probe& probe = probes_[std::stoul(name.substr(7))];
    if (probe.failed) return;
    if (probe.kind == Kind::kType) {
      const CXType type = clang_getCursorType(cursor);
      CType read = read_type(type, cursor);
      read.spelling = probe.name;
      if (read.kind == CType::Kind::kRecord) header_.records[probe.name] = read_fields(type);
      header_.types[probe.name] = std::move(read);
      return;
    }
    const CXEvalResult result = clang_Cursor_Evaluate(cursor);
    if (result == nullptr) return;
    Constant constant;
    constant.is_integer = clang_EvalResult_getKind(result) == CXEval_Int;
    if (constant.is_integer) {
      const bool is_unsigned = clang_EvalResult_isUnsignedInt(result) != 0;
      const long long value = clang_EvalResult_getAsLongLong(result);
      constant.value =
          is_unsigned ? clang_EvalResult_getAsUnsigned(result) : static_cast<uint64_t>(value);
      constant.is_negative = !is_unsigned && value < 0;
    }
    clang_EvalResult_dispose(result);
    if (probe.kind == Kind::kSize) {
      header_.sizes[probe.name] = constant.value;
    } else {
      header_.constants[probe.name] = constant;
    }
  }

  Header& header_;
  Reporter& reporter_;
  std::string text_;
  unsigned line_ = 1;
  unsigned first_line_ = 1;
  std::vector<Probe> probes_;
};

// Structs that functions take, and that lead elsewhere, and those to which results point: what
// their fields are is asked, too.
void add_structs(const FunctionDeclaration& declaration, const HeaderFunction& function,
                 Names& names) {
  if (const CType& c = function.result;
      c.is_pointer() && c.pointee->complete && c.pointee->kind == CType::Kind::kRecord) {
    names.types.emplace(plain_name(c.pointee->chain.front()), declaration.name_span);
  }
  for (const HeaderParameter& parameter : function.parameters) {
    const CType* c = &parameter.type;
    while (c->is_pointer() && c->pointee != nullptr) c = c->pointee.get();
    if (c->kind != CType::Kind::kRecord || !c->holds_pointers || c->chain.empty()) continue;
    names.types.emplace(plain_name(c->chain.front()), declaration.name_span);
  }
}

}  // namespace

void probe_header(const Spec& spec, const std::vector<std::string>& include_folders,
                  const std::set<std::string>& constants, const std::vector<std::string>& wanted,
                  Header& header, Reporter& reporter) {
  Probes probes(spec, header, reporter);
  for (const FunctionDeclaration& function : spec.functions) {
    if (header.functions.contains(function.name)) {
      probes.prototype(function);
      for (const Statement& statement : function.body) {
        const bool implicit = statement.annotation && statement.annotation->name == "implicit";
        if (implicit) probes.implicit(function, *statement.annotation);
      }
    } else {
      reporter.report(Code::kUndeclaredFunction, function.name_span, {function.name});
    }
  }
  Names names = names_in(spec);
  for (const FunctionDeclaration& function : spec.functions) {
    const auto known = header.functions.find(function.name);
    if (known != header.functions.end()) add_structs(function, known->second, names);
  }
  names.words.insert(wanted.begin(), wanted.end());
  for (const auto& [name, span] : names.types) probes.type(name, span);
  for (const auto& [name, span] : names.sizes) probes.size(name, span);
  for (const std::string& name : names.words) {
    if (constants.contains(name)) probes.constant(name);
  }
  probes.run(include_folders);
}

}  // namespace avagen
