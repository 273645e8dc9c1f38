// Gives back what sessions held, off the main thread: unmapping a gigabyte and removing a folder
// that a hostile server has filled may take long.
//
// Threads: take() is the main thread's; the rest happens on the janitor's own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace ava::router {

class Session;

class Janitor {
 public:
  Janitor();
  // Finishes what was taken.
  ~Janitor();

  // `done` runs on the janitor's thread, once everything is given back.
  void take(std::unique_ptr<Session> session, std::function<void()> done);
  // Runs `work` on the janitor's thread, in its turn.
  void run(std::function<void()> work);

 private:
  struct Remains {
    std::unique_ptr<Session> session;
    std::function<void()> done;
  };

  void loop();

  std::mutex mutex_;  // guards taken_ and stopping_
  std::condition_variable changed_;
  std::vector<Remains> taken_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ava::router
