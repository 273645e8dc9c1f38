#include "server/worker.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "server/call.h"
#include "server/runtime_calls.h"
#include "transport/doorbell.h"

namespace ava::server {
namespace {

// A router that waits for room is told once this much was read, and when the ring is empty: a wake
// for each frame would cost more than the frame.
constexpr uint64_t kRoomStep = transport::kRingCapacity / 4;  // bytes

// Completions looked at after a call that nobody waits for. The eldest end first, as a rule.
constexpr uint64_t kSweepStep = 8;

}  // namespace

Worker::Worker(Session& session, uint32_t channel)
    : session_(session),
      channel_(channel),
      reader_(session.options().server_region.control(channel),
              session.options().server_region.ring_bytes(channel), 0),
      reply_control_(session.options().region.reply_control(channel)),
      reply_bytes_(session.options().region.reply_bytes(channel)) {
  thread_ = std::thread([this] { run(); });
}

Worker::~Worker() { thread_.join(); }

void Worker::run() noexcept {
  char name[16];
  std::snprintf(name, sizeof name, "ava-worker-%u", channel_);
  ::pthread_setname_np(::pthread_self(), name);
  transport::SpinBudget spin;
  while (!session_.ended()) {
    auto record = reader_.try_read(std::span(frame_->bytes));
    Error error = record ? execute(*record) : record.error();
    if (record) offer_room(false);
    if (error == Error::kWouldBlock) {
      offer_room(true);
      wait_for_frame(spin);
    } else if (error != Error::kOk) {
      AVA_ERROR("channel %u: the router sent nonsense (%s)", channel_, error_name(error));
      session_.end(error);
    }
  }
}

void Worker::wait_for_frame(transport::SpinBudget& spin) noexcept {
  const auto something = [this] {
    const auto ready = reader_.ready();
    return !ready || *ready || session_.ended();
  };
  spin.start();
  bool slept = false;
  while (!something()) {
    if (spin.yield()) continue;
    slept = true;
    const auto parked = transport::park_channel(reader_);
    if (!parked || !*parked) break;
    transport::ParkWord& word = reader_.control().consumer_parked;
    if (!session_.ended()) transport::futex_park(word, -1);
    transport::cancel_park(word);
  }
  spin.finish(slept);
}

void Worker::offer_room(bool always) noexcept {
  if (reader_.position() - room_offered_at_ < (always ? 1 : kRoomStep)) return;
  room_offered_at_ = reader_.position();
  if (!transport::claim_wake(reader_.control().producer_parked)) return;
  const uint64_t one = 1;
  // Full means that the router has been told already.
  [[maybe_unused]] const ssize_t written = ::write(session_.options().room_fd, &one, sizeof one);
}

Error Worker::execute(const transport::Record& record) noexcept {
  std::memset(record.payload.data() + record.payload.size(), 0, sizeof frame_->slack);
  const auto frame = marshal::parse_frame(record.payload);
  if (!frame) return frame.error();
  for (const marshal::Dependency& dependency : frame->dependencies) {
    if (!session_.order().wait(dependency.channel, dependency.position)) {
      return session_.ended() ? Error::kOk : Error::kBadDependency;
    }
  }
  {
    Call call(*this, *frame, record.position);
    const Module& module = *session_.options().module;
    try {
      if (frame->header->verdict == marshal::Verdict::kRefused) {
        call.fail(marshal::Outcome::kRefused, frame->header->verdict_detail);
      } else if (frame->header->verdict != marshal::Verdict::kPass) {
        call.fail(marshal::Outcome::kExhausted, 0);
      } else if (record.tag < marshal::kFirstApiFunction) {
        serve_runtime_call(session_, call, record.tag, *frame);
      } else if (record.tag - marshal::kFirstApiFunction < module.functions.size()) {
        // Work on the device may print. Nothing else is worth a look at each reply.
        if (frame->header->cost_ns != 0) session_.output().expect();
        const Function& function = module.functions[record.tag - marshal::kFirstApiFunction];
        AVA_TRACE("channel %u at %llu: %s", channel_,
                  static_cast<unsigned long long>(record.position), function.name);
        function.serve(call);
      }
    } catch (const std::exception& error) {
      if (session_.may_log()) {
        AVA_WARN("channel %u: function %u: %s", channel_, record.tag, error.what());
      }
      call.fail(marshal::Outcome::kExhausted, 0);
    } catch (...) {
      if (session_.may_log()) AVA_WARN("channel %u: function %u threw", channel_, record.tag);
      call.fail(marshal::Outcome::kExhausted, 0);
    }
  }
  session_.completions().sweep(kSweepStep);
  // [executed] Pairs with the guest's acquire load: the call's effects, and the end of its reads
  // from the arena, come before.
  reply_control_.executed.store(record.position, std::memory_order_release);
  session_.order().note(channel_, record.position);
  return Error::kOk;
}

void CallAsker::send(std::span<const std::byte> question) {
  worker_.complete(position_, marshal::kAsksForFile, question.data(), question.size());
}

bool CallAsker::ended() const noexcept { return worker_.session().ended(); }

void Worker::complete(uint64_t position, int32_t status, const void* reply,
                      uint64_t size) noexcept {
  // What was called back in the call comes before its reply.
  session_.upcalls().await_posted();
  // Before the reply, which may prove that they ended.
  session_.completions().sweep();
  if (status == 0 && session_.output().has_some()) status = marshal::kOkWithOutput;
  if (size != 0) std::memcpy(reply_bytes_.data(), reply, size);
  reply_control_.reply_size.store(static_cast<uint32_t>(size), std::memory_order_relaxed);
  // [reply] Pairs with the guest's acquire load: whoever sees this generation sees the reply.
  reply_control_.completion.store(
      transport::make_completion(static_cast<uint32_t>(position), status),
      std::memory_order_release);
  session_.options().waker->wake(reply_control_.guest_parked);
}

}  // namespace ava::server
