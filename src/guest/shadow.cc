#include "guest/shadow.h"

#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#include <new>

#include "base/clock.h"

namespace ava::guest {
namespace {

constexpr uint64_t kSlabBytes = uint64_t{marshal::kMaxObjects} * sizeof(Shadow);

}  // namespace

void Shadow::acquire() noexcept {
  // Held for the writing of one frame, so the holder is nearly always just done, or preempted.
  // Yielding alone could starve a preempted holder of lower real-time priority: sleep at last.
  for (int tries = 0; lock.exchange(1, std::memory_order_acquire) != 0; ++tries) {
    if (tries < 100) {
      ::sched_yield();
    } else {
      const timespec nap{0, 50 * kMicrosecond};
      ::nanosleep(&nap, nullptr);
    }
  }
}

bool Shadow::take_reference() noexcept {
  uint32_t held = references.load(std::memory_order_relaxed);
  while (held != 0) {
    if (references.compare_exchange_weak(held, held - 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

void Shadow::reference_released() noexcept {
  if (references.load(std::memory_order_relaxed) == 0) {
    doubtful.store(true, std::memory_order_relaxed);
  }
}

void Shadow::reference_added() noexcept {
  references.fetch_add(1, std::memory_order_relaxed);
  doubtful.store(false, std::memory_order_relaxed);
}

std::unique_ptr<ShadowTable> ShadowTable::create(std::span<const Type> types) noexcept {
  void* slab = ::mmap(nullptr, kSlabBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (slab == MAP_FAILED) return nullptr;
  // Shadows are touched one by one: huge pages would make each cost 2 MiB.
  ::madvise(slab, kSlabBytes, MADV_NOHUGEPAGE);
  std::unique_ptr<ShadowTable> table(new (std::nothrow)
                                         ShadowTable(static_cast<Shadow*>(slab), types));
  if (table == nullptr) ::munmap(slab, kSlabBytes);
  return table;
}

ShadowTable::~ShadowTable() { ::munmap(slab_, kSlabBytes); }

Shadow* ShadowTable::find(const void* handle, marshal::TypeId type) const noexcept {
  // Unsigned: what lies below the slab is far above its end.
  const uint64_t offset = reinterpret_cast<uintptr_t>(handle) - reinterpret_cast<uintptr_t>(slab_);
  if (offset >= kSlabBytes || offset % sizeof(Shadow) != 0) return nullptr;
  Shadow& shadow = slab_[offset / sizeof(Shadow)];
  const marshal::ObjectId id = shadow.id.load(std::memory_order_acquire);
  return id != 0 && marshal::id_type(id) == type ? &shadow : nullptr;
}

Shadow* ShadowTable::land(marshal::ObjectId id, marshal::TypeId type, bool created,
                          marshal::ObjectId family) noexcept {
  if (marshal::id_guest_made(id) || !marshal::id_plausible(id, type)) return nullptr;
  Shadow& shadow = slab_[marshal::id_index(id)];
  shadow.acquire();
  if (shadow.id.load(std::memory_order_relaxed) != id) {
    // Another object's life begins at this index. The old one's last use stays: naming it as a
    // dependency orders more than needed, never less.
    shadow.references.store(0, std::memory_order_relaxed);
    shadow.family.store(!created ? 0 : family != 0 ? family : id, std::memory_order_relaxed);
    shadow.dispatch.store(type - 1u < types_.size() ? types_[type - 1u].dispatch : nullptr,
                          std::memory_order_relaxed);
    shadow.id.store(id, std::memory_order_release);
  }
  if (created) shadow.references.fetch_add(1, std::memory_order_relaxed);
  shadow.doubtful.store(false, std::memory_order_relaxed);
  shadow.release();
  return &shadow;
}

}  // namespace ava::guest
