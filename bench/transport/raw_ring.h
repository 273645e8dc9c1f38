// The ring of transport/ring.h without its defences: the baseline that tells their price.
//
// Same records, same wrap, same release and acquire; but the positions live in the shared object
// alone and are believed, sizes are believed, and a record may be read where it lies. Whoever
// shares this with a hostile peer hands it the process.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <span>

#include "transport/ring.h"

namespace ava::bench {

class RawRing {
 public:
  RawRing(transport::RingControl& control, std::span<std::byte> bytes)
      : control_(control), bytes_(bytes) {}

  // Not inlined, as the hardened ring's are not: the comparison is of what they do.
  [[gnu::noinline]] bool write(uint32_t tag, std::span<const std::byte> payload) {
    const uint64_t length = transport::record_length(payload.size());
    const uint64_t tail = control_.tail.load(std::memory_order_relaxed);
    if (tail - control_.head.load(std::memory_order_acquire) + length > bytes_.size()) return false;
    const transport::RecordHeader record{static_cast<uint32_t>(payload.size()), tag};
    std::memcpy(bytes_.data() + (tail & (bytes_.size() - 1)), &record, sizeof record);
    put(tail + sizeof record, payload.data(), payload.size());
    control_.tail.store(tail + length, std::memory_order_release);
    return true;
  }

  [[gnu::noinline]] bool read(std::span<std::byte> scratch) {
    const uint64_t head = control_.head.load(std::memory_order_relaxed);
    if (control_.tail.load(std::memory_order_acquire) == head) return false;
    transport::RecordHeader record;
    std::memcpy(&record, bytes_.data() + (head & (bytes_.size() - 1)), sizeof record);
    get(head + sizeof record, scratch.data(), record.size);
    control_.head.store(head + transport::record_length(record.size), std::memory_order_release);
    return true;
  }

  // Hands the payload to `use` where it lies, in one piece; works for records that never wrap.
  template <typename Use>
  [[gnu::noinline]] bool read_in_place(Use&& use) {
    const uint64_t head = control_.head.load(std::memory_order_relaxed);
    if (control_.tail.load(std::memory_order_acquire) == head) return false;
    const std::byte* at = bytes_.data() + (head & (bytes_.size() - 1));
    transport::RecordHeader record;
    std::memcpy(&record, at, sizeof record);
    use(std::span(at + sizeof record, record.size));
    control_.head.store(head + transport::record_length(record.size), std::memory_order_release);
    return true;
  }

 private:
  void put(uint64_t position, const void* data, uint64_t size) {
    const uint64_t at = position & (bytes_.size() - 1);
    const uint64_t first = std::min<uint64_t>(size, bytes_.size() - at);
    if (first != 0) std::memcpy(bytes_.data() + at, data, first);
    if (size > first) {
      std::memcpy(bytes_.data(), static_cast<const std::byte*>(data) + first, size - first);
    }
  }
  void get(uint64_t position, void* data, uint64_t size) const {
    const uint64_t at = position & (bytes_.size() - 1);
    const uint64_t first = std::min<uint64_t>(size, bytes_.size() - at);
    if (first != 0) std::memcpy(data, bytes_.data() + at, first);
    if (size > first) {
      std::memcpy(static_cast<std::byte*>(data) + first, bytes_.data(), size - first);
    }
  }

  transport::RingControl& control_;
  std::span<std::byte> bytes_;
};

}  // namespace ava::bench
