#include "harness/process.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <utility>

namespace ava::bench {
namespace {

// In a new child: ends with the parent, also when that died before this line.
void follow_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

}  // namespace

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

void pin(int cpu) {
  if (cpu == kAnyCpu) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::system_error(errno, std::generic_category(), "pin to " + std::to_string(cpu));
  }
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    stop(SIGKILL);
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Child::~Child() { stop(SIGKILL); }

Child Child::fork(int cpu, const std::function<void()>& body) {
  std::fflush(nullptr);  // or the child would print our buffers, too
  const pid_t parent = ::getpid();
  Child child;
  child.pid_ = ::fork();
  if (child.pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child.pid_ > 0) return child;

  int status = 0;
  try {
    follow_parent(parent);
    pin(cpu);
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    status = 1;
  }
  std::fflush(nullptr);
  ::_exit(status);  // our parent's destructors are not ours to run
}

Child Child::exec(int cpu, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& environment) {
  return fork(cpu, [&] {
    for (const std::string& entry : environment) ::putenv(const_cast<char*>(entry.c_str()));
    std::vector<char*> pointers;
    for (const std::string& argument : arguments) {
      pointers.push_back(const_cast<char*>(argument.c_str()));
    }
    pointers.push_back(nullptr);
    ::execv(pointers[0], pointers.data());
    throw std::system_error(errno, std::generic_category(), "cannot run " + arguments[0]);
  });
}

bool Child::running() noexcept {
  if (pid_ < 0) return false;
  siginfo_t state{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0;
}

int Child::stop(int signal) noexcept {
  if (pid_ < 0) return 0;
  if (signal != 0) ::kill(pid_, signal);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

uint64_t count_sleeps(const std::vector<pid_t>& processes) {
  uint64_t sum = 0;
  for (const pid_t process : processes) {
    std::error_code gone;
    const auto tasks = "/proc/" + std::to_string(process) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
      std::ifstream status(task.path() / "status");
      for (std::string line; std::getline(status, line);) {
        const std::string key = "voluntary_ctxt_switches:";
        if (line.starts_with(key)) sum += std::stoull(line.substr(key.size()));
      }
    }
  }
  return sum;
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  std::error_code gone;
  const auto tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    std::ifstream list(task.path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

}  // namespace ava::bench
