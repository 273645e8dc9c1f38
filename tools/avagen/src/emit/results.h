// What a stub does with a reply: it settles what the call changed, lands the outputs, and returns.
#pragma once

#include "emit/emit.h"

namespace avagen {

void emit_results(Writer& out, const Function& function);

}  // namespace avagen
