// Lists of key and value, and other places where a handle stands among plain values.
#include <initializer_list>

#include "guest/call.h"
#include "guest/channel.h"
#include "guest/session.h"

namespace ava::guest {
namespace {

uint64_t word_at(const void* data, uint64_t index) noexcept {
  uint64_t word;
  std::memcpy(&word, static_cast<const std::byte*>(data) + index * sizeof word, sizeof word);
  return word;
}

const void* as_handle(uint64_t word) noexcept { return reinterpret_cast<const void*>(word); }

}  // namespace

Words Call::list(const void* pairs, unsigned parameter,
                 std::span<const marshal::ListEntry> entries) noexcept {
  pointer(parameter, pairs);
  if (failed() || pairs == nullptr) return {};
  uint64_t count = 0;
  while (count < marshal::kMaxList && word_at(pairs, count) != 0) count += 2;
  CallScratch& scratch = channel_->scratch();
  if (count >= marshal::kMaxList || !scratch.fits(count * sizeof(uint64_t))) {
    fail(marshal::Outcome::kExhausted);
    return {};
  }
  uint64_t* words = nullptr;
  const Words result = scratch.builder.CreateUninitializedVector(count, &words);
  for (uint64_t i = 0; i < count; i += 2) {
    const uint64_t key = word_at(pairs, i);
    const uint64_t value = word_at(pairs, i + 1);
    const marshal::TypeId type = marshal::type_behind(key, entries);
    words[i] = key;
    words[i + 1] = type == 0 ? value : handle(as_handle(value), type);
  }
  return result;
}

void Call::translate_list(void* pairs, uint64_t bytes,
                          std::span<const marshal::ListEntry> entries) noexcept {
  if (pairs == nullptr) return;
  constexpr uint64_t kWord = sizeof(uint64_t);
  for (uint64_t i = 0; bytes / kWord >= i + 2 && word_at(pairs, i) != 0; i += 2) {
    const marshal::TypeId type = marshal::type_behind(word_at(pairs, i), entries);
    if (type != 0) translate(static_cast<std::byte*>(pairs) + (i + 1) * kWord, kWord, type);
  }
}

marshal::ObjectId Call::handle_inside(const void* data, uint64_t size,
                                      std::initializer_list<marshal::TypeId> types) noexcept {
  if (data == nullptr || size != sizeof(uint64_t)) return 0;
  const void* const value = as_handle(word_at(data, 0));
  for (const marshal::TypeId type : types) {
    const marshal::ObjectId id = value == nullptr ? 0 : handle_if_live(value, type);
    if (id != 0) return id;
  }
  return 0;
}

}  // namespace ava::guest
