// Measures several chains in one run, in turn, in many short rounds: what disturbs the machine for
// a second then disturbs all of them, and ratios stay meaningful where times are not.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "path/chain.h"

namespace ava::bench {

// What one round of one chain gave.
struct Round {
  double ns_per_call;      // latency: the median; windows: elapsed time by calls
  double sleeps_per_call;  // of all parties' threads together
};

// A chain in a guest process of its own, which sleeps between rounds.
class Contestant {
 public:
  // Starts it and makes a first call. Errors: throws where that fails (the child printed why).
  Contestant(std::string name, const ChainFactory& make, const Placement& placement);
  ~Contestant();
  Contestant(Contestant&& other) noexcept = default;

  const std::string& name() const noexcept { return name_; }
  // `calls` calls, each waited for and timed. Errors: throws where a call fails.
  Round latency(unsigned calls);
  // `windows` times `size` calls of which only the last is waited for.
  Round windows(unsigned windows, unsigned size);

 private:
  struct Order;
  Round run(const Order& order);

  std::string name_;
  UniqueFd socket_;
  Child guest_;
};

// The rounds of one chain in one placement.
struct Series {
  std::string name;
  std::vector<Round> rounds;

  double ns_per_call() const;      // median over the rounds
  double sleeps_per_call() const;  // median over the rounds
};
// The median over rounds of a's figure by b's in the same round.
double ratio(const Series& a, const Series& b);

}  // namespace ava::bench
