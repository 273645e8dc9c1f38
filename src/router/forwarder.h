// A session's data path: moves frames from the client's channels to its server's, each one checked.
//
// Trust:   the client's region and the server's are hostile memory. What only a liar writes is a
//          Violation: the forwarder then stops, and the session is to be ended with it.
// Threads: the session's worker, except the constructor and grant(), which are the main thread's.
// Bounds:  a turn moves at most kFramesPerTurn frames and about kBytesPerTurn bytes, whatever the
//          client has published; then it is the next session's turn. Only channels that have
//          something, or had a moment ago, cost anything.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "router/channel.h"
#include "router/counters.h"
#include "router/frame_check.h"
#include "router/violation.h"

namespace ava::router {

class Forwarder {
 public:
  static constexpr uint32_t kFramesPerTurn = 64;
  static constexpr uint64_t kBytesPerTurn = 128 * 1024;

  // All borrowed, for the forwarder's life.
  struct Parts {
    HostEndpoint& endpoint;
    transport::ServerRegionView server;
    const FunctionTable& functions;
    SessionCounters& counters;
  };
  explicit Forwarder(const Parts& parts) noexcept;

  // Lets the client use `channels` channels in all; to be called before it is told so. Grows only.
  void grant(uint32_t channels) noexcept;
  uint32_t granted() const noexcept { return granted_.load(std::memory_order_acquire); }

  // The client rang: channels that it marked become active.
  void collect();
  // The server rang: it took something from a ring that was full.
  void retry();

  struct Turn {
    bool progress = false;  // something was moved
    bool active = false;    // some channels are polled still
  };
  // One bounded turn. `scratch` is as large as the largest frame and 8-byte aligned.
  Turn turn(std::span<std::byte> scratch, int64_t now_ns);

  // Parks the channels that have been empty since before `since_ns`. True if some stay active.
  bool park_idle(int64_t since_ns) noexcept;

  // Was anything forwarded yet? From then on the session needs a server.
  bool has_forwarded() const noexcept { return has_forwarded_; }
  const std::optional<Violation>& violation() const noexcept { return violation_; }

 private:
  struct Budget {
    uint32_t frames = kFramesPerTurn;
    uint64_t bytes = kBytesPerTurn;
    bool left() const noexcept { return frames > 0 && bytes > 0; }
    void spend(uint64_t size) noexcept {
      --frames;
      bytes -= size < bytes ? size : bytes;
    }
  };

  Channel& channel(uint32_t number);
  void activate(Channel& channel);
  void drop_active(size_t index) noexcept;
  // Moves frames of one channel. True if any.
  bool serve(Channel& channel, std::span<std::byte> scratch, Budget& budget);
  bool forward(Channel& channel, const transport::Record& record);
  bool check_dependencies(Channel& channel, const marshal::Frame& frame, uint32_t function);
  void count(uint32_t function, const marshal::Frame& frame, const FrameFinding& finding) noexcept;
  // Both return false, so that callers can stop with it.
  bool accuse(Error error, Violation::By by, const Channel& channel) noexcept;
  bool accuse_call(Error error, const Channel& channel, uint32_t function,
                   uint16_t parameter = kNoParameter) noexcept;

  HostEndpoint& endpoint_;
  const transport::RegionView region_;
  const transport::ServerRegionView server_;
  const FunctionTable& functions_;
  SessionCounters& counters_;
  const CheckContext context_;
  std::atomic<uint32_t> granted_{0};

  std::vector<std::unique_ptr<Channel>> channels_;  // by number; null until first used
  std::vector<Channel*> active_;
  std::vector<Channel*> blocked_;
  size_t next_ = 0;  // where in active_ the next turn begins
  bool has_forwarded_ = false;
  std::optional<Violation> violation_;
};

}  // namespace ava::router
