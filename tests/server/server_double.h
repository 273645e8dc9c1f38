// A session in memory, with the router and the guest played by the test: frames go into the server
// rings, replies are read from the region.
#pragma once

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "marshal/frame.h"
#include "server/session.h"
#include "transport/doorbell.h"

namespace ava::server {

struct Reply {
  marshal::Outcome outcome;
  uint16_t detail;
  std::vector<std::byte> bytes;

  template <typename T>
  T fixed() const {
    EXPECT_EQ(bytes.size(), sizeof(T));
    T value{};
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(T)));
    return value;
  }
  template <typename T>
  const T* table() const {
    return flatbuffers::GetRoot<T>(bytes.data());
  }
};

struct PostOptions {
  uint16_t flags = marshal::kWantsReply;
  marshal::Verdict verdict = marshal::Verdict::kPass;
  uint16_t verdict_detail = 0;
  std::vector<marshal::Dependency> dependencies = {};
};

// One channel, with the router's end of its ring and the guest's view of its replies.
class ChannelDouble {
 public:
  ChannelDouble(transport::RegionView region, transport::ServerRegionView server, uint32_t channel)
      : region_(region),
        server_(server),
        channel_(channel),
        writer_(server.control(channel), server.ring_bytes(channel), 0) {}

  // Publishes a frame and returns its position.
  uint64_t post(uint32_t function, std::span<const std::byte> body, const PostOptions& with = {}) {
    marshal::FrameHeader header{};
    header.flags = with.flags;
    header.dependency_count = static_cast<uint8_t>(with.dependencies.size());
    header.verdict = with.verdict;
    header.verdict_detail = with.verdict_detail;
    header.body_size = static_cast<uint32_t>(body.size());
    return post(function, header, body, with.dependencies);
  }
  uint64_t post(uint32_t function, const marshal::FrameHeader& header,
                std::span<const std::byte> body,
                std::span<const marshal::Dependency> dependencies = {}) {
    std::vector<std::byte> head(sizeof header + dependencies.size_bytes());
    std::memcpy(head.data(), &header, sizeof header);
    if (!dependencies.empty()) {
      std::memcpy(head.data() + sizeof header, dependencies.data(), dependencies.size_bytes());
    }
    const auto position = writer_.try_write(function, head, body);
    EXPECT_TRUE(position) << "the test's frames do not fit into the ring";
    notify();
    return position ? *position : 0;
  }
  template <typename T>
  uint64_t post_fixed(uint32_t function, const T& body, const PostOptions& with = {}) {
    return post(function, std::as_bytes(std::span(&body, 1)), with);
  }

  // Something that is no frame.
  void post_nonsense(std::span<const std::byte> payload) {
    ASSERT_TRUE(writer_.try_write(1, payload, {}));
    notify();
  }

  // Waits for the answer to the call at `position`, at most ten seconds.
  Reply wait(uint64_t position) {
    transport::ReplyControl& control = region_.reply_control(channel_);
    const auto generation = static_cast<uint32_t>(position);
    const int64_t deadline = now_ns() + 10 * kSecond;
    for (;;) {
      transport::announce_park(control.guest_parked);
      const uint64_t word = control.completion.load(std::memory_order_acquire);
      if (transport::completion_generation(word) == generation) {
        const int32_t status = transport::completion_status(word);
        const auto bytes = region_.reply_bytes(channel_).first(control.reply_size.load());
        return {marshal::unpack_outcome(status),
                marshal::unpack_detail(status),
                {bytes.begin(), bytes.end()}};
      }
      if (now_ns() > deadline) {
        ADD_FAILURE() << "no answer on channel " << channel_;
        return {marshal::Outcome::kLost, 0, {}};
      }
      transport::futex_park(control.guest_parked, 100 * kMillisecond);
    }
  }

  template <typename T>
  Reply call_fixed(uint32_t function, const T& body, const PostOptions& with = {}) {
    return wait(post_fixed(function, body, with));
  }
  Reply call(uint32_t function, flatbuffers::FlatBufferBuilder& builder) {
    return wait(
        post(function, std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()))));
  }

  uint32_t number() const { return channel_; }
  uint64_t executed() const { return region_.reply_control(channel_).executed.load(); }
  transport::RingWriter& writer() { return writer_; }

 private:
  void notify() {
    if (!noticed_) transport::notice_acceptor(server_.header(), channel_);
    noticed_ = true;
    transport::wake_consumer(server_.control(channel_));
  }

  transport::RegionView region_;
  transport::ServerRegionView server_;
  uint32_t channel_;
  transport::RingWriter writer_;
  bool noticed_ = false;
};

class ServerDouble {
 public:
  static constexpr uint64_t kArena = 1 << 20;  // bytes
  static constexpr uint32_t kChannels = 8;

  explicit ServerDouble(const Module& module)
      : region_(std::move(
            *transport::SharedMemory::create("region", transport::kArenaOffset + kArena))),
        server_region_(
            std::move(*transport::SharedMemory::create("server", transport::kServerRegionSize))) {
    transport::format_region(region_.bytes(), kArena);
    transport::format_server_region(server_region_.bytes());
    for (uint32_t i = 0; i < kChannels; ++i) channels_.emplace_back(region(), server_region(), i);
    session_ = std::make_unique<Session>(Session::Options{.region = region(),
                                                          .server_region = server_region(),
                                                          .module = &module,
                                                          .waker = &waker_,
                                                          .channels = kChannels,
                                                          .room_fd = -1});
    acceptor_ = std::thread([this] { session_->run(); });
  }
  ~ServerDouble() {
    session_->end(Error::kClosed);
    acceptor_.join();
  }

  transport::RegionView region() const { return transport::RegionView(region_.bytes()); }
  transport::ServerRegionView server_region() const {
    return transport::ServerRegionView(server_region_.bytes());
  }
  std::span<std::byte> arena() const { return region().arena(); }
  ChannelDouble& channel(uint32_t number = 0) { return channels_[number]; }
  Session& session() { return *session_; }

 private:
  transport::SharedMemory region_;
  transport::SharedMemory server_region_;
  std::vector<ChannelDouble> channels_;
  FutexWaker waker_;
  std::unique_ptr<Session> session_;
  std::thread acceptor_;
};

}  // namespace ava::server
