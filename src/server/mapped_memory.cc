// What a call does with mapped and mirrored memory.
#include "server/call.h"
#include "server/worker.h"

namespace ava::server {
namespace {

using marshal::Outcome;

// What an address that maps nothing points at.
alignas(16) std::byte g_unmapped[16];

marshal::Box box_of(const wire::Box* box) noexcept {
  if (box == nullptr) return {};
  return {box->row_bytes(), box->rows(), box->slices(), box->row_pitch(), box->slice_pitch()};
}

}  // namespace

void Call::map_into(const wire::Bulk* bulk, const wire::Box* box) {
  if (bulk == nullptr) return;
  note_slot(bulk);
  // Whoever waits for bytes waits for a slot: they come once the mapping is complete.
  const auto space = static_cast<marshal::Space>(bulk->space());
  const bool somewhere = space == marshal::Space::kArena || space == marshal::Space::kSpill;
  if (!somewhere || bulk->slot() == 0 || marshal::extent(box_of(box)) > bulk->size()) {
    return fail(Outcome::kRefused, 0);
  }
  worker_.notes().mapped_to = refer(*bulk, 0, true);
}

uint64_t Call::mapped(void* memory, marshal::ObjectId object, const wire::Box* box,
                      const marshal::Box& native_box) {
  if (memory == nullptr) return 0;
  const marshal::Box guest_box = box_of(box);
  if (marshal::content(guest_box) != 0 && !marshal::same_shape(guest_box, native_box)) {
    fail(Outcome::kRefused, 0);
    return 0;
  }
  CallNotes& notes = worker_.notes();
  notes.mapped = worker_.session().mappings().add(
      object, memory, marshal::content(guest_box) != 0 ? native_box : guest_box, guest_box);
  if (notes.mapped != nullptr) return notes.mapped->number;
  fail(Outcome::kExhausted, 0);
  return 0;
}

void* Call::unmap(uint64_t number, const wire::Bulk* bulk, marshal::ObjectId object,
                  unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  CallNotes& notes = worker_.notes();
  // Before anything else may fail the call: settle() puts it back then.
  notes.unmapped = worker_.session().mappings().take(number, object);
  if (notes.unmapped == nullptr) return g_unmapped;
  return take_back(*notes.unmapped, bulk, parameter) ? notes.unmapped->native : nullptr;
}

// The guest's bytes, where it wrote some. False after failing the call.
bool Call::take_back(const Mapping& mapping, const wire::Bulk* bulk, unsigned parameter) {
  if (bulk == nullptr) return true;
  if (marshal::extent(mapping.guest_box) > bulk->size()) {
    fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
    return false;
  }
  const void* bytes = refer(*bulk, parameter, false);
  if (bytes == nullptr) return false;
  marshal::copy_box(mapping.native, mapping.native_box, bytes, mapping.guest_box);
  return true;
}

// --- mirrored memory ---

uint64_t Call::mirror(void* memory, uint64_t size) {
  if (memory == nullptr) return 0;
  const auto address = reinterpret_cast<uintptr_t>(memory);
  if (worker_.session().mirrors().add({address, size})) return address;
  fail(Outcome::kExhausted, 0);
  return 0;
}

void* Call::mirrored(uint64_t address, uint64_t size, unsigned parameter) noexcept {
  if (!wanted(parameter)) return nullptr;
  if (worker_.session().mirrors().find(address, size)) return reinterpret_cast<void*>(address);
  fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
  return nullptr;
}

// Of addresses that the guest does not have, none is its own.
const void* Call::in_addresses(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                               unsigned parameter) {
  if (bulk != nullptr && bulk->space() == static_cast<uint32_t>(marshal::Space::kMissing)) {
    fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
    return nullptr;
  }
  return in_parsed(bytes, bulk, parameter);
}

void Call::mirrored_all(const void* list, uint64_t bytes, unsigned parameter) noexcept {
  if (list == nullptr) return;
  const std::span addresses(static_cast<const uint64_t*>(list), bytes / sizeof(uint64_t));
  for (const uint64_t address : addresses) {
    if (address != 0 && !failed()) mirrored(address, 0, parameter);
  }
}

void Call::unmirror_all(const void* list, uint64_t bytes, unsigned parameter) {
  if (list == nullptr) return;
  const std::span addresses(static_cast<const uint64_t*>(list), bytes / sizeof(uint64_t));
  for (const uint64_t address : addresses) {
    if (!failed()) unmirror(address, parameter);
  }
}

marshal::ObjectId Call::mirror_of(const void* address) noexcept {
  const auto at = reinterpret_cast<uintptr_t>(address);
  return worker_.session().mirrors().find(at, 0).value_or(Mirror{}).address;
}

void* Call::unmirror(uint64_t address, unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  CallNotes& notes = worker_.notes();
  notes.unmirrored.reserve(notes.unmirrored.size() + 1);  // before anything is taken out
  const std::optional<Mirror> mirror = worker_.session().mirrors().take(address);
  if (!mirror) {
    fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
    return nullptr;
  }
  notes.unmirrored.push_back(*mirror);
  // Nothing may read it any more.
  worker_.session().mappings().drop(mirror->address);
  return reinterpret_cast<void*>(address);
}

void* Call::unmap_mirrored(uint64_t address, uint64_t number, const wire::Bulk* bulk,
                           unsigned parameter) {
  void* const memory = mirrored(address, 0, parameter);
  if (memory == nullptr) return nullptr;
  CallNotes& notes = worker_.notes();
  notes.unmapped = worker_.session().mappings().take(number, mirror_of(memory));
  // As for unmap(): a number that is none names no mapping, which is the library's to judge.
  if (notes.unmapped == nullptr || notes.unmapped->native != memory) return memory;
  return take_back(*notes.unmapped, bulk, parameter) ? memory : nullptr;
}

}  // namespace ava::server
