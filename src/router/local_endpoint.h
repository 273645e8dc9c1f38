// HostEndpoint for a client that is a process of this host: a sealed memfd, an eventfd, futexes.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "router/host_endpoint.h"

namespace ava::router {

class LocalEndpoint final : public HostEndpoint {
 public:
  // Errors: kSystem (out of memory, address space or descriptors).
  static Result<std::unique_ptr<LocalEndpoint>> create(uint64_t arena_size);

  transport::RegionView region() const noexcept override;
  uint64_t arena_size() const noexcept override { return arena_size_; }
  int doorbell() const noexcept override { return doorbell_.get(); }
  int region_fd() const noexcept override { return memory_.fd(); }
  uint64_t region_offset() const noexcept override { return 0; }
  int interrupt_fd() const noexcept override { return -1; }
  void wake_guest(transport::ParkWord& word) noexcept override;
  void end(uint32_t channels, Error reason) noexcept override;
  uint64_t arena_resident(uint32_t channels) const noexcept override;

 private:
  LocalEndpoint(transport::SharedMemory memory, UniqueFd doorbell, uint64_t arena_size) noexcept;

  transport::SharedMemory memory_;
  UniqueFd doorbell_;
  uint64_t arena_size_;
};

}  // namespace ava::router
