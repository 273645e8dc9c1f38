// The application's callbacks by number: what travels is the number, never a pointer.
//
// Threads: any; one mutex guards the table. Errors: 0 where memory does not suffice.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace ava::guest {

struct Closure {
  void* function;
  void* user_data;
  bool once;  // dropped after one delivery
  // The application's handle of the object at whose end it is called; never looked into.
  const void* about = nullptr;
};

class Closures {
 public:
  uint64_t add(const Closure& closure) noexcept;
  void drop(uint64_t number) noexcept;
  // Is there one that is called at an object's end?
  bool awaits_ends() const noexcept { return about_.load(std::memory_order_relaxed) != 0; }
  // False where there is no such closure (any more).
  bool find(uint64_t number, Closure& closure) noexcept;

 private:
  void erase(std::unordered_map<uint64_t, Closure>::iterator at);

  std::atomic<uint64_t> about_ = 0;  // closures that are about an object; changed under the mutex
  std::mutex mutex_;                 // guards everything below
  std::unordered_map<uint64_t, Closure> closures_;
  uint64_t last_ = 0;
};

}  // namespace ava::guest
