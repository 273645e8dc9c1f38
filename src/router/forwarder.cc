#include "router/forwarder.h"

#include <algorithm>

#include "transport/doorbell.h"

namespace ava::router {

using transport::Record;

Forwarder::Forwarder(const Parts& parts) noexcept
    : endpoint_(parts.endpoint),
      region_(parts.endpoint.region()),
      server_(parts.server),
      functions_(parts.functions),
      counters_(parts.counters),
      context_{.arena_size = parts.endpoint.arena_size()} {}

void Forwarder::grant(uint32_t channels) noexcept {
  // A new channel is not polled: the guest's first frame on it has to ring.
  for (uint32_t number = granted(); number < channels; ++number) {
    transport::announce_park(region_.request_control(number).consumer_parked);
  }
  granted_.store(std::max(channels, granted()), std::memory_order_release);
}

void Forwarder::collect() {
  if (violation_) return;
  counters_.doorbells.add(1);
  transport::collect_pending(transport::PendingWords(region_.header().pending), granted(),
                             [this](uint32_t number) { activate(channel(number)); });
}

void Forwarder::retry() {
  for (Channel* channel : blocked_) {
    channel->state = Channel::State::kActive;
    active_.push_back(channel);
  }
  blocked_.clear();
}

Forwarder::Turn Forwarder::turn(std::span<std::byte> scratch, int64_t now_ns) {
  Turn result;
  Budget budget;
  // Channels that become active on the way are served in the next turn.
  for (size_t left = active_.size(); left > 0 && budget.left() && !violation_; --left) {
    if (next_ >= active_.size()) next_ = 0;
    Channel& channel = *active_[next_];
    if (serve(channel, scratch, budget)) {
      channel.last_work_ns = now_ns;
      result.progress = true;
    }
    if (channel.state == Channel::State::kBlocked) {
      drop_active(next_);
    } else {
      ++next_;
    }
  }
  result.active = !active_.empty() && !violation_;
  return result;
}

bool Forwarder::park_idle(int64_t since_ns) noexcept {
  for (size_t i = 0; i < active_.size() && !violation_;) {
    Channel& channel = *active_[i];
    if (channel.last_work_ns > since_ns || channel.holds_frame()) {
      ++i;
      continue;
    }
    const Result<bool> parked = channel.park();
    if (!parked) {
      accuse(parked.error(), Violation::By::kClient, channel);
    } else if (*parked) {
      channel.state = Channel::State::kParked;
      drop_active(i);
    } else {
      ++i;
    }
  }
  return !active_.empty() && !violation_;
}

Channel& Forwarder::channel(uint32_t number) {
  if (number >= channels_.size()) channels_.resize(number + 1);
  if (channels_[number] == nullptr) {
    channels_[number] = std::make_unique<Channel>(number, region_, server_);
  }
  return *channels_[number];
}

void Forwarder::activate(Channel& channel) {
  if (channel.state != Channel::State::kParked) return;
  channel.unpark();
  channel.state = Channel::State::kActive;
  active_.push_back(&channel);
}

void Forwarder::drop_active(size_t index) noexcept {
  active_[index] = active_.back();
  active_.pop_back();
}

bool Forwarder::serve(Channel& channel, std::span<std::byte> scratch, Budget& budget) {
  bool moved = false;
  bool more = true;
  if (channel.holds_frame()) {
    const auto sent = channel.resend();
    moved = more = sent.has_value();
    if (!sent && sent.error() != Error::kWouldBlock) {
      return accuse(sent.error(), Violation::By::kServer, channel);
    }
  }
  while (more && budget.left()) {
    const auto record = channel.read(scratch);
    if (!record) {
      if (record.error() != Error::kWouldBlock) {
        accuse(record.error(), Violation::By::kClient, channel);
      }
      break;
    }
    moved = true;
    budget.spend(record->payload.size());
    more = forward(channel, *record);
  }
  if (channel.holds_frame()) {
    channel.state = Channel::State::kBlocked;
    blocked_.push_back(&channel);
  }
  channel.settle(server_, endpoint_, counters_);
  return moved;
}

// False if nothing more can be moved on this channel: the server's ring is full, or a violation.
bool Forwarder::forward(Channel& channel, const Record& record) {
  const Function* function = functions_.find(record.tag);
  if (function == nullptr) return accuse_call(Error::kBadFunction, channel, record.tag);
  const auto frame = marshal::parse_frame(record.payload);
  if (!frame) return accuse_call(frame.error(), channel, record.tag);
  if (const Error error = check_header(*frame); error != Error::kOk) {
    return accuse_call(error, channel, record.tag);
  }
  if (!check_dependencies(channel, *frame, record.tag)) return false;
  const FrameFinding finding = check_frame(*frame, *function, context_);
  if (finding.error != Error::kOk) {
    return accuse_call(finding.error, channel, record.tag, finding.parameter);
  }
  count(record.tag, *frame, finding);

  has_forwarded_ = true;
  const auto sent = channel.send(record.tag, record.payload);
  if (sent) return true;
  if (sent.error() == Error::kWouldBlock) return false;
  return accuse(sent.error(), Violation::By::kServer, channel);
}

// A dependency on what was never published would be waited for until the session ends.
bool Forwarder::check_dependencies(Channel& own, const marshal::Frame& frame, uint32_t function) {
  for (const marshal::Dependency& dependency : frame.dependencies) {
    if (dependency.channel >= granted() || dependency.channel == own.number()) {
      return accuse_call(Error::kBadDependency, own, function);
    }
    Channel& other = channel(dependency.channel);
    const Result<bool> published = other.published(dependency.position);
    if (!published) return accuse(published.error(), Violation::By::kClient, other);
    if (!*published) return accuse_call(Error::kBadDependency, own, function);
    // What this call waits for may lie in a channel for which nobody rang.
    if (dependency.position > other.position()) activate(other);
  }
  return true;
}

void Forwarder::count(uint32_t function, const marshal::Frame& frame,
                      const FrameFinding& finding) noexcept {
  CallCounters& row = counters_.calls[function];
  row.calls.add(1);
  row.bytes.add(sizeof(marshal::FrameHeader) + frame.dependencies.size_bytes() + frame.body.size());
  if ((frame.header->flags & marshal::kWantsReply) != 0) row.waits.add(1);
  if (finding.refused) {
    row.refused.add(1);
    counters_.refusals[functions_.refusal_row(function, finding.parameter)].add(1);
    return;
  }
  if (finding.cost.device_time_ns != 0) row.device_time_ns.add(finding.cost.device_time_ns);
  if (finding.cost.bandwidth_bytes != 0) row.bandwidth_bytes.add(finding.cost.bandwidth_bytes);
}

bool Forwarder::accuse(Error error, Violation::By by, const Channel& channel) noexcept {
  if (!violation_) violation_ = Violation{error, by, channel.number(), 0, kNoParameter};
  return false;
}

bool Forwarder::accuse_call(Error error, const Channel& channel, uint32_t function,
                            uint16_t parameter) noexcept {
  if (violation_) return false;
  violation_ = Violation{error, Violation::By::kClient, channel.number(), function, parameter};
  if (functions_.find(function) != nullptr) {
    counters_.calls[function].refused.add(1);
    counters_.refusals[functions_.refusal_row(function, parameter)].add(1);
  }
  return false;
}

}  // namespace ava::router
