// What an application holds instead of native objects: shadows.
//
//   handle (a pointer)  =  slab + 64 * index of the id      the same object, the same pointer
//
//   0          8    16         24     28           32        40
//   +----------+----+----------+------+------------+---------+----------+
//   | dispatch | id | last use | lock | references | family  | doubtful |
//   +----------+----+----------+------+------------+---------+----------+
//
// The slab is reserved once for every index an id can have, and untouched memory costs nothing. So
// any pointer can be judged by arithmetic, without following it, and a shadow's first word (the ICD
// loader's dispatch table) is readable for ever, also after the object's end.
//
// The application's reference count decides only whether the success of a call can be foreseen;
// whether an object lives is the server's to say. When the application gave back all references
// that it is known to hold, the native object may live on (something else refers to it, or it is
// never destroyed), so the shadow becomes *doubtful*: calls that name it wait for the server's
// answer, until a retain or a getter finds it again.
//
// Threads: any. A shadow's lock orders asynchronous calls that name it (order.h), and landing.
// Lifetime: the slab is the session's. Errors: null where there is no such object.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "guest/module.h"
#include "marshal/ids.h"

namespace ava::guest {

struct alignas(64) Shadow {
  std::atomic<const void*> dispatch;  // null until the first life of this index
  std::atomic<marshal::ObjectId> id;  // of the latest life; 0 before the first
  std::atomic<uint64_t> last_use;     // order.h; 0: no asynchronous call named it yet
  std::atomic<uint32_t> lock;         // 0 free, 1 held
  std::atomic<uint32_t> references;   // that the application is known to hold
  // Of an object that the application made: the eldest of those that it was made from, one of the
  // other, or itself. Objects of two families cannot be used together. 0: found by a getter.
  std::atomic<marshal::ObjectId> family;
  std::atomic<bool> doubtful;

  void acquire() noexcept;
  void release() noexcept { lock.store(0, std::memory_order_release); }

  // Takes one of the application's references away in advance of a release. False if there is none.
  bool take_reference() noexcept;
  // The release succeeded: was that the last one known of?
  void reference_released() noexcept;
  // A retain succeeded, or a release failed.
  void reference_added() noexcept;
};
static_assert(sizeof(Shadow) == 64);

class ShadowTable {
 public:
  // Reserves the slab. Null where the address space does not suffice. `types` is borrowed.
  static std::unique_ptr<ShadowTable> create(std::span<const Type> types) noexcept;
  ~ShadowTable();
  ShadowTable(const ShadowTable&) = delete;
  ShadowTable& operator=(const ShadowTable&) = delete;

  // The shadow behind a handle, if there is or was one of this type; `handle` may be anything.
  // (Ids that the guest makes will have a slab of their own beside this one.)
  Shadow* find(const void* handle, marshal::TypeId type) const noexcept;

  // The shadow for an id that the server named. `created`: with one reference of the application's,
  // and of this family (0: of its own).
  Shadow* land(marshal::ObjectId id, marshal::TypeId type, bool created,
               marshal::ObjectId family = 0) noexcept;

 private:
  ShadowTable(Shadow* slab, std::span<const Type> types) noexcept : slab_(slab), types_(types) {}

  Shadow* slab_;
  std::span<const Type> types_;
};

}  // namespace ava::guest
