// A peer that writes what it likes into a ring's shared words and bytes, between our operations.
#include "transport/ring.h"

#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

using namespace ava;
using namespace ava::transport;

constexpr uint64_t kCapacity = 256;
constexpr size_t kScratch = 128;

// What we read stays inside the scratch, and our position only moves forward, by whole records.
void step_reader(RingReader& reader, std::span<std::byte> scratch) {
  const uint64_t before = reader.position();
  const auto record = reader.try_read(scratch);
  if (!record) {
    FUZZ_CHECK(reader.position() == before);
    return;
  }
  FUZZ_CHECK(record->payload.data() >= scratch.data());
  FUZZ_CHECK(record->payload.size() <= scratch.size());
  FUZZ_CHECK(record->position == before + record_length(record->payload.size()));
  FUZZ_CHECK(reader.position() == record->position);
}

void step_writer(RingWriter& writer, std::span<const std::byte> payload) {
  const uint64_t before = writer.position();
  const auto position = writer.try_write(1, payload, {});
  FUZZ_CHECK(writer.position() == (position ? before + record_length(payload.size()) : before));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  RingControl control{};
  std::vector<std::byte> bytes(kCapacity);
  alignas(8) std::byte scratch[kScratch];
  // Near the wrap of 64 bits as often as not.
  const uint64_t start = input.number<int8_t>() < 0 ? ~uint64_t{0} - 1023 : 0;
  const uint64_t position = start & ~(kRecordAlign - 1);
  control.head.store(position);
  control.tail.store(position);
  RingReader reader(control, bytes, position);
  RingWriter writer(control, bytes, position);

  while (!input.empty()) {
    switch (input.number<uint8_t>() % 6) {
      case 0:
        control.tail.store(input.number<uint64_t>());
        break;
      case 1:
        control.tail.store(reader.position() + input.number<uint16_t>());
        break;
      case 2:
        control.head.store(writer.position() - input.number<uint16_t>());
        break;
      case 3: {
        const size_t offset = input.number<uint8_t>() % kCapacity;
        const auto written = input.bytes(kCapacity - offset < 16 ? kCapacity - offset : 16);
        std::memcpy(bytes.data() + offset, written.data(), written.size());
        break;
      }
      case 4:
        step_reader(reader, scratch);
        break;
      default:
        step_writer(writer, input.bytes(input.number<uint8_t>()));
        break;
    }
  }
  return 0;
}
