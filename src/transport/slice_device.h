// One slice of a device's memory, as a guest's process has it: what the kernel module's file offers
// (ivshmem_device.h), and whatever else can offer the same.
//
// Threads: all members may be called from any thread, except the destructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "transport/guest_transport.h"
#include "transport/layout.h"

namespace ava::transport {

class SliceDevice {
 public:
  virtual ~SliceDevice() = default;

  // The whole slice, mapped read-write, not inherited over fork.
  virtual std::span<std::byte> slice() noexcept = 0;
  // Of the region in it.
  virtual uint64_t region_offset() const noexcept = 0;
  // Ring the host: for the control channel; for the region. Errors: kClosed (the device is gone).
  virtual Result<void> ring_control() noexcept = 0;
  virtual Result<void> ring_slice() noexcept = 0;
  // Sleeps while `word`, which lies in the slice, is 1; at most `timeout_ns`, negative: without
  // limit. May return early.
  virtual void wait(ParkWord& word, int64_t timeout_ns) noexcept = 0;
  // Makes all who wait look at their words again.
  virtual void wake() noexcept = 0;
};

// The file of the guest's kernel module: "/dev/ava0". Errors, each with a sentence: no module, no
// permission, no free slice, no router, another version.
tl::expected<std::unique_ptr<SliceDevice>, ConnectError> open_slice_device(const std::string& path);

// The PCI address of an ivshmem device that is bound to vfio-pci; empty where there is none.
std::string find_vfio_device();

// A slice of such a device: for one process at a time, without our kernel module. Errors, each with
// a sentence: no IOMMU, no permission, another process has it, no router, another version.
tl::expected<std::unique_ptr<SliceDevice>, ConnectError> open_vfio_device(
    const std::string& address);

// A router that shows no sign of life for so long, in nanoseconds, is not there. Long: a router
// that stops says so, and the whole host may be overloaded.
inline constexpr int64_t kSignOfLife = 10'000'000'000;

// GuestTransport over a slice. `where` names the device in sentences. Blocks for one round trip, at
// most `timeout_ns`.
tl::expected<std::unique_ptr<GuestTransport>, ConnectError> connect_slice(
    std::unique_ptr<SliceDevice> device, const std::string& where, const Hello& hello,
    int64_t timeout_ns = kConnectTimeout, int64_t sign_of_life_ns = kSignOfLife);

}  // namespace ava::transport
