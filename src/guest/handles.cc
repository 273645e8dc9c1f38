// The handles among a call's arguments.
#include <algorithm>

#include "guest/call.h"
#include "guest/channel.h"
#include "guest/learn.h"
#include "guest/readable.h"
#include "guest/session.h"

namespace ava::guest {

using marshal::ObjectId;
using marshal::Outcome;
using marshal::TypeId;

namespace {

bool nonnull(TypeId type) {
  return type - 1u < kModule.types.size() && kModule.types[type - 1u].nonnull;
}

}  // namespace

// Null where the call fails, and for a null handle that only the native library can judge.
Shadow* Call::use(const void* handle, TypeId type) noexcept {
  if (failed()) return nullptr;
  CallScratch& scratch = channel_->scratch();
  if (handle == nullptr && !nonnull(type)) {
    scratch.doubtful = true;
    return nullptr;
  }
  Shadow* const shadow = channel_->session().shadows().find(handle, type);
  if (shadow == nullptr) {
    fail(Outcome::kInvalidHandle, type);
  } else if (!scratch.add_use(shadow)) {
    fail(Outcome::kExhausted);
  } else if (shadow->doubtful.load(std::memory_order_relaxed)) {
    scratch.doubtful = true;
  }
  return failed() ? nullptr : shadow;
}

ObjectId Call::handle(const void* handle, TypeId type) noexcept {
  const Shadow* const shadow = use(handle, type);
  if (shadow == nullptr) return 0;
  ObjectId& family = channel_->scratch().family;
  if (family == 0) family = shadow->family.load(std::memory_order_relaxed);
  return shadow->id.load(std::memory_order_relaxed);
}

Words Call::handles(const void* list, uint64_t count, unsigned parameter, TypeId type) noexcept {
  pointer(parameter, list);
  if (failed() || list == nullptr) return {};
  CallScratch& scratch = channel_->scratch();
  const auto* handles = static_cast<const void* const*>(list);
  if (count > marshal::kMaxList || !scratch.fits(count * sizeof(ObjectId))) {
    // A count that was made up: what stands behind the list's end is no handle.
    for (uint64_t i = 0; i < marshal::kMaxList; ++i) {
      if (handles[i] == nullptr) fail(Outcome::kInvalidHandle, type);
      if (use(handles[i], type) == nullptr) return {};
    }
    fail(Outcome::kExhausted);
    return {};
  }
  uint64_t* ids = nullptr;
  const Words words = scratch.builder.CreateUninitializedVector(count, &ids);
  ObjectId last_family = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const Shadow* const shadow = use(handles[i], type);
    if (failed()) return {};  // what stands behind may not be there
    ids[i] = shadow != nullptr ? shadow->id.load(std::memory_order_relaxed) : 0;
    if (shadow == nullptr) {
      // A library that refuses null looks no further, and further on there may be nothing.
      if (readable(handles + i, (count - i) * sizeof(void*))) continue;
      std::fill(ids + i, ids + count, ObjectId{0});
      break;
    }
    // Lists are rarely the same twice, but the families in them are.
    ObjectId family = shadow->family.load(std::memory_order_relaxed);
    if (family == 0) family = ids[i];
    if (family == last_family) continue;
    last_family = family;
    scratch.list_key = LearnedCalls::extend(scratch.list_key, &family, sizeof family);
  }
  return words;
}

ObjectId Call::change_reference(const void* handle, TypeId type, bool retained) noexcept {
  Shadow* const shadow = use(handle, type);
  if (shadow == nullptr) return 0;
  CallScratch& scratch = channel_->scratch();
  // Success is certain only for an object that the application holds a reference to.
  const bool held =
      retained ? shadow->references.load(std::memory_order_relaxed) != 0 : shadow->take_reference();
  if (!held) scratch.doubtful = true;
  // It may be the object's end, of which the application wants to hear as soon as natively.
  if (!retained && channel_->session().closures().awaits_ends()) {
    scratch.doubtful = scratch.ends = true;
  }
  if (!scratch.references.append({shadow, retained, !retained && held})) {
    if (!retained && held) shadow->reference_added();
    fail(Outcome::kExhausted);
  }
  return shadow->id.load(std::memory_order_relaxed);
}

ObjectId Call::handle_retained(const void* handle, TypeId type) noexcept {
  return change_reference(handle, type, true);
}

ObjectId Call::handle_released(const void* handle, TypeId type) noexcept {
  return change_reference(handle, type, false);
}

ObjectId Call::handle_if_live(const void* value, TypeId type) noexcept {
  if (failed() || channel_->session().shadows().find(value, type) == nullptr) return 0;
  return handle(value, type);
}

}  // namespace ava::guest
