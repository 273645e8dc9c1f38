#include "server/call.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string_view>

#include "server/worker.h"

namespace ava::server {
namespace {

using marshal::Outcome;
using marshal::Space;

// What a pointer to no bytes points at: the application's was not null, so the library's is not.
alignas(16) std::byte g_nothing[16];

constexpr uint64_t kNullElement = ~uint64_t{0};  // in_list: this element is a null pointer

uint32_t slot_of(const wire::Bulk* bulk) noexcept { return bulk == nullptr ? 0 : bulk->slot(); }

Space space_of(const wire::Bulk* bulk) noexcept {
  return bulk == nullptr ? Space::kNone : static_cast<Space>(bulk->space());
}

const std::byte* as_bytes_of(const flatbuffers::Vector<uint8_t>* bytes) noexcept {
  return reinterpret_cast<const std::byte*>(bytes->data());
}

bool aligned(const void* data) noexcept { return reinterpret_cast<uintptr_t>(data) % 16 == 0; }

}  // namespace

Call::Call(Worker& worker, const marshal::Frame& frame, uint64_t position) noexcept
    : worker_(worker), frame_(frame), position_(position) {
  worker_.replies().builder().Clear();
}

Call::~Call() {
  // Whatever the API's code did or left out, the thread that waits gets its answer.
  if (!replied_) fail(Outcome::kUnsupported, 0);
  if (worker_.notes().unsettled()) settle(false);
  // A posted call that failed has nobody who waits for its answer: the guest finds out here that
  // nothing will come, and recycles what it set aside. A waiting guest is told by the reply, and
  // may have given its slots to another call already.
  if ((frame_.header->flags & marshal::kWantsReply) == 0) {
    for (const uint32_t slot : worker_.notes().slots) {
      worker_.session().completions().abandon(slot);
    }
  }
  worker_.notes().clear();
  worker_.scratch().reset();
}

// --- arguments ---

void* Call::resolve(marshal::ObjectId id, marshal::TypeId type) noexcept {
  const ObjectTable& table = worker_.session().objects();
  if (id == 0 && !table.nonnull(type)) return nullptr;
  void* object = table.resolve(id, type);
  if (object == nullptr) fail(Outcome::kInvalidHandle, type);
  return object;
}

void** Call::resolve_list(const flatbuffers::Vector<uint64_t>* ids, unsigned parameter,
                          marshal::TypeId type, bool nonnull) noexcept {
  if (!wanted(parameter)) return nullptr;
  const uint32_t count = ids == nullptr ? 0 : ids->size();
  auto** objects = static_cast<void**>(allocate(count * sizeof(void*)));
  for (uint32_t i = 0; objects != nullptr && i < count; ++i) {
    if (nonnull && ids->Get(i) == 0) fail(Outcome::kInvalidHandle, type);
    objects[i] = resolve(ids->Get(i), type);
  }
  return objects;
}

// Where an input's bytes are; null data after failing the call.
std::span<const std::byte> Call::source(const flatbuffers::Vector<uint8_t>* bytes,
                                        const wire::Bulk* bulk, unsigned parameter) {
  if (space_of(bulk) == Space::kMissing) return {missing(bulk->size()), bulk->size()};
  if (bulk != nullptr && space_of(bulk) != Space::kNone && space_of(bulk) != Space::kInline) {
    return {static_cast<const std::byte*>(refer(*bulk, parameter, false)), bulk->size()};
  }
  if (bytes == nullptr || bytes->size() == 0) return {g_nothing, 0};
  return std::as_bytes(std::span(bytes->data(), bytes->size()));
}

const void* Call::in(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                     unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  note_slot(bulk);
  const auto from = source(bytes, bulk, parameter);
  const bool in_frame = bytes != nullptr && from.data() == as_bytes_of(bytes);
  // FlatBuffers aligns bytes to 4; the library may read them as anything.
  if (!in_frame || (slot_of(bulk) == 0 && aligned(from.data()))) return from.data();
  void* copy = nullptr;
  if (slot_of(bulk) != 0) {  // needed for longer than the frame lives
    std::shared_ptr<std::byte[]> kept(new std::byte[from.size()]);
    copy = kept.get();
    worker_.notes().kept.push_back({slot_of(bulk), std::move(kept)});
  } else {
    copy = allocate(from.size());
  }
  if (copy != nullptr) std::memcpy(copy, from.data(), from.size());
  return copy;
}

const void* Call::in_parsed(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                            unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  const auto from = source(bytes, bulk, parameter);
  if (from.data() == nullptr || space_of(bulk) == Space::kMissing) return from.data();
  // Cleared: two whole words of zeros end a string, and a list within a list; a third where the
  // bytes are no whole number of words.
  constexpr uint64_t kEnd = 3 * sizeof(uint64_t);
  void* copy = allocate(marshal::saturating_add(from.size(), kEnd));
  if (copy != nullptr) std::memcpy(copy, from.data(), from.size());
  return copy;
}

const void* Call::in_kept(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                          unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  const auto from = source(bytes, bulk, parameter);
  if (from.data() == nullptr) return nullptr;
  if (space_of(bulk) == Space::kMissing || worker_.session().kept_bytes().full()) {
    fail(Outcome::kExhausted, 0);
    return nullptr;
  }
  constexpr uint64_t kEnd = 2 * sizeof(uint64_t);
  const std::shared_ptr<std::byte[]> copy(new std::byte[from.size() + kEnd]());
  std::memcpy(copy.get(), from.data(), from.size());
  worker_.notes().to_keep.push_back({parameter, copy});
  return copy.get();
}

const char* Call::appended(const char* text, std::string_view suffix, std::string_view unless,
                           const char* alone) noexcept {
  if (failed()) return text;
  if (text == nullptr) return alone;
  const std::string_view before = text;
  if (before.find(unless) != std::string_view::npos) return text;
  auto* copy = static_cast<char*>(allocate(before.size() + suffix.size() + 1));
  if (copy == nullptr) return text;
  std::copy(suffix.begin(), suffix.end(), std::copy(before.begin(), before.end(), copy));
  return copy;  // with its zero: what allocate() gives is cleared
}

const void* const* Call::in_list(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                                 const flatbuffers::Vector<uint64_t>* sizes, unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  const uint64_t count = sizes == nullptr ? 0 : sizes->size();
  if (space_of(bulk) == Space::kMissing) {  // no guest library does that
    fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
    return nullptr;
  }
  auto from = source(bytes, bulk, parameter);
  if (from.data() == nullptr) return nullptr;
  // Each string gets a zero behind it.
  auto* copy = static_cast<std::byte*>(allocate(marshal::saturating_add(from.size(), count)));
  auto** elements = static_cast<const void**>(allocate(count * sizeof(void*)));
  if (copy == nullptr || elements == nullptr) return nullptr;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t size = sizes->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (size == kNullElement) continue;  // allocate cleared the list
    if (size > from.size()) {
      fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
      return nullptr;
    }
    elements[i] = copy;
    std::memcpy(copy, from.data(), size);
    copy[size] = std::byte{0};
    copy += size + 1;
    from = from.subspan(size);
  }
  return elements;
}

void* Call::out(const wire::Bulk* bulk, unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  note_slot(bulk);
  switch (space_of(bulk)) {
    case Space::kNone:
      return g_nothing;
    case Space::kInline:
      // Memory of the call cannot be written until something else completes.
      if (bulk->slot() == 0 && bulk->size() <= transport::kReplyCapacity) {
        return allocate(bulk->size());
      }
      break;
    case Space::kArena:
    case Space::kSpill:
    case Space::kMirrored:
      return refer(*bulk, parameter, true);
    case Space::kMissing:
      return missing(bulk->size());
  }
  fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
  return nullptr;
}

void Call::note_slot(const wire::Bulk* bulk) {
  if (slot_of(bulk) != 0) worker_.notes().slots.push_back(slot_of(bulk));
}

void* Call::refer(const wire::Bulk& bulk, unsigned parameter, bool output) {
  if (space_of(&bulk) == Space::kMirrored) return mirrored(bulk.offset(), bulk.size(), parameter);
  if (space_of(&bulk) == Space::kArena) {
    const std::span<std::byte> arena = worker_.session().options().region.arena();
    if (marshal::in_range(bulk.offset(), bulk.size(), arena.size())) {
      return arena.data() + bulk.offset();
    }
  } else {
    const auto spill = worker_.session().spills().use(bulk.offset(), bulk.size(), output);
    if (spill) {
      worker_.notes().kept.push_back({bulk.slot(), *spill});
      return spill->get();
    }
    if (spill.error() == Error::kExhausted) {
      fail(Outcome::kExhausted, 0);
      return nullptr;
    }
  }
  fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
  return nullptr;
}

// Zeros, as many as the application said that it has. Where there is no place for so many: one that
// nobody may touch. A library that does ends this process, as natively it would the application's.
std::byte* Call::missing(uint64_t size) {
  uint64_t mapped = std::max<uint64_t>(size, 1);
  const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* memory = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, kind, -1, 0);
  if (memory == MAP_FAILED) memory = ::mmap(nullptr, mapped = 1, PROT_NONE, kind, -1, 0);
  if (memory == MAP_FAILED) {
    fail(Outcome::kExhausted, 0);
    return nullptr;
  }
  worker_.notes().kept.push_back(
      {0, std::shared_ptr<const void>(memory, [mapped](void* at) { ::munmap(at, mapped); })});
  return static_cast<std::byte*>(memory);
}

void* Call::allocate(uint64_t size) noexcept {
  if (size == 0) return g_nothing;
  void* memory = worker_.scratch().allocate(size);
  if (memory == nullptr) {
    fail(Outcome::kExhausted, 0);
  } else {
    std::memset(memory, 0, size);
  }
  return memory;
}

void* Call::scratch(uint64_t size, unsigned parameter) noexcept {
  return wanted(parameter) ? allocate(size) : nullptr;
}

void* Call::closure(uint64_t number, bool once) {
  if (number == 0) return nullptr;
  if (number == marshal::kNoFunction) return g_nothing;
  Closure* closure = worker_.session().upcalls().closure(number, once);
  if (closure == nullptr) fail(Outcome::kExhausted, 0);
  return closure;
}

void Call::reads_files(const char* options, std::initializer_list<std::string_view> words) {
  // Nobody answers questions for a call that nobody waits for.
  if ((frame_.header->flags & marshal::kWantsReply) == 0) return;
  worker_.notes().files.emplace(worker_.session(), worker_, position_, options, words);
}

// --- results ---

marshal::ObjectId Call::id_of(const void* object, marshal::TypeId type, bool created) {
  if (object == nullptr) return 0;
  Session& session = worker_.session();
  void* native = const_cast<void*>(object);
  const marshal::ObjectId id =
      created ? session.objects().created(native, type) : session.objects().found(native, type);
  if (id == 0) {
    const auto release = session.options().module->types[type - 1].release;
    if (created && release != nullptr) release(native);
    fail(Outcome::kExhausted, 0);
  }
  return id;
}

flatbuffers::Offset<flatbuffers::Vector<uint64_t>> Call::ids_of(const void* objects, uint64_t count,
                                                                marshal::TypeId type,
                                                                bool created) {
  if (objects == nullptr) return {};
  if (count > marshal::kMaxObjects) throw ReplyTooLarge();
  uint64_t* ids = nullptr;
  const auto vector = builder().CreateUninitializedVector(count, &ids);
  const auto* handles = static_cast<const void* const*>(objects);
  for (uint64_t i = 0; i < count; ++i) ids[i] = id_of(handles[i], type, created);
  return vector;
}

void Call::translate(void* output, uint64_t bytes, marshal::TypeId type) {
  if (output == nullptr) return;
  const std::span<std::byte> arena = worker_.session().options().region.arena();
  const auto* at = static_cast<const std::byte*>(output);
  const bool shared = at >= arena.data() && at < arena.data() + arena.size();
  for (uint64_t i = 0; i + sizeof(void*) <= bytes; i += sizeof(void*)) {
    void* handle;  // may lie unaligned
    std::memcpy(&handle, static_cast<std::byte*>(output) + i, sizeof handle);
    const marshal::ObjectId id = handle == nullptr ? 0
                                 : shared          ? worker_.session().objects().known(handle, type)
                                                   : id_of(handle, type, false);
    std::memcpy(static_cast<std::byte*>(output) + i, &id, sizeof id);
  }
}

void Call::retains(marshal::ObjectId id) {
  if (id != 0) worker_.notes().retains.push_back(id);
}

bool Call::releases(marshal::ObjectId id) {
  using Hold = CompletionTracker::Hold;
  const marshal::TypeId type = marshal::id_type(id);
  Session& session = worker_.session();
  void* object = session.objects().resolve(id, type);
  if (object == nullptr) return true;  // null or stale: the library or the call has said so
  // First, because it decides whether the object outlives the release.
  const Hold hold = session.completions().hold(object, type);
  worker_.notes().releases.push_back(
      session.objects().begin_release(id, hold != Hold::kNotTracked));
  // Its mapped memory goes with it: nothing may read that any more.
  if (worker_.notes().releases.back().effect == ObjectTable::Release::Effect::kDestroys) {
    session.mappings().drop(id);
  }
  return hold != Hold::kTakenOver;
}

void Call::keep(unsigned parameter, marshal::ObjectId object) {
  for (CallNotes::ToKeep& one : worker_.notes().to_keep) {
    if (one.parameter != parameter || one.memory == nullptr) continue;
    worker_.session().kept_bytes().keep(object, std::move(one.memory));
  }
}

void Call::settle(bool success) {
  CallNotes& notes = worker_.notes();
  ObjectTable& objects = worker_.session().objects();
  if (success) {
    for (const marshal::ObjectId id : notes.retains) objects.retain(id);
  }
  for (const ObjectTable::Release& release : notes.releases) {
    objects.finish_release(release, success);
    if (success && release.effect == ObjectTable::Release::Effect::kDestroys) {
      worker_.session().kept_bytes().drop(release.id);
    }
  }
  if (notes.unmapped != nullptr && !success) worker_.session().mappings().restore(notes.unmapped);
  if (!success) {
    for (const Mirror& mirror : notes.unmirrored) worker_.session().mirrors().add(mirror);
  }
  notes.retains.clear();
  notes.releases.clear();
  notes.unmapped.reset();
  notes.unmirrored.clear();
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Call::reply_bytes(const wire::Bulk* bulk,
                                                                    const void* output,
                                                                    uint64_t written) {
  if (output == nullptr || space_of(bulk) != Space::kInline) return {};
  const uint64_t size = held(bulk, written);
  uint8_t* bytes = nullptr;
  const auto vector = builder().CreateUninitializedVector(size, &bytes);
  if (size != 0) std::memcpy(bytes, output, size);
  return vector;
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Call::table_bytes(
    const void* table, size_t size, std::initializer_list<size_t> words) {
  if (table == nullptr) return {};
  uint8_t* bytes = nullptr;
  const auto vector = builder().CreateUninitializedVector(size, &bytes);
  std::memcpy(bytes, table, size);
  for (const size_t word : words) {
    uint64_t address = 0;
    std::memcpy(&address, bytes + word, sizeof address);
    address = address != 0 ? 1 : 0;
    std::memcpy(bytes + word, &address, sizeof address);
  }
  return vector;
}

uint64_t Call::table_number(const void* table) {
  static std::mutex mutex;
  static std::vector<const void*> tables;  // few: libraries have one for each version of their own
  if (table == nullptr) return 0;
  const std::lock_guard lock(mutex);
  const auto known = std::find(tables.begin(), tables.end(), table);
  const auto index = static_cast<uint64_t>(known - tables.begin());
  if (known == tables.end()) tables.push_back(table);
  return index + 1;
}

void Call::complete_with(const wire::Bulk* bulk, void* object, marshal::TypeId type, bool owned) {
  const uint32_t slot = slot_of(bulk);
  if (slot == 0 && !owned) return;
  std::erase(worker_.notes().slots, slot);
  Kept kept;
  for (const CallNotes::KeptMemory& memory : worker_.notes().kept) {
    if (memory.slot == slot) kept.push_back(memory.memory);
  }
  CallNotes& notes = worker_.notes();
  MappedCopy copy;
  if (notes.mapped_to != nullptr) copy = {notes.mapped, notes.mapped_to};
  worker_.session().completions().add(object, type, slot, owned, std::move(kept), std::move(copy));
}

void Call::complete_now(const wire::Bulk* bulk) {
  CallNotes& notes = worker_.notes();
  if (bulk == nullptr || notes.mapped == nullptr) return;
  MappedCopy{notes.mapped, notes.mapped_to}.run();
  worker_.session().completions().complete(bulk->slot(), 0);
}

flatbuffers::FlatBufferBuilder& Call::builder() noexcept { return worker_.replies().builder(); }

// --- the answer ---

void Call::fail(Outcome outcome, uint16_t detail) noexcept {
  failed_ = true;
  complete(marshal::pack_outcome(outcome, detail), nullptr, 0);
}

void Call::send_reply(const void* data, uint64_t size) noexcept {
  if (size > transport::kReplyCapacity) return fail(Outcome::kExhausted, 0);
  complete(marshal::pack_outcome(Outcome::kOk, 0), data, size);
}

void Call::complete(int32_t status, const void* reply, uint64_t size) noexcept {
  if (replied_) return;
  replied_ = true;
  worker_.notes().files.reset();
  if ((frame_.header->flags & marshal::kWantsReply) == 0) return;
  worker_.complete(position_, status, reply, size);
}

}  // namespace ava::server
