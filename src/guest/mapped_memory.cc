// What a call does with mapped memory (mappings.h).
#include <sys/mman.h>

#include "guest/bulk.h"
#include "guest/call.h"
#include "guest/channel.h"
#include "guest/runtime.h"

namespace ava::guest {
namespace {

constexpr uint64_t kPage = 4096;

wire::Box on_the_wire(const marshal::Box& box) noexcept {
  return {box.row_bytes, box.rows, box.slices, box.row_pitch, box.slice_pitch};
}

wire::Bulk reference_to(const Block& block, uint64_t lead, uint64_t size, uint32_t slot) noexcept {
  return {block.offset + lead, size, static_cast<uint32_t>(block.space), slot};
}

bool in_arena(const Mapping& mapping) noexcept {
  return mapping.block.space == marshal::Space::kArena;
}

}  // namespace

// Natively a pointer is as aligned as its place in the object is: `offset` within a page is kept.
// False where there is no memory; the call did not fail for it yet.
bool Call::find_memory(Mapping& mapping, uint64_t offset) noexcept {
  Session& session = channel_->session();
  if (void* const backing = session.facts().backing(mapping.object)) {
    mapping.pointer = static_cast<std::byte*>(backing) + offset;
    return true;
  }
  mapping.lead = offset % kPage;
  const uint64_t size = marshal::saturating_add(marshal::extent(mapping.box), mapping.lead);
  // A whole page at least, which the arena aligns to one.
  const auto block =
      take_block(session, runtime_->settings(), std::max(size, kPage), OnFull::kSpill);
  if (block && block->space == marshal::Space::kArena) {
    mapping.block = *block;
    mapping.pointer = session.arena().at(block->offset + mapping.lead);
    return true;
  }
  if (size > SIZE_MAX - kPage) return false;
  // Nothing is set aside for a size that the library will refuse, nor touched.
  void* const own = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (own == MAP_FAILED) return false;
  mapping.own = {static_cast<std::byte*>(own), size};
  mapping.pointer = mapping.own.data() + mapping.lead;
  return true;
}

// Arranges for the object's bytes to come. False as above.
bool Call::fill_memory(Mapping& mapping, Map& map) noexcept {
  Session& session = channel_->session();
  CallScratch& scratch = channel_->scratch();
  Block block;  // that of the transfer: the arena's memory is the mapping's own
  uint64_t size = marshal::extent(mapping.box);
  if (!in_arena(mapping)) {
    size = marshal::content(mapping.box);
    const auto taken = take_block(session, runtime_->settings(), size, OnFull::kSpill);
    if (!taken) return false;
    block = *taken;
  }
  void* const destination = in_arena(mapping) ? nullptr : mapping.pointer;
  const uint32_t slot = take_slot(block, destination, mapping.box);
  if (slot == 0) return false;
  mapping.ticket = *(scratch.tickets.end() - 1);
  map.bulk = in_arena(mapping) ? reference_to(mapping.block, mapping.lead, size, slot)
                               : reference_to(block, 0, size, slot);
  return true;
}

Map Call::map(marshal::ObjectId object, const marshal::Box& box, uint64_t offset, bool reads,
              bool writes) noexcept {
  Map map;
  // Of nothing: the library says what is wrong with that.
  if (failed() || object == 0 || marshal::extent(box) == 0) return map;
  Mapping mapping;
  mapping.object = object;
  mapping.box = box;
  mapping.writes = writes;
  // More than there is memory for is most often more than the object has, which the library is to
  // say. Where it agrees to it, land_map() has nothing to give.
  if (!find_memory(mapping, offset)) return map;
  return arrange(mapping, reads);
}

// The two fields of a mapping that has its memory.
Map Call::arrange(Mapping& mapping, bool reads) noexcept {
  Map map;
  if (reads && !fill_memory(mapping, map)) {
    free_memory(mapping);
    return map;
  }
  map.box = on_the_wire(in_arena(mapping) ? mapping.box : marshal::packed(mapping.box));
  channel_->scratch().mapped = mapping;
  return map;
}

void* Call::land_map(uint64_t number) noexcept {
  if (failed() || number == 0) return nullptr;
  std::optional<Mapping>& mapped = channel_->scratch().mapped;
  if (!mapped) {
    fail(marshal::Outcome::kExhausted);
    return nullptr;
  }
  Mapping mapping = *mapped;
  mapped.reset();
  mapping.number = number;
  if (!channel_->session().mappings().add(mapping)) {
    free_memory(mapping);
    fail(marshal::Outcome::kExhausted);
    return nullptr;
  }
  return mapping.pointer;
}

Unmap Call::unmap(const void* pointer, marshal::ObjectId object, unsigned parameter) noexcept {
  this->pointer(parameter, pointer);
  Unmap unmap;
  if (failed()) return unmap;
  Session& session = channel_->session();
  CallScratch& scratch = channel_->scratch();
  scratch.unmapped = session.mappings().take(pointer, object);
  if (!scratch.unmapped) {
    scratch.doubtful = true;  // what is wrong with it, the library says
    return unmap;
  }
  const Mapping& mapping = *scratch.unmapped;
  unmap.number = mapping.number;
  // What was never seen complete, the application cannot have written.
  const bool complete = !session.pending().abandon(mapping.ticket);
  if (!mapping.writes || !complete) return unmap;
  if (in_arena(mapping)) {
    unmap.bulk = reference_to(mapping.block, mapping.lead, marshal::extent(mapping.box), 0);
    return unmap;
  }
  const uint64_t size = marshal::content(mapping.box);
  Block block;
  if (!take(size, OnFull::kSpill, block)) return unmap;
  if (!scratch.blocks.append(block)) {
    give_back(session, block);
    fail(marshal::Outcome::kExhausted);
    return unmap;
  }
  if (auto copied = BlockWriter(*channel_, block, size).append_box(pointer, mapping.box); !copied) {
    fail(copied.error());
    return unmap;
  }
  unmap.bulk = reference_to(block, 0, size, 0);
  return unmap;
}

// The memory of a mapping that is no more. `executed`: by the time the call has been.
void Call::free_memory(const Mapping& mapping, bool executed) noexcept {
  if (!mapping.own.empty()) ::munmap(mapping.own.data(), mapping.own.size());
  if (!in_arena(mapping)) return;
  if (!executed || !channel_->scratch().blocks.append(mapping.block)) {
    give_back(channel_->session(), mapping.block);
  }
}

void Call::settle_mappings(bool success) noexcept {
  CallScratch& scratch = channel_->scratch();
  if (scratch.mapped && !success) {
    free_memory(*scratch.mapped);
    scratch.mapped.reset();
  }
  if (scratch.unmapped) {
    if (success) {
      free_memory(*scratch.unmapped, true);
    } else if (!channel_->session().mappings().add(*scratch.unmapped)) {
      free_memory(*scratch.unmapped);
    }
    scratch.unmapped.reset();
  }
}

// The application gave up the last reference it held: natively the memory may be gone now.
void Call::forget_mappings(marshal::ObjectId object) noexcept {
  Session& session = channel_->session();
  while (const std::optional<Mapping> mapping = session.mappings().take_any(object)) {
    // The server may still fill what is not complete: that stays taken.
    if (!session.pending().abandon(mapping->ticket)) free_memory(*mapping, true);
  }
}

// --- memory of the application's that backs an object ---

void Call::backs(marshal::ObjectId object, const void* memory) noexcept {
  if (failed() || object == 0 || memory == nullptr) return;
  channel_->session().facts().note(object, Facts::kBacking, reinterpret_cast<uintptr_t>(memory));
}

void Call::shares(marshal::ObjectId object, marshal::ObjectId parent, uint64_t offset) noexcept {
  if (failed()) return;
  void* const memory = channel_->session().facts().backing(parent);
  if (memory != nullptr) backs(object, static_cast<std::byte*>(memory) + offset);
}

void Call::land_backing(void* data, uint64_t written, marshal::ObjectId object) noexcept {
  if (failed() || data == nullptr || written < sizeof(void*)) return;
  const void* const memory = channel_->session().facts().backing(object);
  std::memcpy(data, &memory, sizeof memory);
}

void Call::land_backed_bits(void* data, uint64_t written, marshal::ObjectId object, uint64_t clear,
                            uint64_t set) noexcept {
  uint64_t bits = 0;
  if (failed() || data == nullptr || written < sizeof bits) return;
  if (channel_->session().facts().backing(object) == nullptr) return;
  std::memcpy(&bits, data, sizeof bits);
  bits = (bits & ~clear) | set;
  std::memcpy(data, &bits, sizeof bits);
}

}  // namespace ava::guest
