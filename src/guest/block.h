// Where bulk bytes are, for giving the memory back.
#pragma once

#include <cstdint>

#include "marshal/bulk.h"

namespace ava::guest {

struct Block {
  marshal::Space space = marshal::Space::kNone;  // or kArena, or kSpill
  uint64_t offset = 0;                           // or the spill's number
};

}  // namespace ava::guest
