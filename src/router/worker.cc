#include "router/worker.h"

#include <array>

#include "base/clock.h"
#include "marshal/bounds.h"
#include "transport/park.h"

namespace ava::router {
namespace {

using transport::Waiter;

// A channel that stays empty for this long is parked even while others keep the worker awake. As
// long as the longest that the worker itself yields.
constexpr int64_t kChannelPatience = 50 * kMicrosecond;
constexpr size_t kEvents = 64;         // looked at in one go
constexpr uint32_t kQueueEntries = 4;  // messages a session has in a queue at most

// A session has two descriptors; a token names the session and which of them it was.
constexpr uint64_t doorbell_token(uint64_t session) noexcept { return session << 1; }
constexpr uint64_t room_token(uint64_t session) noexcept { return session << 1 | 1; }

}  // namespace

Worker::Worker(std::unique_ptr<Waiter> waiter, uint32_t max_sessions,
               std::function<void()> reported)
    : waiter_(std::move(waiter)),
      reported_(std::move(reported)),
      commands_(kQueueEntries * (size_t{max_sessions} + 1)),
      reports_(kQueueEntries * (size_t{max_sessions} + 1)),
      scratch_(new std::byte[marshal::kMaxFrame]),
      thread_([this] { run(); }) {}

Worker::~Worker() { command({Command::Kind::kStop, {}}); }

void Worker::attach(const Attachment& attachment) {
  ++sessions_;
  command({Command::Kind::kAttach, attachment});
}

void Worker::detach(uint64_t session) {
  --sessions_;
  command({Command::Kind::kDetach, {session, nullptr, -1, -1}});
}

Worker::Status Worker::status() const noexcept {
  return {sessions_, spin_budget_ns_.load(std::memory_order_relaxed), sleeps_.get(), turns_.get()};
}

void Worker::command(const Command& command) {
  commands_.push(command);
  waiter_->notify();
}

void Worker::report(Report::Kind kind, uint64_t session) {
  reports_.push({kind, session});
  reported_();
}

void Worker::run() {
  transport::SpinBudget spin;
  bool spinning = false;
  while (true) {
    obey();
    if (stopping_) return;
    const int64_t now = now_ns();
    if (serve(now)) {
      if (spinning) spin.finish(false);
      spinning = false;
      park_some(now);
      take_events(0);
      continue;
    }
    if (!active_.empty()) {
      if (!spinning) spin.start();
      spinning = true;
      if (spin.yield()) {
        take_events(0);
        continue;
      }
      park_idle(INT64_MAX);
      if (!active_.empty()) continue;  // something came at the last moment
    }
    sleeps_.add(1);
    spin_budget_ns_.store(spin.budget_ns(), std::memory_order_relaxed);
    take_events(-1);
    if (spinning) spin.finish(true);
    spinning = false;
  }
}

void Worker::obey() {
  Command next;
  while (commands_.pop(next)) {
    switch (next.kind) {
      case Command::Kind::kAttach:
        add(next.attachment);
        break;
      case Command::Kind::kDetach:
        remove(next.attachment.session);
        break;
      case Command::Kind::kStop:
        stopping_ = true;
        break;
    }
  }
}

void Worker::add(const Attachment& attachment) {
  Member& member = members_[attachment.session];
  member.attachment = attachment;
  if (!waiter_->add(attachment.doorbell, doorbell_token(attachment.session)) ||
      !waiter_->add(attachment.room, room_token(attachment.session))) {
    report(Report::Kind::kUnwatchable, attachment.session);
  }
}

void Worker::remove(uint64_t session) {
  const auto found = members_.find(session);
  if (found == members_.end()) return;
  Member& member = found->second;
  waiter_->remove(member.attachment.doorbell, doorbell_token(session));
  waiter_->remove(member.attachment.room, room_token(session));
  std::erase(active_, &member);
  members_.erase(found);
  report(Report::Kind::kDetached, session);
}

bool Worker::serve(int64_t now_ns) {
  const std::span scratch(scratch_.get(), marshal::kMaxFrame);
  bool progress = false;
  for (size_t i = 0; i < active_.size();) {
    Member& member = *active_[i];
    const Forwarder::Turn turn = member.attachment.forwarder->turn(scratch, now_ns);
    if (turn.progress) {
      progress = true;
      turns_.add(1);
    }
    check(member);
    if (turn.active) {
      ++i;
    } else {
      member.active = false;
      active_[i] = active_.back();
      active_.pop_back();
    }
  }
  return progress;
}

void Worker::park_idle(int64_t since_ns) {
  std::erase_if(active_, [&](Member* member) {
    member->active = member->attachment.forwarder->park_idle(since_ns);
    check(*member);
    return !member->active;
  });
}

void Worker::park_some(int64_t now_ns) {
  if (now_ns < next_park_ns_) return;
  next_park_ns_ = now_ns + kChannelPatience;
  park_idle(now_ns - kChannelPatience);
}

void Worker::take_events(int64_t timeout_ns) {
  std::array<Waiter::Event, kEvents> events;
  const size_t count = waiter_->wait(events, timeout_ns);
  for (size_t i = 0; i < count; ++i) {
    const auto found = members_.find(events[i].token >> 1);
    if (found == members_.end()) continue;
    Member& member = found->second;
    if ((events[i].token & 1) == 0) {
      member.attachment.forwarder->collect();
    } else {
      member.attachment.forwarder->retry();
    }
    activate(member);
  }
}

void Worker::activate(Member& member) {
  if (member.active || member.accused) return;
  member.active = true;
  active_.push_back(&member);
}

void Worker::check(Member& member) {
  const Forwarder& forwarder = *member.attachment.forwarder;
  if (!member.reported_need && forwarder.has_forwarded()) {
    member.reported_need = true;
    report(Report::Kind::kNeedsServer, member.attachment.session);
  }
  if (!member.accused && forwarder.violation()) {
    member.accused = true;
    report(Report::Kind::kViolation, member.attachment.session);
  }
}

}  // namespace ava::router
