// The router's state at a moment, as plain data: what `ava ls` shows. Made by the main thread, read
// by the admin thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "router/counters.h"
#include "router/function_table.h"

namespace ava::router {

// Sums over sessions that are gone; laid out as SessionCounters.
struct EndedCounts {
  std::vector<CallTotals> calls;
  std::vector<uint64_t> refusals;
};

struct RefusalSnapshot {
  std::string parameter;  // empty: no single one
  uint64_t count;
};
struct FunctionSnapshot {
  std::string name;
  CallTotals totals;
  std::vector<RefusalSnapshot> refusals;
};
// One API generation's functions that were called, and their sum.
struct ApiSnapshot {
  std::string api;
  uint64_t wire_hash;
  CallTotals totals;
  std::vector<FunctionSnapshot> functions;
};

struct SessionSnapshot {
  uint64_t number;
  std::string guest;
  std::string program;
  pid_t pid;
  uid_t uid;
  pid_t server_pid;  // 0: none
  int64_t age_ns;    // of a session that ended: how long it lived
  uint32_t channels;
  uint64_t arena_size;
  uint64_t arena_resident;
  uint64_t doorbells;
  uint64_t server_wakes;
  uint64_t guest_wakes;
  unsigned worker;
  ApiSnapshot api;
  // Of a session that ended.
  std::string end_reason;
  std::string end_sentence;
};

struct MachineSnapshot {
  uint64_t memory;
  uint32_t slices;
  uint32_t vectors;  // that its device needs; 0: it has no doorbells
  pid_t qemu;        // 0: not connected
};

struct GuestSnapshot {
  std::string name;
  std::string socket;
  uint32_t sessions;
  uint64_t sessions_ever;
  std::vector<ApiSnapshot> apis;           // sessions that ended included
  std::optional<MachineSnapshot> machine;  // it is one
};

struct WorkerSnapshot {
  uint32_t sessions;
  int64_t spin_budget_ns;
  uint64_t sleeps;
  uint64_t turns;
};

struct ModuleSnapshot {
  std::string api;
  uint64_t wire_hash;
  std::string path;
  uint32_t functions;
};

struct Snapshot {
  pid_t pid;
  int64_t age_ns;
  std::string waiter;
  std::vector<WorkerSnapshot> workers;
  std::vector<ModuleSnapshot> modules;
  std::vector<GuestSnapshot> guests;
  std::vector<SessionSnapshot> sessions;
  std::vector<SessionSnapshot> ended;  // the last ones, newest first
};

// Adds a session's counters to a guest's sums.
void add_counts(EndedCounts& sums, const SessionCounters& counters);
// The functions that were called or refused, by name.
ApiSnapshot describe_counts(const std::string& api, uint64_t wire_hash,
                            const FunctionTable& functions, const EndedCounts& counts);

// The answer to {"command": "ls"}, on one line.
std::string snapshot_json(const Snapshot& snapshot);

}  // namespace ava::router
