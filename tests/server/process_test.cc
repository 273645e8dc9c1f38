// ava-server as a process: what it is started with, what it gives up, and how it ends. The test
// plays the router.
//
//   AVA_SERVER, TOY_SERVER_MODULE    paths, from meson
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "server_double.h"
#include "toy.h"
#include "toy_api.h"
#include "toy_generated.h"

namespace ava::server {
namespace {

namespace wire = ava::toy::wire;

constexpr uint64_t kArena = 1 << 20;  // bytes
constexpr int kForeignFd = 20;        // a descriptor that the server must not keep

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The value behind "Name:" in a file of /proc.
std::string proc_value(pid_t pid, const char* file, const std::string& name) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/" + file);
  const size_t at = text.find(name);
  if (at == std::string::npos) return "missing";
  const size_t begin = text.find_first_not_of(" \t:", at + name.size());
  return text.substr(begin, text.find_first_of(" \t\n", begin) - begin);
}

class ServerProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    control_.reset(ends[0]);
    their_control_.reset(ends[1]);
    room_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    transport::format_region(region_.bytes(), kArena);
    transport::format_server_region(server_region_.bytes());
  }
  void TearDown() override {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  std::vector<std::string> arguments(const std::string& module, uint64_t hash) {
    std::ostringstream hex;
    hex << std::hex << hash;
    return {"ava-server",
            "--module",
            module,
            "--api",
            toy::kApi,
            "--hash",
            hex.str(),
            "--arena-size",
            std::to_string(kArena),
            "--channels",
            "8"};
  }
  std::vector<std::string> proper_arguments() {
    return arguments(std::getenv("TOY_SERVER_MODULE"), toy::kWireHash);
  }

  // Starts the server as the router does; with `foreign`, a descriptor too many comes along.
  void start(std::vector<std::string> arguments, bool foreign = false) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    const int fds[] = {their_control_.get(), region_.fd(), server_region_.fd(), room_.get()};
    std::vector<UniqueFd> copies;
    for (int i = 0; i < 4; ++i) {
      copies.emplace_back(::fcntl(fds[i], F_DUPFD_CLOEXEC, 100));
      ::posix_spawn_file_actions_adddup2(&actions, copies.back().get(), 3 + i);
    }
    if (foreign) ::posix_spawn_file_actions_adddup2(&actions, copies[1].get(), kForeignFd);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ASSERT_EQ(
        ::posix_spawn(&pid_, std::getenv("AVA_SERVER"), &actions, nullptr, argv.data(), environ),
        0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  // The exit code; -1 after ten seconds, or for a signal.
  int wait_for_end() {
    const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd ended{pidfd.get(), POLLIN, 0};
    if (::poll(&ended, 1, 10'000) != 1) return -1;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  Error session_end() const {
    return static_cast<Error>(transport::RegionView(region_.bytes()).header().session_end.load());
  }
  ChannelDouble channel(uint32_t number) const {
    return {transport::RegionView(region_.bytes()),
            transport::ServerRegionView(server_region_.bytes()), number};
  }
  void expect_service() {
    const auto reply = channel(0).call_fixed(toy::kFn_toy_null, wire::toy_null_request(0));
    EXPECT_EQ(reply.fixed<wire::toy_null_reply>().ret(), TOY_OK);
  }

  UniqueFd control_, their_control_, room_;
  transport::SharedMemory region_ =
      std::move(*transport::SharedMemory::create("region", transport::kArenaOffset + kArena));
  transport::SharedMemory server_region_ =
      std::move(*transport::SharedMemory::create("server", transport::kServerRegionSize));
  pid_t pid_ = -1;
};

TEST_F(ServerProcessTest, ServesCalls) {
  start(proper_arguments());
  expect_service();
}

TEST_F(ServerProcessTest, HelpIsNoError) {
  start({"ava-server", "--help"});
  EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(ServerProcessTest, AWrongCommandLineSaysSo) {
  start({"ava-server", "--module"});
  EXPECT_EQ(wait_for_end(), 2);
}

TEST_F(ServerProcessTest, AMissingModuleEndsTheSessionWithItsReason) {
  start(arguments("/nonexistent/toy.server.so", toy::kWireHash));
  EXPECT_EQ(wait_for_end(), 5);
  EXPECT_EQ(session_end(), Error::kNotFound);
}

TEST_F(ServerProcessTest, AModuleOfAnotherGenerationEndsTheSessionWithItsReason) {
  start(arguments(std::getenv("TOY_SERVER_MODULE"), toy::kWireHash + 1));
  EXPECT_EQ(wait_for_end(), 5);
  EXPECT_EQ(session_end(), Error::kUnknownApi);
}

TEST_F(ServerProcessTest, LeavesAtOnceWhenTheRouterClosesTheControlSocket) {
  start(proper_arguments());
  expect_service();
  // A worker that is inside a native call is no reason to stay.
  const auto ctx = channel(1)
                       .call_fixed(toy::kFn_toy_ctx_create, wire::toy_ctx_create_request(2, 0))
                       .fixed<wire::toy_ctx_create_reply>()
                       .ctx();
  channel(2).post_fixed(toy::kFn_toy_sleep, wire::toy_sleep_request(0, ctx, 10'000));
  const int64_t before = now_ns();
  their_control_.reset();
  control_.reset();
  EXPECT_EQ(wait_for_end(), 0);
  EXPECT_LT(now_ns() - before, 2 * kSecond);
}

TEST_F(ServerProcessTest, HasGivenUpWhatItDoesNotNeed) {
  start(proper_arguments(), true);
  expect_service();
  EXPECT_EQ(proc_value(pid_, "status", "NoNewPrivs"), "1");
  EXPECT_EQ(proc_value(pid_, "limits", "Max core file size"), "0");
  EXPECT_EQ(::getpgid(pid_), pid_);
  const std::string foreign = "/proc/" + std::to_string(pid_) + "/fd/" + std::to_string(kForeignFd);
  EXPECT_NE(::access(foreign.c_str(), F_OK), 0) << "it kept a descriptor that is not its own";
}

TEST_F(ServerProcessTest, SignalsAreAsAfterAFreshLogin) {
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR2);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  ::signal(SIGUSR1, SIG_IGN);
  start(proper_arguments());
  ::signal(SIGUSR1, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  expect_service();
  const auto bit = [&](const char* set, int number) {
    return std::stoull(proc_value(pid_, "status", set), nullptr, 16) >> (number - 1) & 1;
  };
  EXPECT_EQ(bit("SigIgn", SIGUSR1), 0u);
  // While a thread makes another one, the C library blocks all signals in it for a moment.
  const int64_t deadline = now_ns() + 10 * kSecond;
  while (bit("SigBlk", SIGUSR2) != 0) ASSERT_LT(now_ns(), deadline);
}

TEST_F(ServerProcessTest, DiesWithItsParentEvenIfTheControlSocketStaysOpen) {
  int up[2], down[2];
  ASSERT_EQ(::pipe2(up, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(down, O_CLOEXEC), 0);
  UniqueFd said(up[0]), say(up[1]), may_go(down[0]), let_go(down[1]);
  const pid_t parent = ::fork();
  if (parent == 0) {  // in the router's place; it has no region, which is not inherited over fork
    let_go.reset();
    start(proper_arguments());
    [[maybe_unused]] ssize_t ignored = ::write(say.get(), &pid_, sizeof pid_);
    ignored = ::read(may_go.get(), &ignored, 1);
    ::_exit(0);
  }
  pid_t server = -1;
  ASSERT_EQ(::read(said.get(), &server, sizeof server), static_cast<ssize_t>(sizeof server));
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, server, 0)));
  ASSERT_TRUE(pidfd);
  expect_service();
  let_go.reset();
  ::waitpid(parent, nullptr, 0);
  pollfd ended{pidfd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
}

}  // namespace
}  // namespace ava::server
