// What is counted, per session: calls by function, refusals by parameter, wakes.
//
// Threads: each counter is written by one thread, the session's worker, with a plain load and
// store; any thread may read, and sees each counter at some recent moment.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace ava::router {

class Counter {
 public:
  void add(uint64_t amount) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// One function's row.
struct CallCounters {
  Counter calls;            // forwarded, the refused ones among them
  Counter waits;            // calls for whose reply a guest thread waits
  Counter refused;          // answered without reaching the native library, or ended the session
  Counter bytes;            // of frames
  Counter device_time_ns;   // estimated
  Counter bandwidth_bytes;  // estimated
};

// The same as plain numbers: a sum over sessions, or a copy for a reader.
struct CallTotals {
  uint64_t calls = 0;
  uint64_t waits = 0;
  uint64_t refused = 0;
  uint64_t bytes = 0;
  uint64_t device_time_ns = 0;
  uint64_t bandwidth_bytes = 0;

  void add(const CallCounters& row) noexcept {
    calls += row.calls.get();
    waits += row.waits.get();
    refused += row.refused.get();
    bytes += row.bytes.get();
    device_time_ns += row.device_time_ns.get();
    bandwidth_bytes += row.bandwidth_bytes.get();
  }
  void add(const CallTotals& other) noexcept {
    calls += other.calls;
    waits += other.waits;
    refused += other.refused;
    bytes += other.bytes;
    device_time_ns += other.device_time_ns;
    bandwidth_bytes += other.bandwidth_bytes;
  }
};

struct SessionCounters {
  // The sizes are FunctionTable's rows() and refusal_rows().
  SessionCounters(uint32_t rows, uint32_t refusal_rows) : calls(rows), refusals(refusal_rows) {}

  std::vector<CallCounters> calls;  // by function number
  std::vector<Counter> refusals;    // by FunctionTable::refusal_row
  Counter doorbells;                // times that the guest woke the router
  Counter server_wakes;             // times that the router woke a thread of the server
  Counter guest_wakes;              // times that it woke a guest thread that waited for room
};

}  // namespace ava::router
