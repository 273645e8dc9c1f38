// Child processes that end with their parent, on pins, and the memory that they share.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <functional>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace ava::bench {

inline constexpr int kAnyCpu = -1;

// Where the three parties of a call run: a processor number, or kAnyCpu.
struct Placement {
  std::string name;
  int guest = kAnyCpu;
  int router = kAnyCpu;
  int server = kAnyCpu;
};

// The processors that this process may use.
std::vector<int> allowed_cpus();
// Binds the calling thread, and all that it starts later.
void pin(int cpu);

// A child process. Killed when its parent or this object goes away.
class Child {
 public:
  Child() = default;
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  // Runs `body` in a fork of this process, pinned to `cpu`. An exception in it is printed and ends
  // the child with status 1.
  static Child fork(int cpu, const std::function<void()>& body);
  // Runs a program, with `environment` ("NAME=value") added to this process's.
  static Child exec(int cpu, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment);

  pid_t pid() const noexcept { return pid_; }
  bool running() noexcept;
  // Sends `signal` (0: nothing) and waits for the end. Returns the wait status.
  int stop(int signal) noexcept;

 private:
  pid_t pid_ = -1;
};

// How often the processes' threads have gone to sleep so far: voluntary context switches, the
// kernel's own count. A sched_yield is none.
uint64_t count_sleeps(const std::vector<pid_t>& processes);
// The children of `process`.
std::vector<pid_t> children_of(pid_t process);

// One T, zeroed, in memory that forks share.
template <typename T>
class Shared {
 public:
  Shared() {
    void* memory =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    value_ = new (memory) T();
  }
  ~Shared() { ::munmap(value_, sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  T* operator->() const noexcept { return value_; }
  T& operator*() const noexcept { return *value_; }

 private:
  T* value_;
};

}  // namespace ava::bench
