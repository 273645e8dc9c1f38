// What an API's guest module hands to the runtime under it. The runtime is linked into each guest
// library statically and hidden, so a guest library is one file without dependencies of ours, and
// two of them in one process do not meet (docs/design/0003-static-guest-runtime.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "marshal/ids.h"

namespace ava::guest {

class Delivery;  // call.h

struct Type {
  const char* name;
  // The first word of each shadow: the ICD loader's dispatch table. Null: the word is zero.
  const void* dispatch;
  // Whether a null handle is invalid. Otherwise the native library is given null, and judges.
  bool nonnull = false;
};

// Runs the application's callback. `body` is the upcall's struct or table.
using UpcallHandler = void (*)(Delivery& delivery, std::span<const std::byte> body);

// The same where the session was lost before the library could call back. `handle`: the object that
// the callback is about.
using LossHandler = void (*)(Delivery& delivery, void* handle);

struct Module {
  const char* api;
  uint64_t wire_hash;
  std::span<const Type> types;             // row i is type i + 1
  std::span<const char* const> functions;  // names; row i is function kFirstApiFunction + i
  std::span<const UpcallHandler> upcalls;
  std::span<const LossHandler> losses = {};  // by the row in `upcalls`; null for some, or empty
};

// Each guest module defines its one module under this name.
extern const Module kModule;

}  // namespace ava::guest
