// A thread of the router's pool: serves its sessions' data paths, in turns, and sleeps when none
// has anything. A session belongs to one worker for its life.
//
// Waiting: while sessions are active the worker looks at them in turns; when all stay empty it
// yields for a bounded, adaptive budget, then parks their channels and sleeps in its Waiter.
// Threads: the public members are the main thread's. The two talk through two queues
// (Boost.Lockfree), which cannot overflow: a session has at most a few messages in each.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "router/forwarder.h"
#include "transport/waiter.h"

namespace ava::router {

class Worker {
 public:
  // What the worker tells the main thread about a session.
  struct Report {
    enum class Kind : uint8_t {
      kNeedsServer,  // its first frame was forwarded
      kUnwatchable,  // its doorbells cannot be watched
      kViolation,    // forwarder.violation() has it; the session is not served any more
      kDetached,     // the worker will not touch the session again
    };
    Kind kind;
    uint64_t session;
  };

  struct Attachment {
    uint64_t session;
    Forwarder* forwarder;  // lives until kDetached is reported
    int doorbell;          // the client rings
    int room;              // the server rings: there is room again
  };

  struct Status {
    uint32_t sessions;
    int64_t spin_budget_ns;
    uint64_t sleeps;  // times that the worker had nothing to do for longer than its budget
    uint64_t turns;   // times that a session had something
  };

  // `max_sessions` at a time. `reported` is called on the worker's thread after each report.
  Worker(std::unique_ptr<transport::Waiter> waiter, uint32_t max_sessions,
         std::function<void()> reported);
  // Every session is detached.
  ~Worker();

  void attach(const Attachment& attachment);
  // Answered by kDetached.
  void detach(uint64_t session);
  bool take_report(Report& report) { return reports_.pop(report); }

  uint32_t sessions() const noexcept { return sessions_; }
  Status status() const noexcept;
  const char* waiter_name() const noexcept { return waiter_->name(); }

 private:
  struct Command {
    enum class Kind : uint8_t { kAttach, kDetach, kStop } kind;
    Attachment attachment;
  };
  struct Member {
    Attachment attachment;
    bool active = false;
    bool reported_need = false;
    bool accused = false;
  };

  void run();
  void obey();
  void add(const Attachment& attachment);
  void remove(uint64_t session);
  // One turn for each active session. True if something was moved.
  bool serve(int64_t now_ns);
  // Parks what has been empty since before `since_ns`.
  void park_idle(int64_t since_ns);
  // The same for what became idle while others keep the worker busy.
  void park_some(int64_t now_ns);
  void take_events(int64_t timeout_ns);
  void activate(Member& member);
  // After anything that can find out something about the session.
  void check(Member& member);
  void command(const Command& command);
  void report(Report::Kind kind, uint64_t session);

  std::unique_ptr<transport::Waiter> waiter_;
  std::function<void()> reported_;
  boost::lockfree::spsc_queue<Command> commands_;
  boost::lockfree::spsc_queue<Report> reports_;
  uint32_t sessions_ = 0;  // the main thread's count

  // The worker's own.
  std::unordered_map<uint64_t, Member> members_;  // by session number
  std::vector<Member*> active_;
  std::unique_ptr<std::byte[]> scratch_;
  int64_t next_park_ns_ = 0;  // when to look next for channels that became idle
  bool stopping_ = false;

  // For status().
  std::atomic<int64_t> spin_budget_ns_{0};
  Counter sleeps_;
  Counter turns_;

  std::jthread thread_;  // last: starts when everything else is there
};

}  // namespace ava::router
