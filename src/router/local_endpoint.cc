#include "router/local_endpoint.h"

#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "transport/park.h"
#include "transport/resident.h"
#include "transport/session_end.h"

namespace ava::router {

Result<std::unique_ptr<LocalEndpoint>> LocalEndpoint::create(uint64_t arena_size) {
  auto memory = transport::SharedMemory::create("ava-region", transport::kArenaOffset + arena_size);
  if (!memory) return fail(memory.error());
  transport::format_region(memory->bytes(), arena_size);
  // Non-blocking: the guest may fill it up, and must not block who else writes.
  UniqueFd doorbell(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!doorbell) {
    AVA_ERROR("cannot make a doorbell: %s", std::strerror(errno));
    return fail(Error::kSystem);
  }
  return std::unique_ptr<LocalEndpoint>(
      new LocalEndpoint(std::move(*memory), std::move(doorbell), arena_size));
}

LocalEndpoint::LocalEndpoint(transport::SharedMemory memory, UniqueFd doorbell,
                             uint64_t arena_size) noexcept
    : memory_(std::move(memory)), doorbell_(std::move(doorbell)), arena_size_(arena_size) {}

transport::RegionView LocalEndpoint::region() const noexcept {
  return transport::RegionView(memory_.bytes());
}

void LocalEndpoint::wake_guest(transport::ParkWord& word) noexcept {
  transport::futex_unpark(word);
}

void LocalEndpoint::end(uint32_t channels, Error reason) noexcept {
  transport::end_session(region(), channels, reason);
}

uint64_t LocalEndpoint::arena_resident(uint32_t channels) const noexcept {
  struct stat status;
  if (::fstat(memory_.fd(), &status) != 0) return 0;
  const uint64_t resident = static_cast<uint64_t>(status.st_blocks) * 512;
  // Less what lies before the arena: the header and the granted channels. Asking for those pages
  // alone is cheap; the arena has too many.
  const uint64_t before = transport::kChannelOffset + channels * transport::kChannelStride;
  return resident - std::min(resident, transport::resident_bytes(memory_.bytes().first(before)));
}

}  // namespace ava::router
