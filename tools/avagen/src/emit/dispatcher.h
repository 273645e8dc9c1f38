// One function of the server module: from the request to the native call to the reply.
#pragma once

#include "emit/emit.h"

namespace avagen {

void emit_dispatcher(Writer& out, const Function& function);

}  // namespace avagen
