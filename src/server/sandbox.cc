#include "server/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ava::server {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// Native libraries run compilers as children, which needs the default SIGCHLD; and what the router
// blocked or ignored was meant for the router.
void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    ::sigaction(number, &standard, nullptr);  // KILL and STOP refuse, and need no reset
  }
  sigset_t none;
  ::sigemptyset(&none);
  require(::sigprocmask(SIG_SETMASK, &none, nullptr) == 0, "sigprocmask");
}

}  // namespace

void enter_sandbox(int descriptors) {
  // A parent that is gone already shows as a closed control socket.
  require(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  // The router ends a server with all its children by the process group.
  if (::getpgrp() != ::getpid()) require(::setpgid(0, 0) == 0, "setpgid");
  reset_signals();
  const rlimit none{0, 0};
  require(::setrlimit(RLIMIT_CORE, &none) == 0, "RLIMIT_CORE");
  require(::close_range(static_cast<unsigned>(descriptors), ~0u, 0) == 0, "close_range");
  // Ours are not for the children of native libraries.
  for (int fd = 3; fd < descriptors; ++fd) {
    require(::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0, "the descriptors that ava-routerd gives");
  }
}

}  // namespace ava::server
