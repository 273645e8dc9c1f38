// What a call does with mirrored memory (mirrors.h).
#include <cstring>
#include <exception>

#include "guest/call.h"
#include "guest/channel.h"
#include "guest/runtime.h"

namespace ava::guest {
namespace {

// Of the application's list, which may lie unaligned.
const void* address_at(const void* list, uint64_t at) noexcept {
  const void* address = nullptr;
  std::memcpy(&address, static_cast<const std::byte*>(list) + at, sizeof address);
  return address;
}

wire::Bulk reference_to(uint64_t address, uint64_t size) noexcept {
  return {address, size, static_cast<uint32_t>(marshal::Space::kMirrored), 0};
}

}  // namespace

bool is_mirrored(const void* pointer) noexcept {
  Runtime* const runtime = Runtime::get();
  Session* const session = runtime != nullptr ? runtime->session() : nullptr;
  return session != nullptr && session->mirrors().find(pointer).has_value();
}

uint64_t Call::mirrored(const void* pointer, unsigned parameter) noexcept {
  this->pointer(parameter, pointer);
  if (failed() || pointer == nullptr) return 0;
  if (!channel_->session().mirrors().find(pointer)) {
    fail(marshal::Outcome::kRefused, static_cast<uint16_t>(parameter));
  }
  return reinterpret_cast<uintptr_t>(pointer);
}

marshal::ObjectId Call::mirror_of(const void* pointer) noexcept {
  if (failed()) return 0;
  return channel_->session().mirrors().find(pointer).value_or(Mirror{}).address;
}

uint64_t Call::unmirror(const void* begin, unsigned parameter) noexcept {
  this->pointer(parameter, begin);
  if (failed() || begin == nullptr) return 0;
  unmirror_all(&begin, sizeof begin, parameter);
  return reinterpret_cast<uintptr_t>(begin);
}

// A list that in() did not find there has none.
bool Call::has_addresses(const void* list, unsigned parameter) noexcept {
  if (failed() || list == nullptr) return false;
  if (channel_->scratch().missing == list) {
    fail(marshal::Outcome::kRefused, static_cast<uint16_t>(parameter));
  }
  return !failed();
}

void Call::mirrored_all(const void* list, uint64_t bytes, unsigned parameter) noexcept {
  if (!has_addresses(list, parameter)) return;
  for (uint64_t at = 0; bytes - at >= sizeof(void*); at += sizeof(void*)) {
    const void* const address = address_at(list, at);
    if (address != nullptr && !channel_->session().mirrors().find(address)) {
      return fail(marshal::Outcome::kRefused, static_cast<uint16_t>(parameter));
    }
  }
}

void Call::unmirror_all(const void* list, uint64_t bytes, unsigned parameter) noexcept {
  if (!has_addresses(list, parameter)) return;
  std::vector<Mirror>& unmirrored = channel_->scratch().unmirrored;
  try {
    unmirrored.reserve(unmirrored.size() + bytes / sizeof(void*));
  } catch (const std::exception&) {
    return fail(marshal::Outcome::kExhausted);
  }
  for (uint64_t at = 0; bytes - at >= sizeof(void*); at += sizeof(void*)) {
    const auto mirror = channel_->session().mirrors().take(address_at(list, at));
    if (!mirror) return fail(marshal::Outcome::kRefused, static_cast<uint16_t>(parameter));
    unmirrored.push_back(*mirror);
  }
}

In Call::in_mirrored(const void* data, uint64_t size, unsigned parameter) noexcept {
  In result;
  result.bulk = reference_to(mirrored(data, parameter), size);
  return result;
}

Out Call::out_mirrored(void* data, uint64_t size, unsigned parameter) noexcept {
  Out result;
  result.bulk = reference_to(mirrored(data, parameter), size);
  return result;
}

Map Call::map_mirrored(void* pointer, const marshal::Box& box, bool reads, bool writes) noexcept {
  Map map;
  const marshal::ObjectId object = mirror_of(pointer);
  if (object == 0 || marshal::extent(box) == 0) return map;
  Mapping mapping;
  mapping.object = object;
  mapping.pointer = pointer;
  mapping.box = box;
  mapping.writes = writes;
  return arrange(mapping, reads);
}

void* Call::land_mirror(uint64_t address, uint64_t size) noexcept {
  if (failed() || address == 0) return nullptr;
  if (channel_->session().mirrors().add({address, size}) == Mirrors::Added::kFailed) {
    fail(marshal::Outcome::kExhausted);
    return nullptr;
  }
  return reinterpret_cast<void*>(address);
}

void Call::settle_mirrors(bool success) noexcept {
  Mirrors& mirrors = channel_->session().mirrors();
  for (const Mirror& mirror : channel_->scratch().unmirrored) {
    if (!success) {
      mirrors.put_back(mirror);
      continue;
    }
    forget_mappings(mirror.address);
    mirrors.unmap(mirror);
  }
}

}  // namespace ava::guest
