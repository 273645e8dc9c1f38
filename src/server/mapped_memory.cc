// What a call does with mapped memory.
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
  const Mapping& mapping = *notes.unmapped;
  if (bulk != nullptr) {
    if (marshal::extent(mapping.guest_box) > bulk->size()) {
      fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
      return nullptr;
    }
    const void* bytes = refer(*bulk, parameter, false);
    if (bytes == nullptr) return nullptr;
    marshal::copy_box(mapping.native, mapping.native_box, bytes, mapping.guest_box);
  }
  return mapping.native;
}

}  // namespace ava::server
