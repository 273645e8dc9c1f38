// The shapes of an API's structs, which guest, router and server share (marshal/graph.h).
#include <algorithm>

#include "emit/emit.h"
#include "emit/expression.h"

namespace avagen {
namespace {

using Kind = Shape::Kind;

// One place may have several fields, of which conditions say which one is there. User data is where
// its callback is, which stands before it.
std::string function_name(const char* what, const StructType& type, const StructField& field) {
  const bool goes_along = field.kind == StructField::Kind::kUserData;
  const StructField* const named = &field - (goes_along ? 1 : 0);
  const auto before = std::count_if(type.fields.data(), named, [&](const StructField& other) {
    return other.path == named->path;
  });
  return what + identifier(type.name) + "_" + identifier(named->path) +
         (before == 0 ? "" : "_" + std::to_string(before + 1));
}

// A function of a struct's bytes.
void function(Writer& out, const char* result, const char* what, const StructType& type,
              const StructField& field, const Expr* expression) {
  if (expression == nullptr) return;
  ExpressionPrinter print(Side::kRouter, nullptr);
  print.set_record(type, field.prefix);
  const std::string body = print.value(*expression);
  const bool reads = body.find("(s, ") != std::string::npos;  // else the parameter has no name
  out.open(std::string("inline ") + result + " " + function_name(what, type, field) +
           (reads ? "(const std::byte* s) {" : "(const std::byte*) {"));
  out.line("return " + body + ";");
  out.close();
}

// A callback, which is more than a place and a kind.
std::string callback_text(const StructType& type, const StructField& field) {
  const std::string place = "offsetof(" + type.c.spelling + ", ";
  std::string text = "{.offset = " + place + field.path + "), .kind = kCallback, .of = kUp_" +
                     field.callback->name;
  if (field.condition != nullptr) text += ", .active = " + function_name("is_", type, field);
  if (field.nonnull) text += ", .nonnull = true";
  text += ", .user_data = " + place + field.user_data + ")";
  if (field.once) text += ", .once = true";
  if (field.once && field.callback->says_lost()) text += ", .says_lost = true";
  return text + "},";
}

std::string field_text(const StructType& type, const StructField& field) {
  if (field.kind == StructField::Kind::kCallback) return callback_text(type, field);
  std::vector<std::string> parts{"offsetof(" + type.c.spelling + ", " + field.path + ")"};
  switch (field.kind) {
    case StructField::Kind::kHandle:
      parts.insert(parts.end(), {"kHandle", type_constant(*field.handle)});
      break;
    case StructField::Kind::kFound:
      parts.insert(parts.end(), {"kFound", type_constant(*field.handle)});
      break;
    case StructField::Kind::kMade:
      parts.insert(parts.end(), {"kMade", type_constant(*field.handle)});
      break;
    case StructField::Kind::kPointer:
      parts.insert(parts.end(), {"kPointer", shape_constant(*field.shape)});
      break;
    case StructField::Kind::kOwn:
      parts.insert(parts.end(), {"kOwn", shape_constant(*field.shape)});
      break;
    case StructField::Kind::kText:
      parts.insert(parts.end(), {"kText", "0"});
      break;
    case StructField::Kind::kUnused:
      parts.insert(parts.end(), {"kUnused", "0"});
      break;
    case StructField::Kind::kUserData:
      parts.insert(parts.end(), {"kUserData", "0"});
      break;
    case StructField::Kind::kCallback:
      break;
  }
  parts.push_back(field.count == nullptr ? "nullptr" : function_name("count_", type, field));
  parts.push_back(field.condition == nullptr ? "nullptr" : function_name("is_", type, field));
  const bool moves = field.at != nullptr || field.written != nullptr;
  if (field.nonnull || moves) parts.push_back(field.nonnull ? "true" : "false");
  if (moves) {
    parts.push_back(field.at == nullptr ? "nullptr" : function_name("at_", type, field));
    parts.push_back(field.written == nullptr ? "nullptr" : function_name("written_", type, field));
  }
  while (parts.back() == "nullptr") parts.pop_back();
  return "{" + joined(parts) + "},";
}

std::string shape_text(const Shape& shape) {
  const std::string nonnull = shape.nonnull ? ", true" : "";
  switch (shape.kind) {
    case Kind::kBytes:
      return "{kBytes, sizeof(" + shape.element + ")},";
    case Kind::kString:
      return "{kString, 1},";
    case Kind::kOutput:
      return "{kOutput, sizeof(" + shape.element + ")},";
    case Kind::kHandles:
      return "{kHandles, sizeof(void*), " + type_constant(*shape.handle) + nonnull + "},";
    case Kind::kPointers:
      return "{kPointers, sizeof(void*), " + shape_constant(*shape.of) + nonnull + "},";
    case Kind::kStructs: {
      const std::string fields =
          shape.record->fields.empty() ? "{}" : "kFields_" + identifier(shape.record->name);
      return "{kStructs, sizeof(" + shape.element + "), 0, false, " + fields + "},";
    }
  }
  return "";
}

}  // namespace

void emit_shapes(Writer& out, const Emission& emission) {
  const std::deque<Shape>& shapes = emission.model().shapes;
  if (shapes.empty()) return;
  out.line();
  out.line("// What structs lead to, as rows of kShapes.");
  out.open("enum ShapeOf : marshal::ShapeId {");
  for (const Shape& shape : shapes) out.line(shape_constant(shape) + ",");
  out.close("};");
  out.line();
  out.line("using marshal::GraphField;");
  out.line("using marshal::number_at;");
  out.line("using marshal::Shape;");
  out.line("using enum marshal::GraphField::Kind;");
  out.line("using enum marshal::Shape::Kind;");
  for (const Shape& shape : shapes) {
    if (shape.kind != Kind::kStructs || shape.record->fields.empty()) continue;
    out.line();
    out.line("// " + emission.place(shape.record->span));
    for (const StructField& field : shape.record->fields) {
      if (field.kind == StructField::Kind::kUserData) continue;
      function(out, "uint64_t", "count_", *shape.record, field, field.count);
      function(out, "bool", "is_", *shape.record, field, field.condition);
      function(out, "uint64_t", "at_", *shape.record, field, field.at);
      function(out, "uint64_t", "written_", *shape.record, field, field.written);
    }
    out.open_list("inline constexpr GraphField kFields_" + identifier(shape.record->name) + "[]");
    for (const StructField& field : shape.record->fields) {
      out.line(field_text(*shape.record, field));
    }
    out.close_list();
  }
  out.line();
  out.open_list("inline constexpr Shape kShapes[]");
  for (const Shape& shape : shapes) out.line(shape_text(shape));
  out.close_list();
}

std::string wire_text(const StructType& type) {
  const ExpressionPrinter print(Side::kRouter, nullptr);
  std::string all = type.name + " " + std::to_string(type.c.size);
  for (const StructField& field : type.fields) {
    all += "; " + field.path;
    if (field.kind == StructField::Kind::kUnused) all += " unused";
    if (field.kind == StructField::Kind::kText) all += " text";
    if (field.kind == StructField::Kind::kOwn) all += " own";
    if (field.kind == StructField::Kind::kUserData) all += " user data";
    if (field.callback != nullptr) all += " callback " + field.callback->name;
    if (field.once) all += " once";
    if (field.kind == StructField::Kind::kFound) all += " found";
    if (field.kind == StructField::Kind::kMade) all += " made";
    if (field.handle != nullptr) all += " handle " + field.handle->name;
    if (field.shape != nullptr) all += " " + field.shape->name;
    if (field.count != nullptr) all += "[" + print.value(*field.count) + "]";
    if (field.condition != nullptr) all += " if " + print.value(*field.condition);
    if (field.nonnull) all += " nonnull";
    if (field.at != nullptr) all += " at " + print.value(*field.at);
    if (field.written != nullptr) all += " written " + print.value(*field.written);
  }
  return all;
}

}  // namespace avagen
