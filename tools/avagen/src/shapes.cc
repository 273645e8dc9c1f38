#include "shapes.h"

#include "emit/emit.h"

namespace avagen {

// Names are unique: those of types, with a word in front where it is not the type itself.
const Shape* Shapes::known(Shape shape) {
  if (shape.nonnull) shape.name += "_nonnull";
  for (const Shape& one : model_.shapes) {
    if (one.name == shape.name) return &one;
  }
  shape.id = static_cast<uint16_t>(model_.shapes.size());
  model_.shapes.push_back(std::move(shape));
  return &model_.shapes.back();
}

const Shape* Shapes::bytes(const CType& element) {
  const bool is_void = element.kind == CType::Kind::kVoid;
  const std::string name = is_void ? "uint8_t" : plain_name(element.spelling);
  return known({Shape::Kind::kBytes, "bytes_" + identifier(name), name});
}

const Shape* Shapes::string() { return known({Shape::Kind::kString, "string", "char"}); }

const Shape* Shapes::handles(const Type& type, bool nonnull) {
  Shape shape{Shape::Kind::kHandles, "handles_" + identifier(type.name), "void*"};
  shape.handle = &type;
  shape.nonnull = nonnull;
  return known(std::move(shape));
}

const Shape* Shapes::pointers(const Shape& behind, bool nonnull) {
  Shape shape{Shape::Kind::kPointers, "pointers_" + behind.name, "void*"};
  shape.of = &behind;
  shape.nonnull = nonnull;
  return known(std::move(shape));
}

const Shape* Shapes::of_struct(const StructType& type) {
  Shape shape{Shape::Kind::kStructs, "struct_" + identifier(type.name), type.c.spelling};
  shape.record = &type;
  return known(std::move(shape));
}

}  // namespace avagen
