// HostEndpoint for a client in a virtual machine: a slice of the machine's memory, its doorbell,
// and the interrupt that makes the guest's kernel look who may go on.
#pragma once

#include <functional>
#include <memory>

#include "router/host_endpoint.h"
#include "transport/ivshmem_memory.h"

namespace ava::router {

class SliceEndpoint final : public HostEndpoint {
 public:
  // Formats the slice's region, of whose arena `arena_size` bytes are used. `released` is called on
  // destruction, by whichever thread that happens: nothing of the host's touches the slice any
  // more.
  SliceEndpoint(std::shared_ptr<const transport::IvshmemMemory> memory, uint32_t slice,
                uint64_t arena_size, std::function<void()> released) noexcept;
  ~SliceEndpoint() override;

  transport::RegionView region() const noexcept override;
  uint64_t arena_size() const noexcept override { return arena_size_; }
  int doorbell() const noexcept override { return memory_->doorbell(slice_); }
  int region_fd() const noexcept override { return memory_->fd(); }
  uint64_t region_offset() const noexcept override { return memory_->region_offset(slice_); }
  int interrupt_fd() const noexcept override { return memory_->interrupt_fd(slice_); }
  void wake_guest(transport::ParkWord& word) noexcept override;
  void end(uint32_t channels, Error reason) noexcept override;
  uint64_t arena_resident(uint32_t channels) const noexcept override;

 private:
  std::span<std::byte> bytes() const noexcept;

  std::shared_ptr<const transport::IvshmemMemory> memory_;
  uint32_t slice_;
  uint64_t arena_size_;
  std::function<void()> released_;
};

}  // namespace ava::router
