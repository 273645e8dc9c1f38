// What a stub does with a reply's outputs.
#pragma once

#include <string>
#include <vector>

#include "model.h"

namespace avagen {

// A statement of the stub, and the condition under which it stands, besides the call's success.
struct Landing {
  std::string guard;  // empty: none
  std::string statement;
};

// In the order in which they must stand: bytes first, then what is inside them.
std::vector<Landing> landings_of(const Function& function, const Parameter& parameter);

}  // namespace avagen
