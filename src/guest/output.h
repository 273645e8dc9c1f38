// What the native library printed on the server's standard output, put on this process's. A reply
// says that there is some; the call that got it prints before it returns, so that a kernel's printf
// stands before whatever the application prints once it knows that the kernel has ended.
//
// Threads: any. One prints at a time; others that were told, too, wait until it is done.
#pragma once

#include <mutex>

namespace ava::guest {

class Session;

class Output {
 public:
  explicit Output(Session& session) noexcept : session_(session) {}

  // Fetches all there is and writes it to stdout, through the application's own buffer.
  void print() noexcept;

 private:
  Session& session_;
  std::mutex mutex_;  // held from asking until it is printed: who returns later sees it printed
};

}  // namespace ava::guest
