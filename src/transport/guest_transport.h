// How a guest reaches its region and the two other parties, whatever lies between them: a control
// socket and a memfd on one host, a slice of a device's memory in a virtual machine. Callers know
// neither.
//
// Threads: all members may be called from any thread, except the destructor.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "transport/layout.h"

namespace ava::transport {

struct Hello {
  std::string api;  // at most kApiNameBytes - 1 characters
  uint64_t wire_hash;
};

struct ConnectError {
  Error error;
  std::string sentence;  // for a person: what happened, both sides' versions, what to do
};

class GuestTransport {
 public:
  virtual ~GuestTransport() = default;

  // The whole region, mapped read-write, not inherited over fork.
  virtual std::span<std::byte> region() noexcept = 0;
  // Channels usable so far; grows only.
  virtual uint32_t channels() const noexcept = 0;
  // Asks for `wanted` channels in all; blocks for one control round trip. Returns how many there
  // are. Errors: kExhausted (the quota), kClosed.
  virtual Result<uint32_t> grow_channels(uint32_t wanted) noexcept = 0;
  // Wakes the router: it will look at the channels whose pending bit is set.
  virtual void ring_doorbell() noexcept = 0;
  // Sleeps while `word`, which lies in the region, is 1; at most `timeout_ns`. May return early.
  virtual void park(ParkWord& word, int64_t timeout_ns) noexcept = 0;
  // Wakes who sleeps on `word` of the region, which the caller has claimed: this process's threads,
  // and where it can be done from here, the server's.
  virtual void unpark(ParkWord& word) noexcept = 0;
  // Is the router still there? A system call; for time-outs, not for every call.
  virtual bool peer_alive() noexcept = 0;
  // Can zeroes take the region's place under its users, as where a device is taken away? Its header
  // then says, first of all, that the session has ended. So what was read there counts only if the
  // session has not ended by then.
  virtual bool may_vanish() const noexcept { return false; }
};

inline constexpr int64_t kConnectTimeout = 5'000'000'000;  // nanoseconds

// Connects to `endpoint`: the path of a router's socket. Blocks for one round trip, at most
// `timeout_ns`.
tl::expected<std::unique_ptr<GuestTransport>, ConnectError> connect(
    const std::string& endpoint, const Hello& hello, int64_t timeout_ns = kConnectTimeout);

// Connects by default_transport(), as default_endpoint() or default_device() says.
tl::expected<std::unique_ptr<GuestTransport>, ConnectError> connect(
    const Hello& hello, int64_t timeout_ns = kConnectTimeout);

// AVA_TRANSPORT; else "socket" where AVA_SOCKET names one; else "ivshmem" where default_device() is
// there, "vfio" where an ivshmem device is bound to vfio-pci; else "socket".
std::string default_transport();

// AVA_DEVICE, else /dev/ava0: the file of the kernel module in a virtual machine.
std::string default_device();

// AVA_SOCKET, else $XDG_RUNTIME_DIR/ava.sock for a user, else /run/ava/ava.sock. The router and the
// guest library use the same rule.
std::string default_endpoint();

}  // namespace ava::transport
