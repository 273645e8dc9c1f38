// One client's session inside its server: what the channels' workers share, and the acceptor that
// makes a worker at a channel's first frame. A worker that blocks in a native call blocks nobody
// else.
//
// Trust:   the router, and the server region, which no guest maps. The region is the guest's.
// Threads: run() is the acceptor and returns when the session ended. end() may be called by any.
// Errors:  none leave here; what ends a session is logged, and stored for the guest to see.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "server/completion_tracker.h"
#include "server/execution_order.h"
#include "server/file_questions.h"
#include "server/guest_waker.h"
#include "server/kept_bytes.h"
#include "server/kept_objects.h"
#include "server/mappings.h"
#include "server/mirrors.h"
#include "server/module.h"
#include "server/object_table.h"
#include "server/output.h"
#include "server/spills.h"
#include "server/upcall_ring.h"
#include "transport/host_memory.h"

namespace ava::server {

class Worker;

class Session {
 public:
  struct Options {
    transport::RegionView region;  // borrowed mappings
    transport::ServerRegionView server_region;
    const Module* module;  // borrowed, for ever
    GuestWaker* waker;     // borrowed
    uint32_t channels;     // at most this many workers
    int room_fd = -1;      // eventfd that tells the router of room in a ring; borrowed
  };
  explicit Session(const Options& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Makes workers until end(). The destructor joins them: a server process, where native calls may
  // hang, leaves without.
  void run();
  void end(Error reason) noexcept;
  bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  // May one more line be logged that the guest can cause? The first hundred may.
  bool may_log() noexcept { return log_lines_.fetch_add(1, std::memory_order_relaxed) < 100; }

  const Options& options() const noexcept { return options_; }
  ObjectTable& objects() noexcept { return objects_; }
  CompletionTracker& completions() noexcept { return completions_; }
  ExecutionOrder& order() noexcept { return order_; }
  Spills& spills() noexcept { return spills_; }
  Mappings& mappings() noexcept { return mappings_; }
  Mirrors& mirrors() noexcept { return mirrors_; }
  UpcallRing& upcalls() noexcept { return upcalls_; }
  KeptBytes& kept_bytes() noexcept { return kept_bytes_; }
  KeptObjects& kept_objects() noexcept { return kept_objects_; }
  Output& output() noexcept { return output_; }
  FileQuestions& files() noexcept { return files_; }

 private:
  void accept(uint32_t channel);

  const Options options_;
  ObjectTable objects_;
  CompletionTracker completions_;
  ExecutionOrder order_;
  Spills spills_;
  Mappings mappings_;
  KeptBytes kept_bytes_;
  Mirrors mirrors_;
  KeptObjects kept_objects_;
  UpcallRing upcalls_;  // waits for callbacks that are inside, so it ends before what they use
  Output output_;
  FileQuestions files_;
  std::atomic<bool> ended_{false};
  std::atomic<uint64_t> log_lines_{0};
  std::vector<std::unique_ptr<Worker>> workers_;  // by channel; the acceptor's
};

}  // namespace ava::server
