// What a guest or a server wrote that no genuine one writes: the reason why a session ends.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "router/module.h"

namespace ava::router {

struct Violation {
  enum class By : uint8_t { kClient, kServer };

  Error error = Error::kOk;
  By by = By::kClient;
  uint32_t channel = 0;
  uint32_t function = 0;              // 0: not in a call
  uint16_t parameter = kNoParameter;  // of `function`
};

}  // namespace ava::router
