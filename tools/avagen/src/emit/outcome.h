// The second half of a function of the server module: from what the native call returned to the
// reply.
#pragma once

#include <functional>
#include <string>

#include "emit/emit.h"

namespace avagen {

// What the native library is given for a parameter.
using ServedArgument = std::function<std::string(const Parameter&)>;

void emit_outcome(Writer& out, const Function& function, const ServedArgument& argument);

}  // namespace avagen
