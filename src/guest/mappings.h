// Memory of objects that the application has mapped: by the pointer that it was given.
//
// That pointer leads into the arena, where the server puts the object's bytes and takes them back
// without a further copy; into the application's own memory for objects that it said are backed by
// it (facts.h); or, where the arena has no room, into memory from the heap. The latter two are
// filled by landing and sent back as any input is.
//
// Threads: any; one mutex guards the table. Ownership: the table owns what it holds, until it is
// taken. Errors: none where there is no such mapping; add() is false where memory does not suffice.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

#include "guest/block.h"
#include "marshal/box.h"
#include "marshal/ids.h"

namespace ava::guest {

struct Mapping {
  uint64_t number = 0;  // the server's name for it
  marshal::ObjectId object = 0;
  void* pointer = nullptr;  // the application's
  marshal::Box box;         // how its bytes lie there
  bool writes = false;      // they go back
  uint64_t ticket = 0;      // of the transfer that fills it (pending.h); 0: none does
  // What the pointer leads into: a block of the arena, pages of its own, or neither.
  Block block;
  uint64_t lead = 0;  // bytes of the block before the pointer
  std::span<std::byte> own;
};

class Mappings {
 public:
  bool add(const Mapping& mapping) noexcept;
  // The latest one of this object at this pointer.
  std::optional<Mapping> take(const void* pointer, marshal::ObjectId object) noexcept;
  // Any one of this object.
  std::optional<Mapping> take_any(marshal::ObjectId object) noexcept;

 private:
  std::mutex mutex_;  // guards everything below
  std::unordered_multimap<const void*, Mapping> mappings_;
};

}  // namespace ava::guest
