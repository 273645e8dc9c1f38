// What a stub returns where its call did not happen: by the type of its result, by its own word for
// it, or through its error parameter.
#pragma once

#include <string>

#include "emit/emit.h"

namespace avagen {

// The switch over outcomes, as the body of a function that returns `c` and has a `call`.
void outcomes(Writer& out, const Emission& emission, const Values& values, const CType& c);
// The expression that a stub returns; empty: nothing.
std::string failure(const Function& function);
// The statement that returns it.
std::string give_up(const Function& function);
// The function that failure() names, where it is one of this stub alone.
void own_failure(Writer& out, const Emission& emission, const Function& function);

}  // namespace avagen
