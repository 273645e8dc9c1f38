// The object of function pointers that an installable client driver hands to its loader.
#pragma once

#include "emit/emit.h"

namespace avagen {

// Each entry is the stub of its name, or a function that says that it is not covered; none is null.
void emit_dispatch_table(Writer& out, const Emission& emission);

}  // namespace avagen
