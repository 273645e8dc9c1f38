// What a reply brings: outputs and handles.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <unordered_set>

#include "guest/bulk.h"
#include "guest/call.h"
#include "guest/channel.h"
#include "guest/session.h"
#include "marshal/bulk.h"

namespace ava::guest {

bool Call::land(void* data, const Out& out, const flatbuffers::Vector<uint8_t>* bytes,
                uint64_t written) noexcept {
  return land_box(data, out, bytes, marshal::one_row(out.held(written)));
}

bool Call::land_box(void* data, const Out& out, const flatbuffers::Vector<uint8_t>* bytes,
                    const marshal::Box& box) noexcept {
  // With a slot the bytes come later, or came before the reply (pending.h).
  if (failed() || data == nullptr || out.bulk.slot() != 0) return !failed();
  const uint64_t size = std::min(marshal::content(box), out.bulk.size());
  if (size == 0) return true;
  switch (static_cast<marshal::Space>(out.bulk.space())) {
    case marshal::Space::kInline:
      if (bytes == nullptr) return true;
      marshal::unpack(data, box, 0, bytes->data(), std::min<uint64_t>(size, bytes->size()));
      return true;
    case marshal::Space::kArena:
    case marshal::Space::kSpill: {
      const Block block{static_cast<marshal::Space>(out.bulk.space()), out.bulk.offset()};
      if (!fetch(channel_->session(), block, data, box)) fail(Error::kClosed);
      return !failed();
    }
    case marshal::Space::kMissing:  // nothing could hold what the library wrote
      fail(marshal::Outcome::kExhausted);
      return false;
    case marshal::Space::kMirrored:  // there the application looks after mapping it
    case marshal::Space::kNone:
      return true;
  }
  return true;
}

void* Call::land_handle(marshal::ObjectId id, marshal::TypeId type, bool created) noexcept {
  if (failed() || id == 0) return nullptr;
  return channel_->session().shadows().land(id, type, created, channel_->scratch().family);
}

void Call::land_handles(void* list, const flatbuffers::Vector<uint64_t>* ids, marshal::TypeId type,
                        bool created) noexcept {
  if (list == nullptr || ids == nullptr) return;
  auto* const handles = static_cast<void**>(list);
  for (flatbuffers::uoffset_t i = 0; i < ids->size(); ++i) {
    handles[i] = land_handle(ids->Get(i), type, created);
  }
}

void Call::translate(void* data, uint64_t bytes, marshal::TypeId type) noexcept {
  if (data == nullptr) return;
  auto* const words = static_cast<std::byte*>(data);  // the application's: of any alignment
  for (uint64_t at = 0; bytes - at >= sizeof(marshal::ObjectId); at += sizeof(marshal::ObjectId)) {
    marshal::ObjectId id;
    std::memcpy(&id, words + at, sizeof id);
    void* const handle = land_handle(id, type, false);
    std::memcpy(words + at, &handle, sizeof handle);
  }
}

// Applications keep texts and tables for ever, so that none is ever freed.
const char* land_text(std::span<const uint8_t> bytes) noexcept {
  static std::mutex mutex;
  static auto* const texts = new (std::nothrow) std::unordered_set<std::string>;
  const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
  if (texts == nullptr || end == bytes.end()) return nullptr;
  try {
    std::string text(bytes.begin(), end);
    const std::lock_guard lock(mutex);
    return texts->insert(std::move(text)).first->c_str();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* land_table(uint32_t function, uint64_t number, const flatbuffers::Vector<uint8_t>* bytes,
                 uint64_t size, void (*fill)(void* table)) noexcept {
  struct Table {
    uint32_t function;
    uint64_t number;
    void* memory;
    Table* next;
  };
  static std::mutex mutex;
  static Table* tables = nullptr;
  if (bytes == nullptr || bytes->size() != size) return nullptr;
  const std::lock_guard lock(mutex);
  for (const Table* table = tables; table != nullptr; table = table->next) {
    if (table->function == function && table->number == number) return table->memory;
  }
  void* const memory = std::malloc(size);
  auto* const table = static_cast<Table*>(std::malloc(sizeof(Table)));
  if (memory == nullptr || table == nullptr) {
    std::free(memory);
    std::free(table);
    return nullptr;
  }
  std::memcpy(memory, bytes->data(), size);
  fill(memory);
  *table = {function, number, memory, tables};
  tables = table;
  return memory;
}

}  // namespace ava::guest
