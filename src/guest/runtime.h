// The runtime of one guest library in one process: how it comes to a session, and what is the same
// in all of them.
//
// Connecting: at the first call that needs it. Where it fails, calls fail with Outcome::kLost and
// AVA_LOG says why; a second later the next call tries again, so that a program that was started
// before its router recovers. A session that was lost is not replaced: the application's handles
// name objects that are gone.
//
// Fork: the child starts anew. It takes over nothing, not even a lock: it gets a runtime of its own
// at its first call, in which no handle of the parent's is known.
//
// Exit: the runtime is deliberately never destroyed. Functions that run at exit, destructors of
// other libraries and threads that are still running may call the API until the process is gone;
// the router learns of the end from the process's death.
//
// Threads: any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "guest/learn.h"
#include "guest/session.h"
#include "guest/settings.h"

namespace ava::guest {

class Runtime {
 public:
  // Null where memory does not suffice.
  static Runtime* get() noexcept {
    Runtime* runtime = current_.load(std::memory_order_acquire);
    return runtime != nullptr ? runtime : make();
  }

  // Connects if need be. Null where that fails.
  Session* session() noexcept {
    Session* session = session_.load(std::memory_order_acquire);
    return session != nullptr ? session : connect();
  }

  const Settings& settings() const noexcept { return settings_; }
  LearnedCalls& learned() noexcept { return learned_; }

  // For tests: what connects instead of the endpoint's socket; null restores that. The next call
  // then finds a new runtime; the old one stays as it is.
  using Connect = tl::expected<std::unique_ptr<transport::GuestTransport>,
                               transport::ConnectError> (*)(const transport::Hello& hello);
  static void restart_for_test(Connect connect) noexcept;

 private:
  Runtime() noexcept : settings_(Settings::from_environment()) {}
  static Runtime* make() noexcept;
  static Runtime* replace() noexcept;
  static void in_child() noexcept;
  Session* connect() noexcept;
  static Session* try_to_connect() noexcept;

  static constinit std::atomic<Runtime*> current_;
  static constinit std::atomic<Runtime*> replaced_;  // the latest; findable in a core dump
  static constinit std::atomic<Connect> connect_for_test_;

  Runtime* older_ = nullptr;  // what was replaced before this one was
  const Settings settings_;
  LearnedCalls learned_;
  std::atomic<Session*> session_{nullptr};
  std::mutex connecting_;  // guards failed_ns_, and that one thread at a time connects
  int64_t failed_ns_ = 0;  // when connecting last failed; 0: it did not
};

}  // namespace ava::guest
