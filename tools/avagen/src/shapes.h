// The shapes of memory that structs lead to (marshal/graph.h), each of them once.
#pragma once

#include "model.h"

namespace avagen {

class Shapes {
 public:
  explicit Shapes(Model& model) : model_(model) {}

  const Shape* bytes(const CType& element);
  const Shape* output(const CType& element);
  const Shape* string();
  const Shape* handles(const Type& type, bool nonnull);
  const Shape* pointers(const Shape& behind, bool nonnull);
  const Shape* of_struct(const StructType& type);

 private:
  const Shape* known(Shape shape);

  Model& model_;
};

// Does the library write somewhere behind such memory?
bool leads_to_output(const Shape& shape);

}  // namespace avagen
