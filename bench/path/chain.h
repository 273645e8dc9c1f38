// One way of carrying a call from a guest process through a router process to a server process,
// and its answer back. Each lives in a guest process of its own, which path/contest.cc makes.
//
// Threads: one. Errors: constructors throw with a sentence; a call that fails throws, too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/process.h"

namespace ava::bench {

inline constexpr size_t kPayload = 64;  // bytes that a call carries where it carries anything

class Chain {
 public:
  virtual ~Chain() = default;

  // Between rounds no party may use a processor: other chains are measured then.
  virtual void begin_round() {}
  virtual void end_round() {}
  // One call; returns with its answer.
  virtual void call() = 0;
  // `count` calls that nobody waits for, then one that waits for all of them. False where this
  // chain has no such calls.
  virtual bool window(unsigned count) {
    static_cast<void>(count);
    return false;
  }
  // The other processes.
  virtual std::vector<pid_t> parties() const = 0;
};

// Makes a chain whose guest is the calling process (pinned already).
using ChainFactory = std::function<std::unique_ptr<Chain>(const Placement&)>;

// The floor: plain shared memory, 64 bytes, direct answer; nothing is checked.
std::unique_ptr<Chain> make_eventfd_chain(const Placement& placement);  // sleeps on eventfds
std::unique_ptr<Chain> make_yield_chain(const Placement& placement);    // yields the processor
// What people would use instead; both answer by way of the router.
std::unique_ptr<Chain> make_socket_chain(const Placement& placement);
std::unique_ptr<Chain> make_grpc_chain(const Placement& placement);

// AvA with the toy API: its guest library, ava-routerd and ava-server.
struct AvaFiles {
  std::string routerd;
  std::string guest_library;
  std::string modules;  // a folder
};
// `spin_us` is AVA_SPIN_US for all three; empty: the default.
std::unique_ptr<Chain> make_ava_chain(const Placement& placement, const AvaFiles& files,
                                      const std::string& spin_us);

}  // namespace ava::bench
