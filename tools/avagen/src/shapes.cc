#include "shapes.h"

#include <algorithm>

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

namespace {

std::string element_name(const CType& element) {
  return element.kind == CType::Kind::kVoid ? "uint8_t" : plain_name(element.spelling);
}

}  // namespace

const Shape* Shapes::bytes(const CType& element) {
  const std::string name = element_name(element);
  return known({Shape::Kind::kBytes, "bytes_" + identifier(name), name});
}

const Shape* Shapes::output(const CType& element) {
  const std::string name = element_name(element);
  return known({Shape::Kind::kOutput, "output_" + identifier(name), name});
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

bool leads_to_output(const Shape& shape) {
  std::vector<const Shape*> met{&shape};
  const auto meet = [&](const Shape* one) {
    if (one != nullptr && std::find(met.begin(), met.end(), one) == met.end()) met.push_back(one);
  };
  for (size_t i = 0; i < met.size(); ++i) {  // the list grows
    const Shape& one = *met[i];
    if (one.kind == Shape::Kind::kOutput) return true;
    meet(one.of);
    if (one.record == nullptr) continue;
    for (const StructField& field : one.record->fields) meet(field.shape);
  }
  return false;
}

}  // namespace avagen
