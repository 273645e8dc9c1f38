// The application's callbacks by number: what travels is the number, never a pointer.
//
// Threads: any; one mutex guards the table. Errors: 0 where memory does not suffice.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace ava::guest {

struct Closure {
  void* function;
  void* user_data;
  bool once;  // dropped after one delivery
};

class Closures {
 public:
  uint64_t add(const Closure& closure) noexcept;
  void drop(uint64_t number) noexcept;
  // False where there is no such closure (any more).
  bool find(uint64_t number, Closure& closure) noexcept;

 private:
  std::mutex mutex_;  // guards everything below
  std::unordered_map<uint64_t, Closure> closures_;
  uint64_t last_ = 0;
};

}  // namespace ava::guest
