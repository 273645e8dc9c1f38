// What an API's server module hands to ava-server: the functions that execute calls with the native
// library, and what the object table must know about each type. The module is a shared object
// `*.server.so` that exports `ava_server_module`, of type `const ava::server::Module`.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "marshal/ids.h"

namespace ava::server {

class Call;

inline constexpr uint32_t kModuleAbi = 2;

struct Type {
  const char* name;
  // The native reference count, asked right before a release: 1 means that the release destroys.
  // Null where the first release destroys.
  uint64_t (*reference_count)(void* object);
  // For types that complete (events, jobs): 1 not yet, 0 done, negative failed. Null for others.
  int32_t (*completion)(void* object);
  // Takes one native reference, for as long as the server waits for the object's completion. Null:
  // the application's last release is held back until then.
  void (*retain)(void* object);
  // Drops one native reference: of those, and for objects that only the server asked for.
  void (*release)(void* object);
  // Whether a null handle is invalid. Otherwise the native library is given null, and judges.
  bool nonnull = false;
};

struct Function {
  const char* name;
  void (*serve)(Call& call);
};

// A function that the library calls in place of one of the application's; of whatever type.
using Trampoline = void (*)();

struct Module {
  uint32_t abi;  // kModuleAbi
  const char* api;
  uint64_t wire_hash;
  std::span<const Type> types;          // row i is type i + 1
  std::span<const Function> functions;  // row i is function kFirstApiFunction + i
  // Loads the native library. False, with a sentence, where it cannot.
  bool (*load)(std::string& why);
  // Of callbacks in structs: row i is upcall i. Null for others; none where there are no such.
  std::span<const Trampoline> trampolines = {};
};

}  // namespace ava::server

#define AVA_SERVER_MODULE_SYMBOL "ava_server_module"
