// The object of function pointers that an installable client driver hands to its loader.
#pragma once

#include "emit/emit.h"

namespace avagen {

// The function `name` of an entry's type that nothing covers: callable, and honest about it.
void missing_entry(Writer& out, const Emission& emission, const HeaderField& field,
                   const std::string& name);
// Each entry is the stub of its name, or a function that says that it is not covered; none is null.
void emit_dispatch_table(Writer& out, const Emission& emission);

}  // namespace avagen
