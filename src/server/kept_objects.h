// Objects that callbacks name. The native library keeps them alive while it calls back; the
// application's function runs later, and may use them all the same, also where the application gave
// up its last reference long before. So the server holds a native reference from the native
// callback until the guest says that the function has returned (kUpcallDone). A native library that
// goes on only then waits for the same word.
//
// Trust:   tickets come from a guest: any value may arrive. One that never says so keeps no more
//          than kMaxKept.
// Threads: any; native functions are called without the lock.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "server/module.h"
#include "server/object_table.h"

namespace ava::server {

// Callbacks whose objects are kept at a time. A few thousand fill the upcall ring.
inline constexpr uint64_t kMaxKept = 1u << 16;

struct KeptObject {
  void* object;
  marshal::TypeId type;
};

class KeptObjects {
 public:
  // All borrowed.
  KeptObjects(std::span<const Type> types, ObjectTable& objects) noexcept
      : types_(types), objects_(objects) {}

  // Takes a reference; the object's id. Where the type has none to give, the id is all. 0: the
  // table is full. `kept` gets what is to be let go.
  marshal::ObjectId take(void* object, marshal::TypeId type, std::vector<KeptObject>& kept);
  // A number for these until done(), and `kept` is empty then; 0 where that is not possible, or
  // there are none and nobody waits.
  uint64_t keep(std::vector<KeptObject>& kept, bool awaited = false) noexcept;
  void done(uint64_t ticket) noexcept;
  // Returns after done(), or when the session ends.
  void await(uint64_t ticket) noexcept;
  // The ticket that is waited for, the latest if there are several; 0: none. For tests.
  uint64_t awaited() noexcept;
  void end() noexcept;
  void let_go(std::span<const KeptObject> kept) noexcept;

 private:
  const std::span<const Type> types_;
  ObjectTable& objects_;
  std::mutex mutex_;  // guards everything below
  std::unordered_map<uint64_t, std::vector<KeptObject>> kept_;
  uint64_t last_ticket_ = 0;
  uint64_t awaited_ = 0;
  bool ended_ = false;
  std::condition_variable some_done_;
};

}  // namespace ava::server
