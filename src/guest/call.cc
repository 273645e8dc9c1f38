// A call's life: its beginning, sending, settling and end. Its handles are in handles.cc, its bulk
// arguments in arguments.cc, its results in results.cc.
#include "guest/call.h"

#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "guest/bulk.h"
#include "guest/order.h"
#include "guest/reply_break.h"
#include "guest/request.h"
#include "guest/runtime.h"

namespace ava::guest {

using marshal::Outcome;

bool connected() noexcept {
  const int saved_errno = errno;
  Runtime* const runtime = Runtime::get();
  const Session* const session = runtime != nullptr ? runtime->session() : nullptr;
  errno = saved_errno;
  return session != nullptr && !session->ended();
}

Call::Call(uint32_t function) noexcept
    : runtime_(Runtime::get()), function_(function), saved_errno_(errno) {
  begin();
}

void Call::begin() noexcept {
  if (runtime_ == nullptr) return fail(Outcome::kExhausted);
  if (runtime_->settings().trace) started_ns_ = now_ns();
  Session* const session = runtime_->session();
  if (session == nullptr) return fail(Outcome::kLost);
  if (session->ended()) {
    session->report_end();
    return fail(Outcome::kLost);
  }
  const auto channel = session->channels().take();
  if (!channel) return fail(channel.error());
  channel_ = *channel;
  channel_->scratch().reset();
}

Call::~Call() {
  if (channel_ != nullptr) {
    if (!settled_) settle(false);
    for (const uint64_t pin : channel_->scratch().pins) {
      channel_->session().pending().cancel(pin, *channel_);
    }
    // On its channel: before the next call there, which may want as much, these are free.
    for (const Block& block : channel_->scratch().blocks) {
      give_back(channel_->session(), block, channel_);
    }
    channel_->session().channels().give_back(channel_);
  }
  if (runtime_ != nullptr && runtime_->settings().trace) trace();
  errno = saved_errno_;
}

void Call::fail(Outcome outcome, uint16_t detail) noexcept {
  if (failed()) return;
  outcome_ = outcome;
  detail_ = detail;
}

void Call::fail(Error error) noexcept {
  if (error == Error::kClosed && channel_ != nullptr) channel_->session().report_end();
  fail(error == Error::kClosed ? Outcome::kLost : Outcome::kExhausted);
}

flatbuffers::FlatBufferBuilder& Call::builder() noexcept {
  if (channel_ != nullptr) return channel_->scratch().builder;
  // A call that failed at once is never sent, but a stub may still fill one in.
  static thread_local flatbuffers::FlatBufferBuilder unused;
  unused.Clear();
  return unused;
}

bool Call::must_wait(bool sync) noexcept {
  if (sync || failed() || runtime_->settings().always_wait) return true;
  const CallScratch& scratch = channel_->scratch();
  if (scratch.doubtful) return true;
  if (scratch.learn_key == 0) return false;
  return !runtime_->settings().learns || !runtime_->learned().knows(scratch.learn_key);
}

void Call::learn(const void* part, uint64_t size) noexcept {
  if (failed()) return;
  CallScratch& scratch = channel_->scratch();
  if (scratch.learn_key == 0) {
    scratch.learn_key = LearnedCalls::extend(LearnedCalls::start(function_), &scratch.list_key,
                                             sizeof scratch.list_key);
  }
  scratch.learn_key = LearnedCalls::extend(scratch.learn_key, part, size);
}

const void* Call::invoke_finished(flatbuffers::uoffset_t root) noexcept {
  if (failed()) return nullptr;
  auto& fb = builder();
  fb.Finish(flatbuffers::Offset<void>(root));
  return invoke(fb.GetBufferPointer(), fb.GetSize());
}

bool Call::post_finished(flatbuffers::uoffset_t root, Wake wake) noexcept {
  if (failed()) return false;
  auto& fb = builder();
  fb.Finish(flatbuffers::Offset<void>(root));
  return post(fb.GetBufferPointer(), fb.GetSize(), wake);
}

const void* Call::invoke(const void* body, uint64_t size) noexcept {
  if (failed()) return nullptr;
  sent_ = Sent::kAndWaited;
  Dependencies dependencies;
  if (!collect_dependencies(*channel_, dependencies)) {
    fail(Error::kClosed);
    return nullptr;
  }
  const auto status = ask(*channel_, function_, {dependencies.begin(), dependencies.size()},
                          {static_cast<const std::byte*>(body), size});
  if (!status) {
    fail(status.error());
    return nullptr;
  }
  // What this reply proves complete must be in the application's memory before it is told.
  if (!channel_->session().pending().land()) {
    fail(Error::kClosed);
    return nullptr;
  }
  if (*status == marshal::kOkWithOutput) channel_->session().output().print();
  if (*status < 0) {
    fail(marshal::unpack_outcome(*status), marshal::unpack_detail(*status));
    return nullptr;
  }
  const auto reply = channel_->reply();
  if (channel_->session().vanished()) {
    fail(Error::kClosed);
    return nullptr;
  }
  if (runtime_->settings().corrupt_replies) corrupt_reply(reply);
  return reply.data();
}

bool Call::post(const void* body, uint64_t size, Wake wake) noexcept {
  if (failed()) return false;
  // Before the objects are locked: waiting for room may take a while.
  if (auto room = channel_->await_room(size); !room) {
    fail(room.error());
    return false;
  }
  uint64_t position = 0;
  Dependencies dependencies;
  {
    OrderedUse use(*channel_);
    if (!use.ready()) {
      fail(Error::kClosed);
      return false;
    }
    dependencies = use.dependencies();
    position = channel_->write(function_, 0, {dependencies.begin(), dependencies.size()},
                               {static_cast<const std::byte*>(body), size});
    use.used_at(position);
  }
  channel_->notify(wake == Wake::kNow || !runtime_->settings().quiet);
  // It must not wait for quiet calls of which the router has not been told.
  for (const auto& dependency : dependencies) channel_->session().urge(dependency.channel);
  sent_ = Sent::kPosted;
  settle(true);
  CallScratch& scratch = channel_->scratch();
  for (const Block& block : scratch.blocks) {
    channel_->session().pending().add_until_executed(block, channel_->number(), position);
  }
  scratch.blocks.clear();
  return true;
}

void Call::settle(bool success) noexcept {
  if (settled_ || channel_ == nullptr) return;
  settled_ = true;
  success = success && !failed();
  CallScratch& scratch = channel_->scratch();
  Session& session = channel_->session();
  for (const ReferenceChange& change : scratch.references) {
    if (change.retained) {
      if (success) change.shadow->reference_added();
    } else if (change.taken) {
      success ? change.shadow->reference_released() : change.shadow->reference_added();
      if (change.shadow->doubtful.load(std::memory_order_relaxed)) {
        forget_mappings(change.shadow->id.load(std::memory_order_relaxed));
      }
    }
  }
  settle_mappings(success);
  settle_mirrors(success);
  if (success) {
    if (scratch.missing != nullptr) fault_if_missing();
    if (scratch.learn_key != 0) runtime_->learned().insert(scratch.learn_key);
    for (const uint64_t closure : scratch.closures) session.closures().confirm(closure);
    if (scratch.ends && sent_ == Sent::kAndWaited) session.upcalls().await_delivered();
    return;
  }
  for (const uint64_t ticket : scratch.tickets) session.pending().cancel(ticket, *channel_);
  for (const uint64_t closure : scratch.closures) session.upcalls().forget(closure);
}

// The library took an input that was not there.
void Call::fault_if_missing() const noexcept {
  constexpr uint64_t kPage = 4096;
  const CallScratch& scratch = channel_->scratch();
  const auto* const bytes = static_cast<const volatile std::byte*>(scratch.missing);
  for (uint64_t at = 0; at < scratch.missing_size; at += kPage) {
    static_cast<void>(bytes[at]);
  }
}

void Call::trace() const noexcept {
  const uint32_t row = function_ - marshal::kFirstApiFunction;
  const char* name = row < kModule.functions.size() ? kModule.functions[row] : "?";
  const char* how = sent_ == Sent::kAndWaited ? "waited"
                    : sent_ == Sent::kPosted  ? "posted"
                                              : "not sent";
  const double us = static_cast<double>(now_ns() - started_ns_) / kMicrosecond;
  if (failed()) {
    log_line(LogLevel::kTrace, "%s: %s, %.1f us, outcome %d", name, how, us,
             static_cast<int>(outcome_));
  } else {
    log_line(LogLevel::kTrace, "%s: %s, %.1f us", name, how, us);
  }
}

}  // namespace ava::guest
