#include "router/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "base/log.h"
#include "router/modules.h"

namespace ava::router {
namespace {

constexpr uint64_t kLogBytes = 64 * 1024;   // of a server's output; what comes later is lost to it
constexpr uint64_t kLogExcerpt = 2 * 1024;  // of which a person is shown so much

// A file of fixed size: writes beyond its end fail, and cost nobody anything.
UniqueFd make_log() noexcept {
  UniqueFd log(::memfd_create("ava-server-log", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!log || ::ftruncate(log.get(), kLogBytes) != 0 ||
      ::fcntl(log.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return {};
  }
  return log;
}

Result<ServerProcess> give_up(const char* what, int error) noexcept {
  AVA_ERROR("cannot start a server: %s: %s", what, std::strerror(error));
  if (error == ENOENT) return fail(Error::kNotFound);
  return fail(error == EACCES ? Error::kPermission : Error::kSystem);
}

// posix_spawn's attributes and file actions, destroyed on every way out.
class SpawnPlan {
 public:
  SpawnPlan() noexcept {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // The child starts with the signals of a fresh login, whatever the router blocks or ignores, as
    // the leader of a group that can be ended as a whole.
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // The child's descriptors 0, 1, ... in order, and none besides.
  void descriptors(std::span<const UniqueFd> fds) noexcept {
    for (size_t i = 0; i < fds.size(); ++i) {
      ::posix_spawn_file_actions_adddup2(&actions_, fds[i].get(), static_cast<int>(i));
    }
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, static_cast<int>(fds.size()));
  }
  void folder(const std::string& path) noexcept {
    ::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str());
  }
  // 0 or an errno.
  int spawn(pid_t& pid, const std::string& program, std::vector<std::string>& arguments,
            std::vector<std::string>& environment) const {
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, pointers(arguments).data(),
                         pointers(environment).data());
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& string : strings) result.push_back(string.data());
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// A copy that no dup2 of the spawn plan runs over before it is used.
UniqueFd above_targets(int fd) noexcept { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 16)); }

std::vector<std::string> environment_of(const Supervisor::Launch& launch,
                                        const std::vector<std::string>& extras) {
  std::vector<std::string> result = {
      "PATH=/usr/local/bin:/usr/bin:/bin",
      "HOME=" + launch.folder,
      "TMPDIR=" + launch.folder + "/tmp",
      "XDG_CACHE_HOME=" + launch.cache,
      // For a guest library that finds itself loaded here after all: it must not connect.
      "AVA_SERVER_PROCESS=1",
  };
  for (const std::string& extra : extras) {
    const std::string name = extra.substr(0, extra.find('=') + 1);
    std::erase_if(result, [&](const std::string& entry) { return entry.starts_with(name); });
    result.push_back(extra);
  }
  return result;
}

}  // namespace

Result<ServerProcess> Supervisor::spawn(const Launch& launch) const {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return give_up("socketpair", errno);
  }
  UniqueFd ours(ends[0]), theirs(ends[1]);
  UniqueFd log = make_log();
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!log || !nothing) return give_up("standard streams", errno);

  const int output = options_.show_output ? STDERR_FILENO : log.get();
  std::vector<int> wanted = {nothing.get(), output,           output,
                             theirs.get(),  launch.region_fd, launch.server_region_fd,
                             launch.room_fd};
  if (launch.interrupt_fd >= 0) wanted.push_back(launch.interrupt_fd);
  std::vector<UniqueFd> fds;
  for (const int fd : wanted) {
    fds.push_back(above_targets(fd));
    if (!fds.back()) return give_up("descriptors", errno);
  }

  SpawnPlan plan;
  plan.descriptors(fds);
  plan.folder(launch.folder);
  std::vector<std::string> arguments = {"ava-server",
                                        "--module",
                                        launch.module,
                                        "--api",
                                        launch.api,
                                        "--hash",
                                        hash_text(launch.wire_hash),
                                        "--arena-size",
                                        std::to_string(launch.arena_size),
                                        "--channels",
                                        std::to_string(launch.channels)};
  if (launch.region_offset != 0) {
    arguments.insert(arguments.end(), {"--region-offset", std::to_string(launch.region_offset)});
  }
  if (launch.interrupt_fd >= 0) arguments.push_back("--interrupts");
  std::vector<std::string> environment = environment_of(launch, options_.environment);
  pid_t pid = -1;
  if (const int error = plan.spawn(pid, options_.program, arguments, environment); error != 0) {
    return give_up(options_.program.c_str(), error);
  }
  // Not collected yet, so the number is still its own.
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int error = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return give_up("pidfd_open", error);
  }
  return ServerProcess(pid, std::move(pidfd), std::move(ours), std::move(log));
}

ServerProcess::ServerProcess(pid_t pid, UniqueFd pidfd, UniqueFd control, UniqueFd log) noexcept
    : pid_(pid), pidfd_(std::move(pidfd)), control_(std::move(control)), log_(std::move(log)) {}

void ServerProcess::kill() noexcept {
  if (pid_ > 0) {
    // The server itself, even where it has moved to another group; then the group that it led,
    // whose number cannot be another's as long as the server is not collected.
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    ::kill(-pid_, SIGKILL);
  }
  control_.reset();
}

std::string ServerProcess::reap() noexcept {
  kill();  // children that it left
  siginfo_t info{};
  if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info, WEXITED) !=
      0) {
    return std::string("cannot be collected: ") + std::strerror(errno);
  }
  pid_ = -1;
  if (info.si_code == CLD_EXITED) {
    return "exited with status " + std::to_string(info.si_status);
  }
  const char* name = ::sigabbrev_np(info.si_status);
  return "was killed by signal " + std::to_string(info.si_status) + " (" +
         (name == nullptr ? "?" : name) + ")";
}

std::string ServerProcess::log() const {
  std::string text(kLogExcerpt, '\0');
  const ssize_t size = ::pread(log_.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  text.resize(std::min(text.size(), text.find('\0')));
  for (char& c : text) {
    if (c != '\n' && (c < 0x20 || c > 0x7e)) c = '?';
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace ava::router
