// Which C types are handles: those with type(T) { handle; }, and pointers to opaque structs.
#pragma once

#include "diagnostics.h"
#include "model.h"

namespace avagen {

// The type() of a handle, or one made on the spot for an opaque pointer that nobody declared. Null:
// it is none.
Type* find_handle(Model& model, const CType& c);
// The handle type of that name. Null: it is none, which was reported.
const Type* named_handle(Model& model, const Expr& name, Reporter& reporter);

}  // namespace avagen
