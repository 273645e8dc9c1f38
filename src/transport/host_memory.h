// The host's half of a session's memory: made here, sealed (SHRINK, GROW, SEAL), and described by
// records that no peer can write.
#pragma once

#include <sys/types.h>

#include <span>

#include "base/result.h"
#include "base/unique_fd.h"
#include "transport/layout.h"
#include "transport/ring.h"

namespace ava::transport {

// A shared mapping with its descriptor; unmaps and closes when it goes away. Not inherited over
// fork: in a child, destroying a copied object closes the descriptor and leaves addresses alone.
class SharedMemory {
 public:
  SharedMemory() = default;
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  // A sealed, sparse memfd of `size` bytes. Errors: kSystem.
  static Result<SharedMemory> create(const char* name, uint64_t size) noexcept;
  // Maps what another process made; refuses a descriptor that is smaller than `size` or not sealed
  // against shrinking (the peer could otherwise raise SIGBUS here). With `offset`, a multiple of
  // pages, only that part of it. Errors: kBadMessage, kSystem.
  static Result<SharedMemory> adopt(UniqueFd fd, uint64_t size, uint64_t offset = 0) noexcept;

  std::span<std::byte> bytes() const noexcept { return {data_, size_}; }
  int fd() const noexcept { return fd_.get(); }

 private:
  SharedMemory(UniqueFd fd, std::byte* data, uint64_t size) noexcept;
  void unmap() noexcept;

  UniqueFd fd_;
  std::byte* data_ = nullptr;
  uint64_t size_ = 0;
  pid_t owner_ = 0;  // the process that has the mapping
};

// Typed access to a session's region. A view: borrows the bytes. Used by guest, router and server;
// offsets are the layout's constants, never read from the region.
class RegionView {
 public:
  RegionView() = default;
  explicit RegionView(std::span<std::byte> bytes) noexcept : bytes_(bytes) {}

  RegionHeader& header() const noexcept;
  RingControl& request_control(uint32_t channel) const noexcept;
  std::span<std::byte> request_bytes(uint32_t channel) const noexcept;
  ReplyControl& reply_control(uint32_t channel) const noexcept;
  std::span<std::byte> reply_bytes(uint32_t channel) const noexcept;
  RingControl& upcall_control() const noexcept;
  std::span<std::byte> upcall_bytes() const noexcept;
  std::atomic<uint64_t>& completion(uint32_t slot) const noexcept;
  std::span<std::byte> arena() const noexcept;

 private:
  std::span<std::byte> bytes_;
};

// The same for the server region.
class ServerRegionView {
 public:
  ServerRegionView() = default;
  explicit ServerRegionView(std::span<std::byte> bytes) noexcept : bytes_(bytes) {}

  ServerRegionHeader& header() const noexcept;
  RingControl& control(uint32_t channel) const noexcept;
  std::span<std::byte> ring_bytes(uint32_t channel) const noexcept;

 private:
  std::span<std::byte> bytes_;
};

// Writes a region's header. `bytes` is a new region of kArenaOffset + arena_size bytes.
void format_region(std::span<std::byte> bytes, uint64_t arena_size) noexcept;
// The same for a new server region of kServerRegionSize bytes.
void format_server_region(std::span<std::byte> bytes) noexcept;

}  // namespace ava::transport
