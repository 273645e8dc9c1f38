#include "private_router.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "admin_client.h"
#include "base/unique_fd.h"
#include "child.h"

namespace ava::tool {
namespace {

constexpr int kReadyFd = 3;  // in the router

std::filesystem::path make_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  // Socket paths are short: /tmp where the user's own folder is not there or would not do.
  for (const std::string base : {runtime == nullptr ? "" : runtime, "/tmp"}) {
    std::string path = base + "/ava-XXXXXX";
    if (!base.empty() && base.size() < 64 && ::mkdtemp(path.data()) != nullptr) return path;
  }
  throw ToolError(std::string("cannot make a temporary folder: ") + std::strerror(errno));
}

[[noreturn]] void run_router(const std::vector<std::string>& command, int ready) {
  // Out of the terminal's foreground group: Ctrl-C is the program's business. And never left
  // behind.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (ready == kReadyFd) {
    // dup2 onto itself would leave it to be closed by exec.
    ready = ::dup(ready);
  }
  ::dup2(ready, kReadyFd);
  ::setenv("AVA_LOG", "warn", 0);
  ::_exit(become(command));
}

}  // namespace

PrivateRouter::PrivateRouter(const std::filesystem::path& program,
                             const std::vector<std::string>& server_environment) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw ToolError("out of descriptors");
  const UniqueFd ready(ends[0]);
  UniqueFd theirs(ends[1]);
  folder_ = make_folder();
  std::vector<std::string> command = {program, "--socket", socket(), "--ready-fd",
                                      std::to_string(kReadyFd)};
  for (const std::string& variable : server_environment) {
    command.insert(command.end(), {"--server-env", variable});
  }
  pid_ = ::fork();
  if (pid_ == 0) run_router(command, theirs.get());
  theirs.reset();
  char word[6];
  ssize_t size = -1;
  do {
    size = ::read(ready.get(), word, sizeof word);
  } while (size < 0 && errno == EINTR);
  if (pid_ < 0 || size <= 0) {
    stop();
    throw ToolError("the private router " + program.string() + " did not start");
  }
}

PrivateRouter::~PrivateRouter() { stop(); }

void PrivateRouter::stop() noexcept {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace ava::tool
