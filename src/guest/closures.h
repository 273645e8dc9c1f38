// The application's callbacks by number: what travels is the number, never a pointer.
//
// Threads: any; one mutex guards the table. Errors: 0 where memory does not suffice.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace ava::guest {

// Which callback of the module is to be called, and about which object, where the session is lost
// before the library calls it.
struct IfLost {
  static constexpr uint32_t kNone = ~uint32_t{0};
  uint32_t row = kNone;
  void* handle = nullptr;
};

struct Closure {
  void* function;
  void* user_data;
  bool once;  // dropped after one delivery
  // The application's handle of the object at whose end it is called; never looked into.
  const void* about = nullptr;
  IfLost if_lost{};
  bool registered = false;  // the call that named it succeeded
};

class Closures {
 public:
  uint64_t add(const Closure& closure) noexcept;
  void drop(uint64_t number) noexcept;
  // Is there one that is called at an object's end?
  bool awaits_ends() const noexcept { return about_.load(std::memory_order_relaxed) != 0; }
  // False where there is no such closure (any more).
  bool find(uint64_t number, Closure& closure) noexcept;
  // The call that named it succeeded.
  void confirm(uint64_t number) noexcept;
  // After the session's end: takes what is to be called now, the eldest first. False, with nothing
  // taken: a call that would add something is still under way.
  bool take_lost(std::vector<Closure>& lost) noexcept;

 private:
  void erase(std::map<uint64_t, Closure>::iterator at);

  std::atomic<uint64_t> about_ = 0;  // closures that are about an object; changed under the mutex
  std::mutex mutex_;                 // guards everything below
  std::map<uint64_t, Closure> closures_;
  uint64_t last_ = 0;
};

}  // namespace ava::guest
