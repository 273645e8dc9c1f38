#include "header_types.h"

namespace avagen {

std::string take(CXString text) {
  const char* chars = clang_getCString(text);
  std::string copy = chars == nullptr ? "" : chars;
  clang_disposeString(text);
  return copy;
}

namespace {

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
        const CXType argument = clang_getArgType(type, static_cast<unsigned>(i));
        out.parameters.push_back(read_parameter(argument, depth + 1));
      }
    }
    return out;
  }

  // "T x[]" and "T x[3]" are pointers where they are parameters.
  static CType read_parameter(CXType type, int depth = 0) {
    if (type.kind != CXType_IncompleteArray && type.kind != CXType_ConstantArray) {
      return read(type, depth);
    }
    CType out;
    out.kind = CType::Kind::kPointer;
    out.size = sizeof(void*);
    out.complete = true;
    out.pointee = std::make_shared<CType>(read(clang_getArrayElementType(type), depth + 1));
    out.spelling = (out.pointee->is_const ? "const " : "") + out.pointee->spelling + "*";
    out.chain = {out.spelling};
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
        // "stream*" and "context*" are one type where both names are of one opaque struct.
        const CXType target = clang_getCanonicalType(clang_getPointeeType(type));
        const bool opaque = type.kind == CXType_Pointer && target.kind == CXType_Record &&
                            clang_Type_getSizeOf(target) < 0;
        if (opaque)
          names.push_back(tidy(take(clang_getTypeSpelling(clang_getCanonicalType(type)))));
        if (names.size() > 1 && names.back() == names[names.size() - 2]) names.pop_back();
        return names;
      }
    }
  }

  static bool holds_pointers(CXType type) {
    type = clang_getCanonicalType(type);
    if (type.kind == CXType_Pointer) return true;
    if (type.kind == CXType_ConstantArray) return holds_pointers(clang_getArrayElementType(type));
    if (type.kind != CXType_Record) return false;
    bool found = false;
    clang_Type_visitFields(
        type,
        [](CXCursor field, CXClientData data) {
          const bool holds = holds_pointers(clang_getCursorType(field));
          *static_cast<bool*>(data) |= holds;
          return holds ? CXVisit_Break : CXVisit_Continue;
        },
        &found);
    return found;
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
        out.holds_pointers = holds_pointers(canonical);
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

}  // namespace

namespace {

// The names of a callback's parameters are those of its declaration.
CType with_names(CType out, CXType type, CXCursor declaration) {
  if (!out.is_function_pointer()) return out;
  if (type.kind == CXType_Elaborated) type = clang_Type_getNamedType(type);
  if (type.kind == CXType_Typedef) declaration = clang_getTypeDeclaration(type);
  CType function = *out.pointee;
  function.parameter_names = names_inside(declaration);
  out.pointee = std::make_shared<CType>(std::move(function));
  return out;
}

CType read_parameter_type(CXType type, CXCursor declaration) {
  return with_names(TypeReader::read_parameter(type), type, declaration);
}

}  // namespace

CType read_type(CXType type, CXCursor declaration) {
  return with_names(TypeReader::read(type), type, declaration);
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
    const long long extent = clang_getArraySize(clang_getCursorType(argument));
    function.parameters.push_back({take(clang_getCursorSpelling(argument)),
                                   read_parameter_type(clang_getArgType(type, index), argument),
                                   extent > 0 ? static_cast<uint64_t>(extent) : 0});
  }
  function.comment = take(clang_Cursor_getRawCommentText(cursor));
  return function;
}

namespace {

HeaderField read_field(CXCursor cursor) {
  const CXType type = clang_getCursorType(cursor);
  HeaderField field{take(clang_getCursorSpelling(cursor)), read_type(type, cursor)};
  const long long bits = clang_Cursor_getOffsetOfField(cursor);
  field.offset = bits > 0 ? static_cast<uint64_t>(bits) / 8 : 0;
  field.is_bits = clang_Cursor_isBitField(cursor) != 0;
  CXType inside = clang_getCanonicalType(type);
  if (inside.kind == CXType_ConstantArray) {
    field.extent = static_cast<uint64_t>(clang_getArraySize(inside));
    inside = clang_getArrayElementType(inside);
    field.element = std::make_shared<CType>(read_type(clang_getArrayElementType(type), cursor));
  }
  if (inside.kind == CXType_Record) field.fields = read_fields(inside);
  return field;
}

}  // namespace

std::vector<HeaderField> read_fields(CXType record) {
  std::vector<HeaderField> fields;
  clang_Type_visitFields(
      clang_getCanonicalType(record),
      [](CXCursor field, CXClientData data) {
        static_cast<std::vector<HeaderField>*>(data)->push_back(read_field(field));
        return CXVisit_Continue;
      },
      &fields);
  return fields;
}

}  // namespace avagen
