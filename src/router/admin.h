// The admin socket: one JSON object a line each way.
//
//   {"command": "ls"}                           ->   the router's state (snapshot.h)
//   {"command": "vm-add", "name": "a",          ->   the guest that it is now
//    "socket": "/run/a", "memory": "4 GiB",
//    "slices": 8, "mode": 432}
//   {"command": "vm-remove", "name": "a"}       ->   the guest that it was
//   anything else, or what cannot be            ->   {"error": "a sentence"}
//
// Only root and the router's own user may connect. A thread of its own serves one connection after
// the other, so that an operator whose terminal hangs delays operators, and nobody else.
// Threads: constructed, started and destroyed by the main thread.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "router/admin_protocol.h"
#include "router/loop.h"

namespace ava::router {

class Admin {
 public:
  // Both run on the loop.
  struct Answers {
    std::function<Snapshot()> snapshot;
    std::function<std::string(const AdminRequest&)> change;  // returns the answer's line
  };
  // Listens at `path`. Throws std::runtime_error with a sentence.
  Admin(Loop& loop, std::string path, Answers answers);
  // The loop has ended, or start() was never called. Removes the socket's file.
  ~Admin();

  void start();

 private:
  void run();
  void serve(int fd);
  // Waits until `fd` is ready for `events`. False: give the connection up.
  bool wait(int fd, short events, int timeout_ms) const;
  bool send(int fd, const std::string& text) const;
  std::string answer(const std::string& line);
  // What `ask` returns on the loop; throws std::future_error where that has ended.
  template <typename T>
  T on_loop(std::function<T()> ask);

  Loop& loop_;
  std::string path_;
  Answers answers_;
  UniqueFd listener_;
  UniqueFd stop_;  // readable once the thread is to end
  std::thread thread_;
};

}  // namespace ava::router
