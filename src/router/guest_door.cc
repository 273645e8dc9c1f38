#include "router/guest_door.h"

#include <stdexcept>

#include "base/clock.h"
#include "base/log.h"
#include "router/socket_client.h"

namespace ava::router {
namespace {

constexpr int64_t kRetryAccept = 100 * kMillisecond;  // after running out of descriptors
constexpr int kAcceptsPerTurn = 16;

}  // namespace

GuestDoor::GuestDoor(Loop& loop, const GuestConfig& config, std::function<void(Visitor)> admit,
                     int64_t patience_ns)
    : loop_(loop),
      name_(config.name),
      patience_ns_(patience_ns),
      admit_(std::move(admit)),
      self_(std::make_shared<GuestDoor*>(this)) {
  auto listener = transport::ControlListener::listen(config.socket, config.mode);
  if (!listener) throw std::runtime_error(listener.error().sentence);
  listener_ = std::move(*listener);
  auto watch = loop_.watch(listener_->fd(), [this] { accept(); });
  if (!watch) throw std::runtime_error("cannot watch " + config.socket);
  watch_ = std::move(*watch);
}

void GuestDoor::accept() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    // Full: whoever comes next waits in the socket's backlog.
    if (waiting_.size() >= kMaxWaiting) return;
    auto peer = listener_->accept();
    if (peer) {
      add(std::move(*peer));
      continue;
    }
    if (peer.error() == Error::kWouldBlock) return;
    AVA_WARN("guest %s: cannot accept a client: %s", name_.c_str(), error_name(peer.error()));
    loop_.at(now_ns() + kRetryAccept, [self = std::weak_ptr(self_)] {
      if (const auto door = self.lock()) (*door)->accept();
    });
    return;
  }
  watch_.again();
}

void GuestDoor::add(transport::ControlPeer peer) {
  const auto credentials = peer.credentials();
  if (!credentials) return;
  const uint64_t number = next_number_++;
  const int fd = peer.fd();
  const auto [place, added] =
      waiting_.emplace(number, Waiting{std::move(peer), *credentials, Loop::Watch()});
  auto watch = loop_.watch(fd, [this, number] { hear(number); });
  if (!watch) {
    waiting_.erase(place);
    return;
  }
  place->second.watch = std::move(*watch);
  loop_.at(now_ns() + patience_ns_, [self = std::weak_ptr(self_), number] {
    const auto door = self.lock();
    if (!door || (*door)->waiting_.erase(number) == 0) return;
    AVA_INFO("guest %s: a client connected and said nothing", (*door)->name_.c_str());
    (*door)->accept();
  });
}

void GuestDoor::hear(uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  auto message = found->second.peer.receive();
  if (!message && message.error() == Error::kWouldBlock) return;
  Waiting visitor = std::move(found->second);
  waiting_.erase(found);
  visitor.watch = Loop::Watch();
  if (message && std::holds_alternative<transport::HelloMessage>(*message)) {
    admit_({std::make_unique<SocketClient>(std::move(visitor.peer)), visitor.credentials,
            std::get<transport::HelloMessage>(*message)});
  } else if (!message && message.error() == Error::kClosed) {
    AVA_DEBUG("guest %s: a client left without a hello", name_.c_str());
  } else {
    AVA_INFO("guest %s: process %d sent something that is no hello", name_.c_str(),
             static_cast<int>(visitor.credentials.pid));
  }
  accept();  // there is a place again
}

}  // namespace ava::router
