#include "guest/facts.h"

#include <cerrno>
#include <new>

#include "guest/call.h"
#include "guest/runtime.h"

namespace ava::guest {
namespace {

// The session, and the id behind a live handle; null, or 0.
Session* session_of(const void* handle, marshal::TypeId type, marshal::ObjectId& id) noexcept {
  const int saved_errno = errno;
  Runtime* const runtime = Runtime::get();
  Session* const session = runtime != nullptr ? runtime->session() : nullptr;
  errno = saved_errno;
  if (session == nullptr || session->ended() || handle == nullptr) return nullptr;
  const Shadow* const shadow = session->shadows().find(handle, type);
  if (shadow == nullptr) return nullptr;
  id = shadow->id.load(std::memory_order_acquire);
  return session;
}

}  // namespace

bool recall(const void* handle, marshal::TypeId type, uint32_t key, uint64_t& value) noexcept {
  marshal::ObjectId id = 0;
  Session* const session = session_of(handle, type, id);
  if (session == nullptr) return false;
  const std::optional<uint64_t> known = session->facts().find(id, key);
  value = known.value_or(0);
  return known.has_value();
}

void note_fact(const void* handle, marshal::TypeId type, uint32_t key, uint64_t value) noexcept {
  marshal::ObjectId id = 0;
  if (Session* const session = session_of(handle, type, id)) session->facts().note(id, key, value);
}

void Facts::note(marshal::ObjectId object, uint64_t key, uint64_t value) noexcept {
  if (object == 0) return;
  const std::lock_guard lock(mutex_);
  try {
    Entry& entry = entries_[marshal::id_index(object)];
    if (entry.object != object) {
      entry.object = object;
      entry.values.clear();
    }
    entry.values[key] = value;
  } catch (const std::bad_alloc&) {
    return;
  }
}

std::optional<uint64_t> Facts::find(marshal::ObjectId object, uint64_t key) noexcept {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(marshal::id_index(object));
  if (entry == entries_.end() || entry->second.object != object) return std::nullopt;
  const auto value = entry->second.values.find(key);
  if (value == entry->second.values.end()) return std::nullopt;
  return value->second;
}

}  // namespace ava::guest
