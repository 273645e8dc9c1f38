// What the native library prints to standard output: kernels' printf, above all. It belongs on the
// application's standard output, in order with what that prints itself, so it waits here until a
// reply tells the guest to fetch it, before the application learns that the work has ended.
//
// Threads: any. Trust: the bytes are the library's, and so the guest's own; bounded by kMaxHeld.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/unique_fd.h"

namespace ava::server {

class Output {
 public:
  // Bytes that may wait to be fetched. A library that prints more before the guest's next call that
  // waits loses the rest, as a closed pipe's writer would.
  static constexpr uint64_t kMaxHeld = uint64_t{64} << 20;

  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Makes this process's standard output end here. Errors: std::system_error.
  void capture();

  // The library may print from now on: until then, has_some() costs no system call.
  void expect() noexcept { expected_.store(true, std::memory_order_relaxed); }
  // Is anything waiting?
  bool has_some() noexcept;
  // Moves the eldest bytes into `bytes`; returns how many there were.
  size_t take(std::span<std::byte> bytes) noexcept;

 private:
  uint64_t size() const noexcept;

  // A file that grows at its end, whoever writes: children of the library, too. What was read is
  // punched out, so that it never takes more memory than what waits.
  UniqueFd file_;
  std::atomic<bool> expected_{false};
  std::atomic<uint64_t> taken_{0};  // bytes; only taken_mutex_'s holder writes
  std::mutex taken_mutex_;          // guards the reading end of file_
};

}  // namespace ava::server
