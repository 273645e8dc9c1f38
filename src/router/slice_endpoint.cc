#include "router/slice_endpoint.h"

#include "transport/resident.h"
#include "transport/session_end.h"

namespace ava::router {

SliceEndpoint::SliceEndpoint(std::shared_ptr<const transport::IvshmemMemory> memory, uint32_t slice,
                             uint64_t arena_size, std::function<void()> released) noexcept
    : memory_(std::move(memory)),
      slice_(slice),
      arena_size_(arena_size),
      released_(std::move(released)) {
  transport::format_region(bytes(), arena_size_);
}

SliceEndpoint::~SliceEndpoint() { released_(); }

std::span<std::byte> SliceEndpoint::bytes() const noexcept {
  return memory_->region(slice_).first(transport::kArenaOffset + arena_size_);
}

transport::RegionView SliceEndpoint::region() const noexcept {
  return transport::RegionView(bytes());
}

void SliceEndpoint::wake_guest(transport::ParkWord&) noexcept { memory_->interrupt(slice_); }

void SliceEndpoint::end(uint32_t channels, Error reason) noexcept {
  // A server sleeps on a futex for room among the upcalls; everybody else is in the guest.
  transport::end_session(region(), channels, reason, transport::futex_unpark);
  memory_->interrupt(slice_);
}

uint64_t SliceEndpoint::arena_resident(uint32_t) const noexcept {
  return transport::resident_bytes(region().arena());
}

}  // namespace ava::router
