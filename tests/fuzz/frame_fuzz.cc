// The payload of a request's record, as a guest may write it.
#include "marshal/frame.h"

#include <vector>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ava::marshal;
  // Frames are parsed in 8-byte aligned private copies, of exactly their size here.
  std::vector<uint64_t> copy((size + 7) / 8);
  if (size != 0) std::memcpy(copy.data(), data, size);
  const std::span<std::byte> payload = std::as_writable_bytes(std::span(copy)).first(size);

  const auto frame = parse_frame(payload);
  if (!frame) return 0;
  FUZZ_CHECK(frame->dependencies.size() == frame->header->dependency_count);
  FUZZ_CHECK(frame->dependencies.size() <= kMaxDependencies);
  FUZZ_CHECK(frame->body.size() == frame->header->body_size);
  FUZZ_CHECK(frame->body.data() + frame->body.size() <= payload.data() + payload.size());
  return 0;
}
