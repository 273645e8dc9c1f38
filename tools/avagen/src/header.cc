#include "header.h"

#include <clang-c/Index.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

namespace avagen {
namespace {

std::string take(CXString text) {
  const char* chars = clang_getCString(text);
  std::string copy = chars == nullptr ? "" : chars;
  clang_disposeString(text);
  return copy;
}

// "const char **" as C++ programmers write it.
std::string tidy(std::string spelling) {
  for (size_t at = spelling.find(" *"); at != std::string::npos; at = spelling.find(" *", at)) {
    // Not in "void (*)(int)": there the space separates the result.
    spelling.erase(at, 1);
  }
  return spelling;
}

class TypeReader {
 public:
  static CType read(CXType type, int depth = 0) {
    CType out;
    out.is_const = clang_isConstQualifiedType(type) != 0;
    out.spelling = take(clang_getTypeSpelling(type));
    if (out.is_const && out.spelling.starts_with("const ") && type.kind != CXType_Pointer) {
      out.spelling.erase(0, 6);
    }
    out.spelling = tidy(out.spelling);
    out.chain = chain(type);
    const CXType canonical = clang_getCanonicalType(type);
    const long long size = clang_Type_getSizeOf(canonical);
    out.complete = size >= 0;
    out.size = size > 0 ? static_cast<uint64_t>(size) : 0;
    classify(canonical, out);
    if (depth > 6) return out;
    if (out.kind == CType::Kind::kPointer) {
      const CXType target = clang_getPointeeType(unalias(type));
      out.pointee = std::make_shared<CType>(read(target, depth + 1));
    } else if (out.kind == CType::Kind::kFunction) {
      // libclang looks through parentheses here, and the arguments keep their typedefs.
      out.result = std::make_shared<CType>(read(clang_getResultType(type), depth + 1));
      for (int i = 0; i < clang_getNumArgTypes(type); ++i) {
        out.parameters.push_back(read(clang_getArgType(type, static_cast<unsigned>(i)), depth + 1));
      }
    }
    return out;
  }

 private:
  // Through typedefs, parentheses and attributes, so that pointees keep the names they go by.
  static CXType unalias(CXType type) {
    for (;;) {
      if (type.kind == CXType_Typedef) {
        type = clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(type));
      } else if (type.kind == CXType_Elaborated) {
        type = clang_Type_getNamedType(type);
      } else if (type.kind == CXType_Attributed) {
        type = clang_Type_getModifiedType(type);
      } else if (type.kind == CXType_Unexposed) {
        return clang_getCanonicalType(type);
      } else {
        return type;
      }
    }
  }

  static std::vector<std::string> chain(CXType type) {
    std::vector<std::string> names;
    for (;;) {
      if (type.kind == CXType_Typedef) {
        names.push_back(take(clang_getTypedefName(type)));
        type = clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(type));
      } else if (type.kind == CXType_Elaborated) {
        type = clang_Type_getNamedType(type);
      } else {
        names.push_back(tidy(take(clang_getTypeSpelling(type))));
        return names;
      }
    }
  }

  static void classify(CXType canonical, CType& out) {
    using Kind = CType::Kind;
    switch (canonical.kind) {
      case CXType_Void:
        out.kind = Kind::kVoid;
        break;
      case CXType_Bool:
        out.kind = Kind::kBool;
        break;
      case CXType_Char_S:
      case CXType_SChar:
      case CXType_Short:
      case CXType_Int:
      case CXType_Long:
      case CXType_LongLong:
        out.kind = Kind::kInteger;
        out.is_signed = true;
        break;
      case CXType_Char_U:
      case CXType_UChar:
      case CXType_UShort:
      case CXType_UInt:
      case CXType_ULong:
      case CXType_ULongLong:
        out.kind = Kind::kInteger;
        break;
      case CXType_Enum: {
        out.kind = Kind::kEnum;
        const CXType base = clang_getEnumDeclIntegerType(clang_getTypeDeclaration(canonical));
        out.is_signed = base.kind == CXType_Int || base.kind == CXType_Long;
        break;
      }
      case CXType_Float:
      case CXType_Double:
        out.kind = Kind::kFloat;
        break;
      case CXType_Pointer:
        out.kind = Kind::kPointer;
        break;
      case CXType_FunctionProto:
      case CXType_FunctionNoProto:
        out.kind = Kind::kFunction;
        break;
      case CXType_Record:
        out.kind = Kind::kRecord;
        break;
      default:
        out.kind = Kind::kOther;
    }
  }
};

// The names in `void (*notify)(int status, void* data)`, which belong to the declaration and not to
// its type. Of a typedef, those in the typedef.
std::vector<std::string> names_inside(CXCursor declaration) {
  std::vector<std::string> names;
  clang_visitChildren(
      declaration,
      [](CXCursor child, CXCursor, CXClientData data) {
        if (clang_getCursorKind(child) == CXCursor_ParmDecl) {
          static_cast<std::vector<std::string>*>(data)->push_back(
              take(clang_getCursorSpelling(child)));
        }
        return CXChildVisit_Continue;
      },
      &names);
  return names;
}

// `type` with the parameter names of the function that it points to.
CType read_named(CXType type, CXCursor declaration) {
  CType out = TypeReader::read(type);
  if (!out.is_function_pointer()) return out;
  if (type.kind == CXType_Elaborated) type = clang_Type_getNamedType(type);
  if (type.kind == CXType_Typedef) declaration = clang_getTypeDeclaration(type);
  CType function = *out.pointee;
  function.parameter_names = names_inside(declaration);
  out.pointee = std::make_shared<CType>(std::move(function));
  return out;
}

HeaderFunction read_function(CXCursor cursor) {
  HeaderFunction function;
  function.name = take(clang_getCursorSpelling(cursor));
  const CXType type = clang_getCursorType(cursor);
  function.result = TypeReader::read(clang_getCursorResultType(cursor));
  function.variadic = clang_isFunctionTypeVariadic(type) != 0;
  function.deprecated = clang_getCursorAvailability(cursor) == CXAvailability_Deprecated;
  for (int i = 0; i < clang_Cursor_getNumArguments(cursor); ++i) {
    const auto index = static_cast<unsigned>(i);
    const CXCursor argument = clang_Cursor_getArgument(cursor, index);
    function.parameters.push_back({take(clang_getCursorSpelling(argument)),
                                   read_named(clang_getArgType(type, index), argument)});
  }
  return function;
}

std::vector<HeaderField> read_fields(CXType record) {
  std::vector<HeaderField> fields;
  clang_Type_visitFields(
      clang_getCanonicalType(record),
      [](CXCursor field, CXClientData data) {
        static_cast<std::vector<HeaderField>*>(data)->push_back(
            {take(clang_getCursorSpelling(field)), read_named(clang_getCursorType(field), field)});
        return CXVisit_Continue;
      },
      &fields);
  return fields;
}

// Where a cursor or a diagnostic is.
struct Place {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
};

Place place_of(CXSourceLocation location) {
  Place place;
  CXFile file = nullptr;
  clang_getFileLocation(location, &file, &place.line, &place.column, nullptr);
  if (file != nullptr) place.file = take(clang_getFileName(file));
  return place;
}

// One translation unit that exists in memory only.
class Unit {
 public:
  Unit(const std::string& text, const std::vector<std::string>& include_folders)
      : index_(clang_createIndex(0, 0)) {
    std::vector<std::string> arguments{"-x", "c", "-std=c11", "-ferror-limit=0", "-w"};
    for (const std::string& folder : include_folders) arguments.push_back("-I" + folder);
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    CXUnsavedFile file{kName, text.data(), text.size()};
    clang_parseTranslationUnit2(index_, kName, pointers.data(), static_cast<int>(pointers.size()),
                                &file, 1, CXTranslationUnit_DetailedPreprocessingRecord, &unit_);
  }
  ~Unit() {
    if (unit_ != nullptr) clang_disposeTranslationUnit(unit_);
    clang_disposeIndex(index_);
  }
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  explicit operator bool() const { return unit_ != nullptr; }

  using Visitor = std::function<void(CXCursor)>;
  void each(Visitor visitor) const {
    clang_visitChildren(
        clang_getTranslationUnitCursor(unit_),
        [](CXCursor cursor, CXCursor, CXClientData data) {
          (*static_cast<Visitor*>(data))(cursor);
          return CXChildVisit_Continue;
        },
        &visitor);
  }

  using ErrorVisitor = std::function<void(const Place&, const std::string& message)>;
  void each_error(const ErrorVisitor& visitor) const {
    for (unsigned i = 0; i < clang_getNumDiagnostics(unit_); ++i) {
      const CXDiagnostic diagnostic = clang_getDiagnostic(unit_, i);
      if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
        visitor(place_of(clang_getDiagnosticLocation(diagnostic)),
                take(clang_getDiagnosticSpelling(diagnostic)));
      }
      clang_disposeDiagnostic(diagnostic);
    }
  }

  // All files read; `direct` are those that the unit itself includes.
  void files(std::vector<std::string>& all, std::set<std::string>& direct) const {
    struct Both {
      std::vector<std::string>& all;
      std::set<std::string>& direct;
    } both{all, direct};
    clang_getInclusions(
        unit_,
        [](CXFile file, CXSourceLocation*, unsigned depth, CXClientData data) {
          if (depth == 0) return;
          Both& sets = *static_cast<Both*>(data);
          const std::string name = take(clang_getFileName(file));
          sets.all.push_back(name);
          if (depth == 1) sets.direct.insert(name);
        },
        &both);
  }

  static constexpr const char* kName = "avagen-input.c";

 private:
  CXIndex index_;
  CXTranslationUnit unit_ = nullptr;
};

std::string header_text(const Spec& spec) {
  std::string text;
  for (const HeaderLine& line : spec.header_lines) text += line.text + "\n";
  return text;
}

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
    std::string text(reporter_.sources().text(function.prototype));
    // Comments to the end of a line would swallow what follows them on the probe's one line.
    for (size_t at = text.find("//"); at != std::string::npos; at = text.find("//", at)) {
      text.erase(at, std::min(text.find('\n', at), text.size()) - at);
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    probe({Kind::kPrototype, function.name, function.name_span}, text + ";");
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

  void run(const std::vector<std::string>& include_folders) {
    const Unit unit(text_, include_folders);
    if (!unit) return;
    unit.each_error([&](const Place& place, const std::string& message) {
      if (place.file != Unit::kName || place.line < first_line_) return;
      Probe& failed = probes_[std::min<size_t>(place.line - first_line_, probes_.size() - 1)];
      if (!failed.failed) report(failed, message);
      failed.failed = true;
    });
    unit.each([&](CXCursor cursor) { answer(cursor); });
  }

 private:
  enum class Kind : uint8_t { kPrototype, kType, kSize, kConstant };
  struct Probe {
    Kind kind;
    std::string name;
    Span span;
    bool failed = false;
  };

  std::string number() const { return std::to_string(probes_.size()); }

  void probe(Probe probe, const std::string& text) {
    if (probes_.empty()) first_line_ = line_;
    probes_.push_back(std::move(probe));
    text_ += text + "\n";
  }

  void report(const Probe& probe, const std::string& message) {
    if (probe.kind == Kind::kPrototype) {
      reporter_.report(Code::kDeclarationDiffers, probe.span, {probe.name, message});
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
      CType read = read_named(type, cursor);
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

// Reports what the compiler says about the header itself, at the line that includes it.
bool report_errors(const Spec& spec, const Unit& unit, Reporter& reporter) {
  bool clean = true;
  unit.each_error([&](const Place& place, const std::string& message) {
    clean = false;
    const HeaderLine* culprit = &spec.header_lines.back();
    if (place.file == Unit::kName && place.line <= spec.header_lines.size()) {
      culprit = &spec.header_lines[place.line - 1];
    } else {
      for (const HeaderLine& line : spec.header_lines) {
        const std::string base = std::filesystem::path(place.file).filename().string();
        if (line.text.find(base) != std::string::npos) culprit = &line;
      }
    }
    const std::string where = place.file == Unit::kName
                                  ? ""
                                  : place.file + ":" + std::to_string(place.line) + ":" +
                                        std::to_string(place.column) + ": ";
    reporter.report(Code::kHeader, culprit->span, {where + message});
  });
  return clean;
}

}  // namespace

bool read_header(const Spec& spec, const std::vector<std::string>& include_folders, Header& header,
                 Reporter& reporter) {
  if (spec.header_lines.empty()) {
    reporter.report(Code::kHeader, {spec.files.front(), 0, 0}, {"no #include names one"});
    return false;
  }
  const Unit unit(header_text(spec), include_folders);
  if (!unit) {
    reporter.report(Code::kHeader, spec.header_lines.back().span, {"libclang cannot read it"});
    return false;
  }
  if (!report_errors(spec, unit, reporter)) return false;

  std::set<std::string> direct;
  unit.files(header.files, direct);
  std::set<std::string> constants;
  unit.each([&](CXCursor cursor) {
    const CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_FunctionDecl) {
      if (clang_Cursor_getStorageClass(cursor) == CX_SC_Static) return;
      HeaderFunction function = read_function(cursor);
      const bool is_new = header.functions.emplace(function.name, function).second;
      if (is_new && direct.contains(place_of(clang_getCursorLocation(cursor)).file)) {
        header.own_functions.push_back(std::move(function));
      }
    } else if (kind == CXCursor_MacroDefinition) {
      if (clang_Cursor_isMacroFunctionLike(cursor) == 0) {
        constants.insert(take(clang_getCursorSpelling(cursor)));
      }
    } else if (kind == CXCursor_EnumDecl) {
      clang_visitChildren(
          cursor,
          [](CXCursor child, CXCursor, CXClientData data) {
            static_cast<std::set<std::string>*>(data)->insert(take(clang_getCursorSpelling(child)));
            return CXChildVisit_Continue;
          },
          &constants);
    }
  });

  Probes probes(spec, header, reporter);
  for (const FunctionDeclaration& function : spec.functions) {
    if (header.functions.contains(function.name)) {
      probes.prototype(function);
    } else {
      reporter.report(Code::kUndeclaredFunction, function.name_span, {function.name});
    }
  }
  const Names names = names_in(spec);
  for (const auto& [name, span] : names.types) probes.type(name, span);
  for (const auto& [name, span] : names.sizes) probes.size(name, span);
  for (const std::string& name : names.words) {
    if (constants.contains(name)) probes.constant(name);
  }
  probes.run(include_folders);
  return true;
}

}  // namespace avagen
