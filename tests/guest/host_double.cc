#include "host_double.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "guest/runtime.h"
#include "transport/doorbell.h"
#include "transport/session_end.h"

namespace ava::guest {
namespace {

HostDouble* g_host = nullptr;  // what connect() reaches

}  // namespace

class HostDouble::Transport final : public transport::GuestTransport {
 public:
  explicit Transport(HostDouble& host) : host_(host) {}

  std::span<std::byte> region() noexcept override { return host_.bytes_; }
  uint32_t channels() const noexcept override { return host_.granted_.load(); }
  Result<uint32_t> grow_channels(uint32_t wanted) noexcept override {
    const std::lock_guard lock(host_.mutex_);
    ++host_.counts_.grows;
    const uint32_t granted = std::min(wanted, host_.options_.quota);
    if (granted > host_.granted_.load()) host_.granted_.store(granted);
    if (granted < wanted) return fail(Error::kExhausted);
    return granted;
  }
  void ring_doorbell() noexcept override {
    const std::lock_guard lock(host_.mutex_);
    ++host_.counts_.doorbells;
    ++host_.rung_;
    host_.changed_.notify_all();
    if (host_.options_.threaded) return;
    host_.hear_doorbell();
    host_.serve_all();
  }
  void park(transport::ParkWord& word, int64_t timeout_ns) noexcept override {
    {
      const std::lock_guard lock(host_.mutex_);
      ++host_.counts_.parks;
      host_.changed_.notify_all();
    }
    transport::futex_park(word, timeout_ns);
  }
  void unpark(transport::ParkWord& word) noexcept override { transport::futex_unpark(word); }
  bool peer_alive() noexcept override { return host_.alive_.load(); }
  bool may_vanish() const noexcept override { return host_.options_.vanishes; }

 private:
  HostDouble& host_;
};

HostDouble::HostDouble(Serve serve, const Options& options)
    : serve_(std::move(serve)), options_(options), granted_(options.channels) {
  const uint64_t size = transport::kArenaOffset + options.arena;
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) std::abort();
  ::madvise(data, size, MADV_DONTFORK);
  bytes_ = {static_cast<std::byte*>(data), size};
  region_ = transport::RegionView(bytes_);
  transport::format_region(bytes_, options.arena);
  upcalls_ = transport::RingWriter(region_.upcall_control(), region_.upcall_bytes(), 0);
  channels_.resize(transport::kMaxChannels);
  for (uint32_t i = 0; i < options.quota; ++i) {
    channels_[i].reader = std::make_unique<transport::RingReader>(region_.request_control(i),
                                                                  region_.request_bytes(i), 0);
    region_.request_control(i).consumer_parked.store(1);
  }
  g_host = this;
  Runtime::restart_for_test(connect);
  if (options.threaded) thread_ = std::thread([this] { run(); });
}

HostDouble::~HostDouble() {
  end(Error::kShutdown);
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  g_host = nullptr;
}

tl::expected<std::unique_ptr<transport::GuestTransport>, transport::ConnectError>
HostDouble::connect(const transport::Hello&) {
  const std::lock_guard lock(g_host->mutex_);
  ++g_host->counts_.connects;
  if (g_host->options_.refuse) {
    return tl::unexpected(transport::ConnectError{Error::kNotFound, "no router: a test says so"});
  }
  return std::make_unique<Transport>(*g_host);
}

void HostDouble::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    serve_all();
    idle_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return stop_ || (rung_ != 0 && !paused_); });
    idle_ = false;
    hear_doorbell();
  }
}

void HostDouble::hear_doorbell() {
  rung_ = 0;
  transport::collect_pending(transport::PendingWords(region_.header().pending), granted_.load(),
                             [&](uint32_t channel) {
                               channels_[channel].active = true;
                               transport::unpark_channel(region_.request_control(channel));
                             });
}

void HostDouble::serve_all() {
  alignas(8) static thread_local std::byte scratch[marshal::kMaxFrame];
  bool progress = true;
  while (progress || !park_all()) {
    progress = false;
    for (uint32_t i = 0; i < granted_.load() && !paused_; ++i) {
      Channel& channel = channels_[i];
      if (!channel.active || channel.held) continue;
      if (!channel.waiting) {
        const auto record = channel.reader->try_read(scratch);
        if (!record) continue;
        transport::wake_producer(channel.reader->control());
        const auto frame = marshal::parse_frame(record->payload);
        if (!frame) std::abort();
        channel.waiting = Request{i,
                                  record->tag,
                                  *frame->header,
                                  {frame->dependencies.begin(), frame->dependencies.end()},
                                  {frame->body.begin(), frame->body.end()},
                                  record->position};
      }
      if (!ready(*channel.waiting)) continue;
      const Request request = std::move(*channel.waiting);
      channel.waiting.reset();
      progress = true;
      execute(request);
    }
  }
}

// Are all its dependencies executed? The channels of those that are not are looked at.
bool HostDouble::ready(const Request& request) {
  for (const auto& dependency : request.dependencies) {
    if (region_.reply_control(dependency.channel).executed.load() < dependency.position) {
      channels_[dependency.channel].active = true;
      transport::unpark_channel(region_.request_control(dependency.channel));
      return false;
    }
  }
  return true;
}

// False: something came meanwhile.
bool HostDouble::park_all() {
  if (paused_) return true;
  bool all = true;
  for (uint32_t i = 0; i < granted_.load(); ++i) {
    Channel& channel = channels_[i];
    if (!channel.active || channel.held || channel.waiting) continue;
    if (*transport::park_channel(*channel.reader)) {
      channel.active = false;
    } else {
      all = false;
    }
  }
  return all;
}

void HostDouble::execute(const Request& request) {
  Answer answer;
  if (request.function < marshal::kFirstApiFunction) {
    answer = serve_runtime(request);
  } else {
    requests_.push_back(request);
    answer = serve_(request);
    changed_.notify_all();
  }
  if (answer.hold) {
    channels_[request.channel].held = true;
  } else {
    reply(request, answer);
  }
}

Answer HostDouble::serve_runtime(const Request& request) {
  switch (request.function) {
    case marshal::kPoll:
      ++counts_.polls;
      if (on_poll_) on_poll_();
      return Answer::fixed(wire::PollReply(0));
    case marshal::kSpillWrite: {
      ++counts_.spill_frames;
      const auto& write = request.fixed<wire::SpillWrite>();
      auto& spill = spills_[write.spill()];
      spill.insert(spill.end(), request.body.begin() + sizeof write, request.body.end());
      return {};
    }
    case marshal::kSpillRead: {
      ++counts_.spill_frames;
      const auto& read = request.fixed<wire::SpillRead>();
      const auto& spill = spills_[read.spill()];
      if (read.offset() + read.size() > spill.size()) {
        return Answer::failed(marshal::Outcome::kRefused);
      }
      const auto begin = spill.begin() + static_cast<ptrdiff_t>(read.offset());
      return {0, {begin, begin + static_cast<ptrdiff_t>(read.size())}, false};
    }
    case marshal::kSpillFree:
      spills_.erase(request.fixed<wire::SpillRead>().spill());
      return {};
    case marshal::kUpcallDone:
      upcalls_done_.push_back(request.fixed<wire::UpcallDone>().ticket());
      changed_.notify_all();
      return {};
    case marshal::kFileAnswer:
      file_answers_.push_back(request);
      changed_.notify_all();
      return {};
    default:
      std::abort();
  }
}

void HostDouble::reply(const Request& request, const Answer& answer) {
  auto& control = region_.reply_control(request.channel);
  if ((request.header.flags & marshal::kWantsReply) != 0) {
    if (!answer.bytes.empty()) {
      std::memcpy(region_.reply_bytes(request.channel).data(), answer.bytes.data(),
                  answer.bytes.size());
    }
    control.reply_size.store(static_cast<uint32_t>(answer.bytes.size()));
    control.completion.store(
        transport::make_completion(static_cast<uint32_t>(request.position), answer.status),
        std::memory_order_release);
  }
  control.executed.store(request.position, std::memory_order_release);
  if (transport::claim_wake(control.guest_parked)) transport::futex_unpark(control.guest_parked);
}

void HostDouble::answer(const Request& request, const Answer& answer) {
  const std::lock_guard lock(mutex_);
  reply(request, answer);
  channels_[request.channel].held = false;
  ++rung_;
  changed_.notify_all();
}

void HostDouble::pause() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
}

void HostDouble::resume() {
  const std::lock_guard lock(mutex_);
  paused_ = false;
  ++rung_;
  changed_.notify_all();
}

void HostDouble::await_requests(size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return requests_.size() >= count; });
}

void HostDouble::await_idle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return idle_ && rung_ == 0; });
}

void HostDouble::await_parked(const transport::ParkWord& word) {
  std::unique_lock lock(mutex_);
  // Each park() says so after its word was set.
  changed_.wait(lock, [&] { return word.load() != 0; });
}

std::vector<Request> HostDouble::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HostDouble::complete(uint32_t slot, int32_t status) {
  region_.completion(slot).store(transport::make_completion(1, status), std::memory_order_release);
}

void HostDouble::upcall(uint32_t row, uint64_t closure, std::span<const std::byte> body,
                        uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const marshal::UpcallHeader header{closure, ticket};
  if (!upcalls_.try_write(row, std::as_bytes(std::span(&header, 1)), body)) std::abort();
  transport::wake_consumer(region_.upcall_control());
}

uint64_t HostDouble::await_upcall_done() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !upcalls_done_.empty(); });
  const uint64_t ticket = upcalls_done_.front();
  upcalls_done_.pop_front();
  return ticket;
}

std::vector<Request> HostDouble::await_file_answers(size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return file_answers_.size() >= count; });
  return file_answers_;
}

void HostDouble::end(Error reason) { transport::end_session(region_, granted_.load(), reason); }

void HostDouble::die() { alive_.store(false); }

void HostDouble::on_poll(std::function<void()> poll) {
  const std::lock_guard lock(mutex_);
  on_poll_ = std::move(poll);
}

std::vector<std::byte> HostDouble::spill(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = spills_.find(number);
  return found != spills_.end() ? found->second : std::vector<std::byte>();
}

void HostDouble::set_spill(uint64_t number, std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  spills_[number] = std::move(bytes);
}

size_t HostDouble::spills() const {
  const std::lock_guard lock(mutex_);
  return spills_.size();
}

HostDouble::Counts HostDouble::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace ava::guest
