// Plays router and server for the guest's runtime inside one process: a region of plain memory, a
// thread that reads the request rings by the doorbell protocol and answers, and spills. Without the
// thread (for tests that fork) whoever rings the doorbell is served before the ring returns.
//
// It keeps what it was sent. A test says what is answered to API functions; the runtime's own
// requests are served here. Held requests are answered by the test, later, from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "marshal/frame.h"
#include "marshal/wire_generated.h"
#include "transport/guest_transport.h"
#include "transport/host_memory.h"
#include "transport/ring.h"

namespace ava::guest {

struct Request {
  uint32_t channel;
  uint32_t function;
  marshal::FrameHeader header;
  std::vector<marshal::Dependency> dependencies;
  std::vector<std::byte> body;
  uint64_t position;

  template <typename T>
  const T& fixed() const {
    return *reinterpret_cast<const T*>(body.data());
  }
  template <typename T>
  const T& table() const {
    return *flatbuffers::GetRoot<T>(body.data());
  }
};

struct Answer {
  int32_t status = 0;
  std::vector<std::byte> bytes;
  bool hold = false;  // the test answers

  static Answer held() { return {0, {}, true}; }
  static Answer failed(marshal::Outcome outcome, uint16_t detail = 0) {
    return {marshal::pack_outcome(outcome, detail), {}, false};
  }
  template <typename T>
  static Answer fixed(const T& reply) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&reply);
    return {0, {bytes, bytes + sizeof reply}, false};
  }
  static Answer table(flatbuffers::FlatBufferBuilder& finished) {
    const auto* bytes = reinterpret_cast<const std::byte*>(finished.GetBufferPointer());
    return {0, {bytes, bytes + finished.GetSize()}, false};
  }
};

class HostDouble {
 public:
  struct Options {
    uint64_t arena = 4 << 20;  // bytes
    uint32_t channels = 8;     // granted at first
    uint32_t quota = 64;       // channels
    bool refuse = false;       // refuses to connect
    bool threaded = true;
    bool vanishes = false;  // says that its region may
  };
  using Serve = std::function<Answer(const Request&)>;

  // Becomes what the next call's runtime connects to.
  explicit HostDouble(Serve serve) : HostDouble(std::move(serve), Options()) {}
  HostDouble(Serve serve, const Options& options);
  // Ends the session. The region stays mapped: the runtime is never destroyed, nor is its session.
  ~HostDouble();

  // Reads nothing from the rings between these two.
  void pause();
  void resume();
  // Blocks until `count` API requests arrived.
  void await_requests(size_t count);
  // Blocks until all requests were read and no channel is polled any more.
  void await_idle();
  // Blocks until somebody in the guest sleeps on `word`.
  void await_parked(const transport::ParkWord& word);

  std::vector<Request> requests() const;  // API functions only, in the order of execution
  void answer(const Request& request, const Answer& answer);
  void complete(uint32_t slot, int32_t status);
  // With a `ticket` the guest is to say when the callback is over.
  void upcall(uint32_t row, uint64_t closure, std::span<const std::byte> body, uint64_t ticket = 0);
  uint64_t await_upcall_done();  // the ticket of the one that was over first
  void end(Error reason);
  void die();  // without a word: peer_alive() turns false

  const transport::RegionView& region() const { return region_; }
  std::span<std::byte> arena() const { return region_.arena(); }
  // Called for each kPoll, before its reply.
  void on_poll(std::function<void()> poll);
  // Blocks until `count` requests answered for files; those so far.
  std::vector<Request> await_file_answers(size_t count);
  std::vector<std::byte> spill(uint64_t number) const;
  void set_spill(uint64_t number, std::vector<std::byte> bytes);
  size_t spills() const;

  struct Counts {
    uint64_t connects, doorbells, parks, grows, polls, spill_frames;
  };
  Counts counts() const;

 private:
  class Transport;
  struct Channel {
    std::unique_ptr<transport::RingReader> reader;
    bool active = false;
    bool held = false;
    std::optional<Request> waiting;  // for its dependencies
  };

  static tl::expected<std::unique_ptr<transport::GuestTransport>, transport::ConnectError> connect(
      const transport::Hello& hello);
  void run();
  void serve_all();      // until nothing is left and all channels are parked
  void hear_doorbell();  // the channels it is about are looked at again
  bool ready(const Request& request);
  void execute(const Request& request);
  Answer serve_runtime(const Request& request);
  void reply(const Request& request, const Answer& answer);
  bool park_all();

  Serve serve_;
  Options options_;
  std::span<std::byte> bytes_;
  transport::RegionView region_;

  // Guards everything below. Recursive: what serves a request may use the double.
  mutable std::recursive_mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Channel> channels_;
  std::vector<Request> requests_;
  std::map<uint64_t, std::vector<std::byte>> spills_;
  std::deque<uint64_t> upcalls_done_;
  std::vector<Request> file_answers_;
  std::function<void()> on_poll_;
  transport::RingWriter upcalls_;
  Counts counts_{};
  uint64_t rung_ = 0;  // doorbell: rings not yet heard
  bool paused_ = false;
  bool idle_ = false;
  bool stop_ = false;
  std::atomic<bool> alive_{true};
  std::atomic<uint32_t> granted_;
  std::thread thread_;
};

}  // namespace ava::guest
