// Lists of key and value, and other places where a handle stands among plain values.
#include <cstring>

#include "marshal/bounds.h"
#include "server/call.h"

namespace ava::server {
namespace {

uint64_t word_at(const void* data, uint64_t index) noexcept {
  uint64_t word;
  std::memcpy(&word, static_cast<const std::byte*>(data) + index * sizeof word, sizeof word);
  return word;
}

}  // namespace

const void* Call::list(const flatbuffers::Vector<uint64_t>* words, unsigned parameter,
                       std::span<const marshal::ListEntry> entries) noexcept {
  if (!wanted(parameter)) return nullptr;
  const uint64_t count = words == nullptr ? 0 : words->size();
  auto* pairs = static_cast<uint64_t*>(allocate((count + 2) * sizeof(uint64_t)));  // cleared
  if (pairs == nullptr) return nullptr;
  for (flatbuffers::uoffset_t i = 0; i + 1 < count; i += 2) {
    const marshal::TypeId type = marshal::type_behind(words->Get(i), entries);
    const uint64_t value = words->Get(i + 1);
    pairs[i] = words->Get(i);
    pairs[i + 1] =
        type == 0 ? value : reinterpret_cast<uint64_t>(object_or_null<void*>(value, type));
  }
  return pairs;
}

void Call::translate_list(void* pairs, uint64_t bytes,
                          std::span<const marshal::ListEntry> entries) {
  if (pairs == nullptr) return;
  constexpr uint64_t kWord = sizeof(uint64_t);
  for (uint64_t i = 0; bytes / kWord >= i + 2 && word_at(pairs, i) != 0; i += 2) {
    const marshal::TypeId type = marshal::type_behind(word_at(pairs, i), entries);
    if (type != 0) translate(static_cast<std::byte*>(pairs) + (i + 1) * kWord, kWord, type);
  }
}

const void* Call::handle_argument(marshal::ObjectId id, const void* bytes, uint64_t size,
                                  marshal::TypeId expected, void*& object_out) noexcept {
  if (id != 0) {
    object_out = object<void*>(id, marshal::id_type(id));
    return &object_out;
  }
  // The library would take these bytes for a pointer: only null may pass.
  const bool is_null = bytes == nullptr || size < sizeof(uint64_t) || word_at(bytes, 0) == 0;
  if (!is_null) fail(marshal::Outcome::kInvalidHandle, expected);
  return bytes;
}

}  // namespace ava::server
