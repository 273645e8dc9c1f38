// A session without processes: a forwarder over real shared memory, with this test playing the
// guest's threads on one side and the server on the other.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "marshal/bounds.h"
#include "router/forwarder.h"
#include "router/host_endpoint.h"
#include "transport/doorbell.h"

namespace ava::router {

inline constexpr uint64_t kTestArena = 1 << 20;

// The functions of an API whose arguments are two words.
enum ProbeFunction : uint32_t {
  kProbeNull = marshal::kFirstApiFunction,  // no arguments
  kProbeAdd,                                // (ctx, value): value <= 1000 else refused
};
inline constexpr uint64_t kProbeBadId = 0xbad;
inline constexpr uint64_t kProbeCost = 100;  // ns

inline CheckResult check_probe_null(std::span<const std::byte> body, const CheckContext&) noexcept {
  return {body.empty() ? Error::kOk : Error::kBadBody};
}
inline CheckResult check_probe_add(std::span<const std::byte> body, const CheckContext&) noexcept {
  std::array<uint64_t, 2> words;
  if (body.size() != sizeof words) return {Error::kBadBody};
  std::memcpy(&words, body.data(), sizeof words);
  if (words[0] == kProbeBadId) return {Error::kBadId, 0};
  if (words[1] > 1000) return {Error::kBadArgument, 1};
  return {};
}
inline Cost no_cost(std::span<const std::byte>) noexcept { return {}; }
inline Cost cost_probe_add(std::span<const std::byte>) noexcept {
  return {.device_time_ns = kProbeCost, .bandwidth_bytes = 8};
}

inline const Module& probe_module() {
  static constexpr const char* kParameters[] = {"ctx", "value"};
  static constexpr Function kFunctions[] = {
      {"probe_null", {}, check_probe_null, no_cost},
      {"probe_add", kParameters, check_probe_add, cost_probe_add}};
  static constexpr Module kModule{kModuleAbi, "probe", 0x1234, kFunctions};
  return kModule;
}

// The client's region, and a record of who was woken.
class EndpointDouble final : public HostEndpoint {
 public:
  EndpointDouble()
      : memory_(std::move(*transport::SharedMemory::create("test-region",
                                                           transport::kArenaOffset + kTestArena))) {
    transport::format_region(memory_.bytes(), kTestArena);
  }
  transport::RegionView region() const noexcept override {
    return transport::RegionView(memory_.bytes());
  }
  uint64_t arena_size() const noexcept override { return kTestArena; }
  int doorbell() const noexcept override { return -1; }
  int region_fd() const noexcept override { return memory_.fd(); }
  uint64_t region_offset() const noexcept override { return 0; }
  int interrupt_fd() const noexcept override { return -1; }
  void wake_guest(transport::ParkWord&) noexcept override { ++guest_wakes; }
  void end(uint32_t, Error) noexcept override {}
  uint64_t arena_resident(uint32_t) const noexcept override { return 0; }

  std::span<std::byte> bytes() const { return memory_.bytes(); }
  int guest_wakes = 0;

 private:
  transport::SharedMemory memory_;
};

// What a guest sends, before it is turned into bytes.
struct Sent {
  uint32_t function = kProbeNull;
  std::vector<uint64_t> arguments = {};
  std::vector<marshal::Dependency> dependencies = {};
  marshal::FrameHeader header{};  // counts and sizes are filled in
};

inline std::vector<std::byte> frame_bytes(const Sent& sent) {
  marshal::FrameHeader header = sent.header;
  header.dependency_count =
      static_cast<uint8_t>(header.dependency_count + sent.dependencies.size());
  header.body_size += static_cast<uint32_t>(sent.arguments.size() * sizeof(uint64_t));
  const std::array<std::span<const std::byte>, 3> parts = {
      std::as_bytes(std::span(&header, 1)), std::as_bytes(std::span(sent.dependencies)),
      std::as_bytes(std::span(sent.arguments))};
  std::vector<std::byte> bytes(parts[0].size() + parts[1].size() + parts[2].size());
  std::byte* end = bytes.data();
  for (const auto part : parts) end = std::copy(part.begin(), part.end(), end);
  return bytes;
}

// What arrived at the server.
struct Arrived {
  uint32_t function;
  uint64_t position;
  marshal::FrameHeader header;
  std::vector<std::byte> payload;
};

class SessionDouble {
 public:
  explicit SessionDouble(uint32_t channels = transport::kChannelExtent)
      : functions(probe_module()),
        counters(functions.rows(), functions.refusal_rows()),
        server_memory_(std::move(
            *transport::SharedMemory::create("test-server-region", transport::kServerRegionSize))),
        server(server_memory_.bytes()),
        forwarder({endpoint, server, functions, counters}) {
    forwarder.grant(channels);
    for (uint32_t i = 0; i < channels; ++i) {
      guests_.emplace_back(region().request_control(i), region().request_bytes(i), 0);
      servers_.emplace_back(server.control(i), server.ring_bytes(i), 0);
    }
  }

  transport::RegionView region() const { return endpoint.region(); }
  transport::RingControl& request(uint32_t channel) const {
    return region().request_control(channel);
  }

  // --- the guest ---
  // Publishes a frame, and leaves a notice if the channel is parked. Returns its position; 0 where
  // the request ring is full.
  uint64_t publish(uint32_t channel, const Sent& sent) {
    return publish_bytes(channel, sent.function, frame_bytes(sent));
  }
  uint64_t publish_bytes(uint32_t channel, uint32_t tag, std::span<const std::byte> payload) {
    const auto position = guests_[channel].try_write(tag, payload, {});
    must_ring = transport::publish_notice(region().header(), request(channel), channel);
    return position ? *position : 0;
  }
  bool has_room(uint32_t channel, uint64_t size) {
    return guests_[channel].reserve(size).has_value();
  }
  // Publishes, rings, and lets the router work until nothing moves.
  uint64_t call(uint32_t channel, const Sent& sent) {
    const uint64_t position = publish(channel, sent);
    forwarder.collect();
    settle();
    return position;
  }

  // --- the router ---
  Forwarder::Turn turn(int64_t now = 1) { return forwarder.turn(scratch_, now); }
  void settle() {
    while (turn().progress) {
    }
  }
  Error violation() const {
    return forwarder.violation() ? forwarder.violation()->error : Error::kOk;
  }

  // --- the server ---
  // All that is in a channel's ring.
  std::vector<Arrived> take(uint32_t channel) {
    std::vector<Arrived> result;
    while (auto one = take_one(channel)) result.push_back(std::move(*one));
    return result;
  }
  std::optional<Arrived> take_one(uint32_t channel) {
    const auto record = servers_[channel].try_read(server_scratch_);
    if (!record) return {};
    Arrived arrived{record->tag, record->position, {}, {}};
    arrived.payload.assign(record->payload.begin(), record->payload.end());
    std::memcpy(&arrived.header, arrived.payload.data(), sizeof arrived.header);
    return arrived;
  }

  EndpointDouble endpoint;
  FunctionTable functions;
  SessionCounters counters;

 private:
  transport::SharedMemory server_memory_;

 public:
  transport::ServerRegionView server;
  Forwarder forwarder;
  bool must_ring = false;  // did the last publish find the channel parked?

 private:
  alignas(8) std::array<std::byte, marshal::kMaxFrame> scratch_;
  alignas(8) std::array<std::byte, marshal::kMaxFrame> server_scratch_;
  std::vector<transport::RingWriter> guests_;
  std::vector<transport::RingReader> servers_;
};

}  // namespace ava::router
