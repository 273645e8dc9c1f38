// What a stub makes of its parameters before the request: the Call, and in it ids, bytes and where
// they are to go; a call that cannot be made ends there.
#pragma once

#include "emit/emit.h"

namespace avagen {

void emit_arguments(Writer& out, const Function& function);

}  // namespace avagen
