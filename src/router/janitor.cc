#include "router/janitor.h"

#include "router/session.h"

namespace ava::router {

Janitor::Janitor() : thread_([this] { loop(); }) {}

Janitor::~Janitor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Janitor::take(std::unique_ptr<Session> session, std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    taken_.push_back({std::move(session), std::move(done)});
  }
  changed_.notify_one();
}

void Janitor::run(std::function<void()> work) { take(nullptr, std::move(work)); }

void Janitor::loop() {
  for (;;) {
    std::vector<Remains> gone;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !taken_.empty(); });
      if (taken_.empty()) return;
      gone.swap(taken_);
    }
    for (Remains& remains : gone) {
      remains.session.reset();
      remains.done();
    }
  }
}

}  // namespace ava::router
