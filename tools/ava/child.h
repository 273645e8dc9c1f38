// A child process of `ava run`, and waiting for it while signals are passed on.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace ava::tool {

// The exit status of `ava` itself, where the program was not started: as env(1) and timeout(1) do
// it.
inline constexpr int kCannotRun = 125;
inline constexpr int kNotExecutable = 126;
inline constexpr int kNotFound = 127;

// Becomes `program`, with this process's environment and the signal mask `ava` was started with.
// Returns only where it cannot: prints a sentence, returns kNotExecutable or kNotFound.
int become(const std::vector<std::string>& program);

// Keeps back the signals that forward_until_exit looks at. Before the first child.
void hold_signals();

// Starts `program` as a child. Its exit status is kNotExecutable or kNotFound where it cannot run.
pid_t start(const std::vector<std::string>& program);

// Waits until `child` ends, and passes on to it what signals this process gets meanwhile; those of
// the terminal reach it by themselves. Returns its wait status.
int forward_until_exit(pid_t child);

// Ends this process as a process with `wait_status` ended: the same exit status, the same signal.
[[noreturn]] void end_like(int wait_status);

}  // namespace ava::tool
