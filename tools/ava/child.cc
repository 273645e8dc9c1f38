#include "child.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ava::tool {
namespace {

sigset_t g_original_mask;
bool g_held = false;

sigset_t held_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD}) {
    ::sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

int become(const std::vector<std::string>& program) {
  std::vector<char*> arguments;
  for (const std::string& argument : program) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // execvp writes nothing
  }
  arguments.push_back(nullptr);
  if (g_held) ::sigprocmask(SIG_SETMASK, &g_original_mask, nullptr);
  ::execvp(arguments[0], arguments.data());
  const int error = errno;
  std::fprintf(stderr, "ava: cannot run %s: %s\n", arguments[0], std::strerror(error));
  return error == ENOENT ? kNotFound : kNotExecutable;
}

void hold_signals() {
  const sigset_t signals = held_signals();
  ::sigprocmask(SIG_BLOCK, &signals, &g_original_mask);
  g_held = true;
}

pid_t start(const std::vector<std::string>& program) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(become(program));
  return child;
}

int forward_until_exit(pid_t child) {
  const sigset_t signals = held_signals();
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return status;
    siginfo_t info;
    const int signal = ::sigwaitinfo(&signals, &info);
    // What the terminal sends, it sends to the whole foreground group.
    if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) ::kill(child, signal);
  }
}

void end_like(int wait_status) {
  std::fflush(nullptr);
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);  // the program's own core dump is the one that matters
    ::signal(signal, SIG_DFL);
    sigset_t just_it;
    ::sigemptyset(&just_it);
    ::sigaddset(&just_it, signal);
    ::sigprocmask(SIG_UNBLOCK, &just_it, nullptr);
    ::raise(signal);
    ::_exit(128 + signal);  // where the signal's default is not to end
  }
  ::_exit(WEXITSTATUS(wait_status));
}

}  // namespace ava::tool
