// GuestTransport over a slice of a device's memory: guest in a virtual machine, router on its host.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "base/clock.h"
#include "base/log.h"
#include "transport/channel_grant.h"
#include "transport/guest_hello.h"
#include "transport/host_memory.h"
#include "transport/ivshmem_words.h"
#include "transport/slice_device.h"

namespace ava::transport {
namespace {

constexpr int64_t kLookAgain = 100 * kMillisecond;  // an interrupt that is lost costs no more

// The guest's end of the control channel. Threads: one at a time.
class Mailbox {
 public:
  explicit Mailbox(SliceDevice& device) noexcept
      : device_(device), control_(*reinterpret_cast<ava_ivshmem_control*>(device.slice().data())) {}

  // The answer is complete once this returns true; it stays until the next question. `given_up` is
  // asked from time to time.
  template <typename Question, typename GivenUp>
  bool ask(const Question& question, GivenUp&& given_up) noexcept {
    static_assert(sizeof question <= AVA_IVSHMEM_MESSAGE_BYTES);
    std::memcpy(control_.question, &question, sizeof question);
    const uint32_t number = load_word(control_.asked) + 1;
    store_word(control_.asked, number);
    if (!device_.ring_control()) return false;
    ParkWord& parked = asker_of(control_);
    while (load_word(control_.answered) != number) {
      announce_park(parked);  // [park] the host answers, then looks at this word
      if (load_word(control_.answered) != number) device_.wait(parked, kLookAgain);
      cancel_park(parked);
      if (load_word(control_.answered) != number && given_up()) return false;
    }
    return true;
  }

  // Whether the last question's answer is one of these; copies it then.
  template <typename Answer>
  bool is(ControlKind kind, Answer& answer) const noexcept {
    std::memcpy(&answer, control_.answer, sizeof answer);
    return answer.header.magic == kControlMagic && answer.header.kind == kind &&
           answer.header.size == sizeof answer;
  }

  // Asks for a sign of life unless one is due already. Returns whether the last one has come.
  bool ping() noexcept {
    const uint32_t ping = load_word(control_.ping);
    if (load_word(control_.pong) != ping) return false;
    store_word(control_.ping, ping + 1);
    return true;
  }

 private:
  SliceDevice& device_;
  ava_ivshmem_control& control_;
};

class SliceTransport final : public GuestTransport {
 public:
  SliceTransport(std::unique_ptr<SliceDevice> device, std::span<std::byte> region,
                 uint32_t channels, int64_t sign_of_life_ns) noexcept
      : device_(std::move(device)),
        mailbox_(*device_),
        region_(region),
        sign_of_life_ns_(sign_of_life_ns),
        channels_(channels) {}

  std::span<std::byte> region() noexcept override { return region_; }

  uint32_t channels() const noexcept override { return channels_.granted(); }

  Result<uint32_t> grow_channels(uint32_t wanted) noexcept override {
    return channels_.grow(wanted, [this](const auto& request, auto& answer) {
      return mailbox_.ask(request, [this] { return over() || !peer_alive(); }) &&
             mailbox_.is(ControlKind::kChannels, answer);
    });
  }

  void ring_doorbell() noexcept override {
    // A device that is gone shows at the next look for the router.
    (void)device_->ring_slice();
  }

  void park(ParkWord& word, int64_t timeout_ns) noexcept override {
    device_->wait(word, timeout_ns);
  }

  void unpark(ParkWord&) noexcept override { device_->wake(); }

  bool peer_alive() noexcept override {
    const std::lock_guard lock(ping_mutex_);
    const int64_t now = now_ns();
    if (mailbox_.ping()) pinged_ns_ = now;
    return device_->ring_control().has_value() && now - pinged_ns_ < sign_of_life_ns_;
  }

  bool may_vanish() const noexcept override { return true; }

 private:
  bool over() const noexcept {
    return RegionView(region_).header().session_end.load(std::memory_order_acquire) != 0;
  }

  std::unique_ptr<SliceDevice> device_;
  Mailbox mailbox_;
  std::span<std::byte> region_;
  const int64_t sign_of_life_ns_;
  std::mutex ping_mutex_;  // guards its ping, and pinged_ns_
  int64_t pinged_ns_ = 0;
  ChannelGrant channels_;  // whose questions alone use the mailbox
};

}  // namespace

tl::expected<std::unique_ptr<GuestTransport>, ConnectError> connect_slice(
    std::unique_ptr<SliceDevice> device, const std::string& where, const Hello& hello,
    int64_t timeout_ns, int64_t sign_of_life_ns) {
  const std::string router = "the router behind " + where;
  const auto message = hello_message(hello);
  if (!message) return Refused(message.error());

  Mailbox mailbox(*device);
  const int64_t deadline = now_ns() + timeout_ns;
  if (!mailbox.ask(*message, [deadline] { return now_ns() >= deadline; })) {
    return refuse(Error::kTimedOut, "no answer: " + router +
                                        " said nothing in time; see whether ava-routerd runs on "
                                        "the host");
  }
  if (RefusalMessage refusal; mailbox.is(ControlKind::kRefusal, refusal)) {
    return explain_refusal(router, refusal);
  }
  WelcomeMessage welcome;
  if (!mailbox.is(ControlKind::kWelcome, welcome) || !is_sound(welcome) ||
      welcome.region_size > device->slice().size() - device->region_offset()) {
    return refuse(Error::kBadMessage,
                  "not a router: what answers behind " + where + " does not speak AvA's protocol");
  }
  const auto region = device->slice().subspan(device->region_offset(), welcome.region_size);
  if (RegionView(region).header().magic != kRegionMagic) {
    return refuse(Error::kBadMessage, "not a router: " + where + " has no region in its memory");
  }
  AVA_DEBUG("session %llu behind %s", static_cast<unsigned long long>(welcome.session),
            where.c_str());
  return std::make_unique<SliceTransport>(std::move(device), region, welcome.channels,
                                          sign_of_life_ns);
}

}  // namespace ava::transport
