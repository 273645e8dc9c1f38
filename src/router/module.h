// What an API's router module hands to ava-routerd: a table of functions with the checks and the
// cost model that avagen generated. The module is a shared object `*.router.so` that exports one
// symbol, `ava_router_module`, of type `const ava::router::Module`.
//
// Trust: checks run on the router's private copy of a frame. They are pure: no state, no
// allocation, no pointers kept; any byte sequence is valid input.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"
#include "marshal/frame.h"
#include "marshal/ids.h"

namespace ava::router {

inline constexpr uint32_t kModuleAbi = 1;

// What a check may know about the session besides the frame.
struct CheckContext {
  uint64_t arena_size;  // bytes, from the host's records
};

// What a check found. `parameter` counts from 0; kNoParameter where no single one is to blame.
inline constexpr uint16_t kNoParameter = 0xffff;
struct CheckResult {
  // kOk: pass. kBadArgument: the call is refused, the session goes on. Anything else is what no
  // genuine guest library sends: the session ends with it.
  Error error = Error::kOk;
  uint16_t parameter = kNoParameter;
};

// What a call is estimated to use (`consumes` in the specification).
struct Cost {
  uint64_t device_time_ns = 0;
  uint64_t bandwidth_bytes = 0;
  uint64_t memory_bytes = 0;
};

struct Function {
  const char* name;
  std::span<const char* const> parameters;  // names, for reasons and counters
  // `body` is the frame's body, 8-byte aligned.
  CheckResult (*check)(std::span<const std::byte> body, const CheckContext& context) noexcept;
  // Runs only after `check` passed.
  Cost (*cost)(std::span<const std::byte> body) noexcept;
};

struct Module {
  uint32_t abi;                         // kModuleAbi
  const char* api;                      // "toy"; the name in hello messages
  uint64_t wire_hash;                   // of the schema, the function numbers and the type numbers
  std::span<const Function> functions;  // row i is function kFirstApiFunction + i
};

}  // namespace ava::router

#define AVA_ROUTER_MODULE_SYMBOL "ava_router_module"
