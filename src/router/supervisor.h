// Starts and ends API servers: one process each, for one client.
//
// A server is started with nothing but: its standard streams (nothing to read; what it says goes to
// a bounded log), descriptors 3 to 7, an environment of its own, and an empty folder. It leads a
// process group, which ends with it. What it inherits, exactly:
//
//   0, 1, 2   /dev/null; its log, twice
//   3         a SEQPACKET socket; the router closes its end to make the server leave
//   4, 5      the client's region; the server region
//   6         an eventfd: the server adds 1 when it took something from a full ring
//   7         for a client in a virtual machine: an eventfd that interrupts its kernel for it
//
// Threads: the main thread, whose end is what a server's parent-death signal waits for.
// Trust: servers are hostile; nothing that one does to these descriptors reaches anybody else.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace ava::router {

// A running server. Destroying it does not end it: kill() and reap() do.
class ServerProcess {
 public:
  ServerProcess(pid_t pid, UniqueFd pidfd, UniqueFd control, UniqueFd log) noexcept;

  pid_t pid() const noexcept { return pid_; }
  // Becomes readable when the server has ended.
  int pidfd() const noexcept { return pidfd_.get(); }

  // Ends it and its process group, at once.
  void kill() noexcept;
  // After pidfd() became readable: collects it. A sentence such as "was killed by signal 11
  // (SEGV)".
  std::string reap() noexcept;
  // The first words that it wrote to its standard streams; bounded, printable.
  std::string log() const;

 private:
  pid_t pid_;
  UniqueFd pidfd_;
  UniqueFd control_;
  UniqueFd log_;
};

class Supervisor {
 public:
  struct Options {
    std::string program;                   // ava-server
    std::vector<std::string> environment;  // NAME=VALUE, for all servers
    bool show_output = false;              // servers write to the router's stderr instead of a log
  };
  struct Launch {
    std::string module;  // path of the server module
    std::string api;
    uint64_t wire_hash;
    uint64_t arena_size;
    uint32_t channels;   // the session's quota
    std::string folder;  // HOME and, below it, TMPDIR; exists and is the server's alone
    std::string cache;   // XDG_CACHE_HOME; exists, shared with its guest's other servers
    int region_fd;
    uint64_t region_offset = 0;  // of the region in that memory
    int server_region_fd;
    int room_fd;
    int interrupt_fd = -1;  // the client's machine is interrupted through it; -1: there is none
  };

  explicit Supervisor(Options options) : options_(std::move(options)) {}

  // Errors: kSystem, kNotFound (the program), kPermission; logged.
  Result<ServerProcess> spawn(const Launch& launch) const;

 private:
  Options options_;
};

}  // namespace ava::router
