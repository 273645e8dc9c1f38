#include "path/contest.h"

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "base/clock.h"
#include "harness/report.h"

namespace ava::bench {

// What the controller asks of a guest process. `windows` 0: latency.
struct Contestant::Order {
  unsigned calls;
  unsigned windows;
};

namespace {

// Calls before the clock runs: caches fill, spin budgets settle, everybody is awake.
constexpr unsigned kWarmUp = 20;

double measure_latency(Chain& chain, unsigned calls) {
  std::vector<double> times(calls);
  int64_t last = now_ns();
  for (double& time : times) {
    chain.call();
    const int64_t now = now_ns();
    time = static_cast<double>(now - last);
    last = now;
  }
  return median(std::move(times));
}

double measure_windows(Chain& chain, unsigned windows, unsigned size) {
  const int64_t start = now_ns();
  for (unsigned i = 0; i < windows; ++i) chain.window(size - 1);
  return static_cast<double>(now_ns() - start) / windows / size;
}

}  // namespace

Contestant::Contestant(std::string name, const ChainFactory& make, const Placement& placement)
    : name_(std::move(name)) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  guest_ = Child::fork(placement.guest, [&] {
    ::close(sockets[0]);
    const auto chain = make(placement);
    for (Order order; ::recv(sockets[1], &order, sizeof order, 0) == sizeof order;) {
      std::vector<pid_t> everybody = chain->parties();
      everybody.push_back(::getpid());
      chain->begin_round();
      for (unsigned i = 0; i < kWarmUp; ++i) chain->call();
      const uint64_t slept = count_sleeps(everybody);
      Round round{};
      unsigned calls = order.calls;
      if (order.windows == 0) {
        round.ns_per_call = measure_latency(*chain, order.calls);
      } else {
        round.ns_per_call = measure_windows(*chain, order.windows, order.calls);
        calls *= order.windows;
      }
      round.sleeps_per_call = static_cast<double>(count_sleeps(everybody) - slept) / calls;
      chain->end_round();
      if (::send(sockets[1], &round, sizeof round, MSG_NOSIGNAL) != sizeof round) break;
    }
  });
  ::close(sockets[1]);
  socket_.reset(sockets[0]);
  latency(1);
}

Contestant::~Contestant() {
  // Not only a close: guests that were forked later have copies of this end.
  if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);
  guest_.stop(0);  // it takes its chain down and ends
}

Round Contestant::latency(unsigned calls) { return run({calls, 0}); }

Round Contestant::windows(unsigned windows, unsigned size) { return run({size, windows}); }

Round Contestant::run(const Order& order) {
  Round round{};
  if (::send(socket_.get(), &order, sizeof order, MSG_NOSIGNAL) != sizeof order ||
      ::recv(socket_.get(), &round, sizeof round, 0) != sizeof round) {
    throw std::runtime_error(name_ + ": its guest process ended");
  }
  return round;
}

double Series::ns_per_call() const {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.ns_per_call);
  return median(std::move(values));
}

double Series::sleeps_per_call() const {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.sleeps_per_call);
  return median(std::move(values));
}

double ratio(const Series& a, const Series& b) {
  std::vector<double> values;
  for (size_t i = 0; i < a.rounds.size() && i < b.rounds.size(); ++i) {
    values.push_back(a.rounds[i].ns_per_call / b.rounds[i].ns_per_call);
  }
  return median(std::move(values));
}

}  // namespace ava::bench
