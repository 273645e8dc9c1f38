// The admin socket: one JSON object a line each way.
//
//   {"command": "ls"}   ->   the router's state (snapshot.h)
//   anything else       ->   {"error": "a sentence"}
//
// Only root and the router's own user may connect. A thread of its own serves one connection after
// the other, so that an operator whose terminal hangs delays operators, and nobody else.
// Threads: constructed, started and destroyed by the main thread.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "router/loop.h"
#include "router/snapshot.h"

namespace ava::router {

class Admin {
 public:
  // Listens at `path`. `snapshot` runs on the loop. Throws std::runtime_error with a sentence.
  Admin(Loop& loop, std::string path, std::function<Snapshot()> snapshot);
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

  Loop& loop_;
  std::string path_;
  std::function<Snapshot()> snapshot_;
  UniqueFd listener_;
  UniqueFd stop_;  // readable once the thread is to end
  std::thread thread_;
};

}  // namespace ava::router
