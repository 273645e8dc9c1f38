// Code under test in a child process in which seccomp refuses a system call, as container runtimes
// and older kernels do.
#pragma once

#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

namespace ava::transport {

// From now on this process, or thread, gets `error` for `syscall` where all of `when` hold.
inline bool refuse_syscall(int syscall, int error, std::initializer_list<scmp_arg_cmp> when = {}) {
  scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  const bool refused =
      filter != nullptr &&
      ::seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(static_cast<uint16_t>(error)), syscall,
                               static_cast<unsigned>(when.size()), when.begin()) == 0 &&
      ::seccomp_load(filter) == 0;
  ::seccomp_release(filter);
  return refused;
}

// True where `body` returns true in a child.
template <typename Body>
bool in_child(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace ava::transport
