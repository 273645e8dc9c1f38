// What is still to complete: native objects (events, jobs) whose end means that an output's bytes
// are where they belong, and the completion slots that tell the guest.
//
// A sweep asks the native library about each and stores the slots of those that ended. It runs
// before each reply and each upcall, because what they prove must not overtake the completion
// words, and when the guest polls. Between sweeps a slot may say "not yet" for longer than it is
// so.
//
// An object is alive while it is tracked. The server takes a reference of its own only when the
// application gives one up (`hold`), so that reference counts that the application asks for are the
// native ones.
//
// Threads: any, those of native callbacks too, so `mutex_` (which guards the list) is never held
// while a native function runs. A sweep pins the entry that it asks about; entries leave the list
// when they are done and nobody pins them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "marshal/ids.h"
#include "server/mappings.h"
#include "server/module.h"
#include "server/object_table.h"
#include "transport/host_memory.h"

namespace ava::server {

// Memory that must outlive the call: spills, copies of inline inputs.
using Kept = std::vector<std::shared_ptr<const void>>;

class CompletionTracker {
 public:
  // All borrowed. `objects` is told when a reference is dropped.
  CompletionTracker(std::span<const Type> types, transport::RegionView region,
                    ObjectTable& objects) noexcept
      : types_(types), region_(region), objects_(objects) {}
  ~CompletionTracker();
  CompletionTracker(const CompletionTracker&) = delete;
  CompletionTracker& operator=(const CompletionTracker&) = delete;

  // Completes `slot` (0: none) when `object` ends, and drops `kept` then, and a native reference if
  // `owned`. A slot outside the region is ignored: the router lets none pass. `copy` (empty: none)
  // comes before the slot where the object ends well.
  void add(void* object, marshal::TypeId type, uint32_t slot, bool owned, Kept kept,
           MappedCopy copy = {});

  // No object will complete `slot`: the call that named it failed.
  void abandon(uint32_t slot) noexcept { complete(slot, -1); }

  // The application is about to give up a native reference to `object`. Makes sure that the object
  // lives while it is tracked: with a reference of the server's own, or, where the type has none to
  // give, by taking over this very one; then the native release must not be called.
  enum class Hold { kNotTracked, kRetained, kTakenOver };
  Hold hold(void* object, marshal::TypeId type);

  // Stores a slot (0: none) at once.
  void complete(uint32_t slot, int32_t status) noexcept;

  // Looks at the `limit` eldest entries. Returns how many of these are outstanding.
  uint64_t sweep(uint64_t limit = UINT64_MAX);

 private:
  // One for each object: a second slot for the same object joins the first.
  struct Entry {
    void* object = nullptr;
    marshal::TypeId type = 0;
    bool owned = false;  // holds a native reference
    bool done = false;   // the slots are stored
    uint32_t pins = 0;   // threads that are inside a native function with the object
    std::vector<uint32_t> slots;
    std::vector<MappedCopy> copies;
    Kept kept;
    Entry* previous = nullptr;
    Entry* next = nullptr;
  };

  Entry* find(const void* object, marshal::TypeId type) const noexcept;  // under mutex_
  Entry* append(void* object, marshal::TypeId type);                     // under mutex_
  // Unpins; takes the entry off the list where it is done, and puts it before `finished`.
  Entry* unpin(Entry& entry, Entry* finished) noexcept;  // under mutex_
  void recycle(Entry* finished);                         // not under mutex_

  const std::span<const Type> types_;
  const transport::RegionView region_;
  ObjectTable& objects_;
  std::atomic<uint64_t> linked_{0};  // entries in the list; changes under mutex_

  std::mutex mutex_;
  Entry* first_ = nullptr;  // in the order of adding
  Entry* last_ = nullptr;
  Entry* spare_ = nullptr;  // recycled entries: no malloc in the steady state
};

}  // namespace ava::server
