#include "marshal/frame.h"

namespace ava::marshal {

Result<Frame> parse_frame(std::span<std::byte> payload) noexcept {
  if (payload.size() < sizeof(FrameHeader)) return fail(Error::kFrameTooSmall);
  auto* header = reinterpret_cast<FrameHeader*>(payload.data());
  if (header->dependency_count > kMaxDependencies || header->reserved != 0) {
    return fail(Error::kBadFrame);
  }
  const uint64_t dependency_bytes = header->dependency_count * sizeof(Dependency);
  // Cannot overflow: the count is at most four, body_size is 32-bit, the sum 64-bit.
  if (sizeof(FrameHeader) + dependency_bytes + header->body_size != payload.size()) {
    return fail(Error::kBadFrame);
  }
  auto* rest = payload.data() + sizeof(FrameHeader);
  return Frame{header,
               {reinterpret_cast<const Dependency*>(rest), header->dependency_count},
               payload.subspan(sizeof(FrameHeader) + dependency_bytes)};
}

}  // namespace ava::marshal
