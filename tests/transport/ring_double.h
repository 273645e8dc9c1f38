// A ring of a small capacity with both ends, or with one end and a hand that plays a hostile other.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "transport/ring.h"

namespace ava::transport {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

struct RingDouble {
  explicit RingDouble(uint64_t capacity, uint64_t position = 0)
      : bytes(capacity), writer(control, bytes, position), reader(control, bytes, position) {
    control.tail.store(position);
    control.head.store(position);
  }

  // The hostile producer: a header at the stream position `at`, then `tail` as what is published.
  RingDouble& header(uint64_t at, RecordHeader record) {
    std::memcpy(bytes.data() + at % bytes.size(), &record, sizeof record);
    return *this;
  }
  RingDouble& publish(uint64_t tail) {
    control.tail.store(tail, std::memory_order_release);
    return *this;
  }

  Result<uint64_t> write(std::string_view text, uint32_t tag = 0) {
    return writer.try_write(tag, as_bytes(text), {});
  }
  // The next record's payload, or the error's name.
  std::string read() {
    const auto record = reader.try_read(scratch);
    if (!record) return error_name(record.error());
    return std::string(reinterpret_cast<const char*>(record->payload.data()),
                       record->payload.size());
  }

  RingControl control{};
  std::vector<std::byte> bytes;
  alignas(8) std::array<std::byte, 512> scratch{};
  RingWriter writer;
  RingReader reader;
};

}  // namespace ava::transport
