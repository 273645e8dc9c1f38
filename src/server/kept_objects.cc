#include "server/kept_objects.h"

#include <new>

namespace ava::server {

marshal::ObjectId KeptObjects::take(void* object, marshal::TypeId type,
                                    std::vector<KeptObject>& kept) {
  const Type* const known = type - 1u < types_.size() ? &types_[type - 1u] : nullptr;
  if (known == nullptr || known->retain == nullptr || known->release == nullptr) {
    return objects_.found(object, type);
  }
  kept.push_back({object, type});
  known->retain(object);
  const marshal::ObjectId id = objects_.pin(object, type);
  if (id == 0) {
    kept.pop_back();
    known->release(object);
  }
  return id;
}

uint64_t KeptObjects::keep(std::vector<KeptObject>& kept, bool awaited) noexcept {
  if (kept.empty() && !awaited) return 0;
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxKept) return 0;
  try {
    kept_[last_ticket_ + 1].swap(kept);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return ++last_ticket_;
}

void KeptObjects::done(uint64_t ticket) noexcept {
  std::unordered_map<uint64_t, std::vector<KeptObject>>::node_type kept;
  {
    const std::lock_guard lock(mutex_);
    kept = kept_.extract(ticket);
    some_done_.notify_all();
  }
  if (!kept.empty()) let_go(kept.mapped());
}

void KeptObjects::await(uint64_t ticket) noexcept {
  std::unique_lock lock(mutex_);
  awaited_ = ticket;
  some_done_.wait(lock, [&] { return ended_ || !kept_.contains(ticket); });
  if (awaited_ == ticket) awaited_ = 0;
}

uint64_t KeptObjects::awaited() noexcept {
  const std::lock_guard lock(mutex_);
  return awaited_;
}

void KeptObjects::end() noexcept {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  some_done_.notify_all();
}

void KeptObjects::let_go(std::span<const KeptObject> kept) noexcept {
  for (const KeptObject& each : kept) {
    objects_.unpin(each.object, each.type);
    types_[each.type - 1u].release(each.object);
  }
}

}  // namespace ava::server
