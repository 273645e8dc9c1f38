// A client's native objects and the ids that stand for them on the wire.
//
// Identity: one native object of one type has one id for as long as it can be reached, whoever
// names it. The table follows the application's own references and asks the native library whether
// a release destroys:
//
//             created / found                      release destroys
//   (free) -------------------> live ---------------------------------> (free, next generation)
//                                |  ^
//     last reference of a        |  | found again by a getter
//     created object given up,   v  |
//     but it lives on natively  zombie --> (free) when a new object has its address, or when there
//                                           are too many
//
// A live object resolves; a zombie does not, but keeps its id for the getter that may return it. An
// object that some getter returned may be used without a reference of the application's own, as
// natively, and stays live; one that a callback names, until the callback is over.
//
// Trust:   ids come from a guest: any value may arrive. Native objects come from the native library.
// Threads: any. resolve() takes no lock. `mutex_` guards everything else; native functions are
//          called without it.
// Bounds:  kMaxObjects entries; 40 bytes each, made in chunks as use grows.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <span>
#include <unordered_map>

#include "marshal/ids.h"
#include "server/module.h"

namespace ava::server {

class ObjectTable {
 public:
  // `capacity` counts ids and may be lowered by tests. `types` is borrowed.
  explicit ObjectTable(std::span<const Type> types,
                       uint32_t capacity = marshal::kMaxObjects) noexcept;
  ~ObjectTable();
  ObjectTable(const ObjectTable&) = delete;
  ObjectTable& operator=(const ObjectTable&) = delete;

  // The native object; null for a stale, foreign or null id. Lock-free.
  void* resolve(marshal::ObjectId id, marshal::TypeId type) const noexcept;
  // Is null no handle of this type?
  bool nonnull(marshal::TypeId type) const noexcept {
    return type - 1u < types_.size() && types_[type - 1u].nonnull;
  }

  // The id of an object of which a call gave the application a reference. 0: the table is full.
  marshal::ObjectId created(void* object, marshal::TypeId type);
  // The id of an object that a getter or a callback returned. 0: the table is full.
  marshal::ObjectId found(void* object, marshal::TypeId type);
  // The id of an object that the table knows, or 0; makes none. For handles that lie in memory
  // which the guest can write, where a value need not be what the native library wrote.
  marshal::ObjectId known(void* object, marshal::TypeId type) const;

  // The id of an object that a callback names, which the application may use until unpin() although
  // it may hold no reference: the caller holds a native one meanwhile. 0: the table is full.
  marshal::ObjectId pin(void* object, marshal::TypeId type);
  // Before the caller drops its native reference.
  void unpin(void* object, marshal::TypeId type);

  // One application reference more, after the native call succeeded.
  void retain(marshal::ObjectId id);

  // A release has two halves around the native call, because the native address may be given to a
  // new object before the call is back: the first takes the id away, the second makes that final
  // or, where the call failed, undoes it.
  struct Release {
    marshal::ObjectId id = 0;
    void* object = nullptr;  // null: a stale id, nothing to finish
    enum class Effect { kNone, kZombie, kDestroys } effect = Effect::kNone;
  };
  // `held`: the server keeps a native reference, so the object lives on whatever the count says.
  Release begin_release(marshal::ObjectId id, bool held = false);
  void finish_release(const Release& release, bool success);

  // The server is about to drop a native reference of its own. If that destroys an object that the
  // application has given up, its id ends here.
  void drop(void* object, marshal::TypeId type);

  // Entries that are not free.
  uint32_t size() const;

 private:
  enum class State : uint8_t { kFree, kLive, kZombie, kDying };
  struct Entry {
    std::atomic<uint64_t> id{0};         // of a live object; 0 otherwise
    std::atomic<void*> object{nullptr};  // changes only while `id` is 0
    uint32_t generation = 0;
    uint32_t references = 0;  // of the application
    uint32_t previous = 0;    // in the list of its state, if that has one; 0: none
    uint32_t next = 0;
    uint32_t pins = 0;  // callbacks under way that name it
    marshal::TypeId type = 0;
    State state = State::kFree;
    bool was_created : 1 = false;
    bool was_found : 1 = false;
  };
  static_assert(sizeof(Entry) <= 40);
  struct List {  // first in, first out
    uint32_t first = 0;
    uint32_t last = 0;
    uint32_t count = 0;
  };
  static constexpr uint32_t kChunk = 4096;  // entries
  using Chunk = std::array<Entry, kChunk>;

  struct Key {
    void* object;
    marshal::TypeId type;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const noexcept {
      return std::hash<void*>()(key.object) * 31 + key.type;
    }
  };

  Entry* entry_of(uint32_t index) const noexcept;
  bool last_reference(void* object, marshal::TypeId type) const;
  Entry* live_entry(marshal::ObjectId id) const noexcept;  // under mutex_
  marshal::ObjectId id_of(const Entry& entry, uint32_t index) const noexcept;
  marshal::ObjectId insert(const Key& key, bool created);  // under mutex_
  uint32_t take_index();                                   // 0: full
  void append(List& list, uint32_t index) noexcept;
  void remove(List& list, uint32_t index) noexcept;
  void show(Entry& entry, uint32_t index) noexcept;
  void bury(Entry& entry, uint32_t index);
  void free_entry(Entry& entry, uint32_t index);
  void forget_address(const Entry& entry, uint32_t index);

  const std::span<const Type> types_;
  const uint32_t capacity_;
  std::array<std::atomic<Chunk*>, marshal::kMaxObjects / kChunk> chunks_{};

  mutable std::mutex mutex_;  // guards what follows, and the entries but for `id` and `object`
  // Nodes come from a pool and return to it: no malloc per object in the steady state.
  std::pmr::unsynchronized_pool_resource pool_;
  std::pmr::unordered_map<Key, uint32_t, KeyHash> by_object_{&pool_};
  List free_;     // the longest free is used first, so that generations last
  List zombies_;  // the eldest is forgotten first
  uint32_t next_index_ = 1;
  uint32_t size_ = 0;
};

}  // namespace ava::server
