// One function of the guest library.
#pragma once

#include "emit/emit.h"

namespace avagen {

// Marshals the call, sends it, and lands what it brings.
void emit_stub(Writer& out, const Emission& emission, const Function& function);
// Says that the function is not covered, through its error parameter too where it has one.
void emit_unsupported_stub(Writer& out, const Emission& emission, const Function& function);

}  // namespace avagen
