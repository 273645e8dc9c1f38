// Memory that the application lends to the library until another call gives it back: a private
// copy, which stands among the mappings as that of no object.
//
// Trust: how much there is the router has compared with what came; the number with which it is
// given back is the guest's, and looked up.
#include <sys/mman.h>

#include <cstring>

#include "server/call.h"
#include "server/worker.h"

namespace ava::server {
namespace {

using marshal::Outcome;

constexpr marshal::ObjectId kNoObject = 0;

// What an address that is lent to nobody points at.
alignas(16) std::byte g_unregistered[16];

// Zeros, of which the kernel sets aside what is touched. Null: there is no room for so much.
std::shared_ptr<std::byte> pages(uint64_t size) {
  if (size > marshal::kMaxSpill) return nullptr;
  const uint64_t mapped = std::max<uint64_t>(size, 1);
  void* const memory = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {static_cast<std::byte*>(memory), [mapped](std::byte* at) { ::munmap(at, mapped); }};
}

}  // namespace

void* Call::registers(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                      uint64_t size, unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  // No guest library lends memory that is not there.
  if (bulk != nullptr && bulk->space() == static_cast<uint32_t>(marshal::Space::kMissing)) {
    fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
    return nullptr;
  }
  const auto memory = pages(size);
  // Asked before the native call: afterwards the library has the address.
  if (memory == nullptr || worker_.session().mappings().full()) {
    fail(Outcome::kExhausted, 0);
    return nullptr;
  }
  const auto from = source(bytes, bulk, parameter);
  if (from.data() == nullptr) return nullptr;
  if (!from.empty()) std::memcpy(memory.get(), from.data(), std::min(size, from.size()));
  worker_.notes().to_keep.push_back({parameter, memory});
  return memory.get();
}

uint64_t Call::registered(uint64_t size, unsigned parameter, bool success) {
  if (!success) return 0;
  for (CallNotes::ToKeep& lent : worker_.notes().to_keep) {
    if (lent.parameter != parameter) continue;
    auto* const native = static_cast<std::byte*>(const_cast<void*>(lent.memory.get()));
    const marshal::Box box = marshal::one_row(size);
    const auto mapping = worker_.session().mappings().add(kNoObject, native, box, box, lent.memory);
    if (mapping != nullptr) return mapping->number;
    // Others were faster. The library has it: it stays, and nobody can give it back.
    worker_.session().kept_bytes().keep(kNoObject, lent.memory);
    fail(Outcome::kExhausted, 0);
  }
  return 0;
}

void* Call::unregisters(uint64_t number, unsigned parameter) {
  if (!wanted(parameter)) return nullptr;
  CallNotes& notes = worker_.notes();
  // Before anything else may fail the call: settle() puts it back then.
  notes.unmapped = worker_.session().mappings().take(number, kNoObject);
  if (notes.unmapped == nullptr) return g_unregistered;
  notes.given_back = notes.unmapped;
  return notes.unmapped->native;
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Call::unregistered(const wire::Bulk* output,
                                                                     unsigned parameter,
                                                                     bool success) {
  const std::shared_ptr<Mapping> mapping = std::move(worker_.notes().given_back);
  if (!success || mapping == nullptr || output == nullptr) return {};
  void* const to = out(output, parameter);
  if (to == nullptr) return {};
  const uint64_t size = std::min(output->size(), marshal::content(mapping->guest_box));
  std::memcpy(to, mapping->native, size);
  return reply_bytes(output, to, size);
}

}  // namespace ava::server
