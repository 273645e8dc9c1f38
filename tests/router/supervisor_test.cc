// What a server is started with, and how it ends.
#include "router/supervisor.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "process.h"

namespace ava::router {
namespace {

namespace fs = std::filesystem;

// Servers here are shell scripts.
class SupervisorTest : public testing::Test {
 protected:
  SupervisorTest() {
    char name[] = "/tmp/ava-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    region_.reset(::memfd_create("a", MFD_CLOEXEC));
    server_region_.reset(::memfd_create("b", MFD_CLOEXEC));
    room_.reset(::eventfd(0, EFD_CLOEXEC));
  }
  ~SupervisorTest() override { fs::remove_all(folder_); }

  Result<ServerProcess> spawn(const std::string& script,
                              std::vector<std::string> environment = {}) {
    const fs::path program = folder_ / "server";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    ::chmod(program.c_str(), 0700);
    return spawn_program(program, std::move(environment));
  }
  Result<ServerProcess> spawn_program(const fs::path& program,
                                      std::vector<std::string> environment = {}) {
    const Supervisor supervisor({program, std::move(environment), false});
    return supervisor.spawn({.module = "/m/toy.server.so",
                             .api = "toy",
                             .wire_hash = 0xfeed,
                             .arena_size = 4096,
                             .channels = 8,
                             .folder = folder_,
                             .cache = "/c",
                             .region_fd = region_.get(),
                             .region_offset = region_offset_,
                             .server_region_fd = server_region_.get(),
                             .room_fd = room_.get(),
                             .interrupt_fd = interrupt_.get()});
  }
  static bool ended(const ServerProcess& server, int timeout_ms = 5000) {
    pollfd item{server.pidfd(), POLLIN, 0};
    return ::poll(&item, 1, timeout_ms) == 1;
  }
  // What a script says, after it ended well.
  std::string output(const std::string& script, std::vector<std::string> environment = {}) {
    auto server = spawn(script, std::move(environment));
    EXPECT_TRUE(server && ended(*server));
    EXPECT_EQ(server->reap(), "exited with status 0");
    return server->log();
  }

  // The process that a script wrote into the file `child`; 0 while it has not.
  pid_t child() const {
    pid_t pid = 0;
    std::ifstream(folder_ / "child") >> pid;
    return pid;
  }

  fs::path folder_;
  UniqueFd region_, server_region_, room_, interrupt_;
  uint64_t region_offset_ = 0;
};

TEST_F(SupervisorTest, AServerIsToldWhatItServes) {
  EXPECT_EQ(output("echo \"$@\""),
            "--module /m/toy.server.so --api toy --hash 000000000000feed --arena-size 4096 "
            "--channels 8");
}

TEST_F(SupervisorTest, AServerHasSevenDescriptors) {
  const UniqueFd unrelated(::memfd_create("not for servers", 0));  // not even close-on-exec
  // 10 and above are the shell's own, as is what it opened to find the names.
  const std::string said =
      output("cd /proc/$$/fd; for f in ?; do [ -L $f ] && echo $f && readlink $f; done; true");
  std::istringstream lines(said);
  std::vector<std::string> found;
  std::string number, target;
  while (std::getline(lines, number) && std::getline(lines, target)) found.push_back(target);
  ASSERT_EQ(found.size(), 7u) << said;
  EXPECT_EQ(found[0], "/dev/null");
  EXPECT_NE(found[1].find("ava-server-log"), std::string::npos);
  EXPECT_NE(found[2].find("ava-server-log"), std::string::npos);
  EXPECT_TRUE(found[3].starts_with("socket:"));
  EXPECT_NE(found[4].find("memfd:a"), std::string::npos);
  EXPECT_NE(found[5].find("memfd:b"), std::string::npos);
  EXPECT_NE(found[6].find("[eventfd]"), std::string::npos);
}

TEST_F(SupervisorTest, AServerOfAMachinesClientIsToldWhereToLookAndWhatToRing) {
  region_offset_ = 8192;
  interrupt_.reset(::eventfd(0, EFD_CLOEXEC));
  const std::string said = output("echo \"$@\"; readlink /proc/$$/fd/7");
  EXPECT_NE(said.find("--region-offset 8192 --interrupts\n"), std::string::npos) << said;
  EXPECT_NE(said.find("[eventfd]"), std::string::npos) << said;
}

TEST_F(SupervisorTest, AServerHasAnEnvironmentOfItsOwn) {
  ::setenv("OF_THE_ROUTER", "1", 1);
  const std::string said = output("export -p; pwd", {"EXTRA=yes", "PATH=/bin"});
  EXPECT_EQ(said.find("OF_THE_ROUTER"), std::string::npos) << said;
  const std::string folder = folder_;
  const std::vector<std::string> expected = {"HOME='" + folder + "'", "TMPDIR='" + folder + "/tmp'",
                                             "XDG_CACHE_HOME='/c'",   "AVA_SERVER_PROCESS='1'",
                                             "EXTRA='yes'",           "PATH='/bin'"};
  for (const std::string& entry : expected) {
    EXPECT_NE(said.find(entry), std::string::npos) << entry << " in\n" << said;
  }
  EXPECT_TRUE(said.ends_with(folder)) << "its working folder";
}

TEST_F(SupervisorTest, AServersSignalsAreFreshWhateverTheRoutersAre) {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const std::string said = output("sed -nE 's/Sig(Blk|Ign):[^0-9a-f]*/0x/p' /proc/self/status");
  ::signal(SIGPIPE, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  std::istringstream masks(said);
  uint64_t mask_blocked = 1, mask_ignored = 1;
  masks >> std::hex >> mask_blocked >> mask_ignored;
  EXPECT_EQ(mask_blocked, 0u) << said;
  // Beyond these are glibc's own, which posix_spawn leaves ignored until its threads start.
  EXPECT_EQ(mask_ignored & 0x7fffffffu, 0u) << said;
}

TEST_F(SupervisorTest, EndingAServerEndsItsChildren) {
  auto server = spawn("sleep 1000 & echo $! > child; exec sleep 1000");
  ASSERT_TRUE(server);
  ASSERT_TRUE(eventually([&] { return child() != 0; }));
  const Process left(child());
  server->kill();
  ASSERT_TRUE(ended(*server));
  EXPECT_EQ(server->reap(), "was killed by signal 9 (KILL)");
  EXPECT_TRUE(left.ends_within(kSecond));
}

TEST_F(SupervisorTest, WhatAServerLeavesBehindEndsWhenItIsCollected) {
  auto server = spawn("sleep 1000 & echo $! > child");
  ASSERT_TRUE(server && ended(*server));
  const Process left(child());
  ASSERT_TRUE(left.exists());
  EXPECT_EQ(server->reap(), "exited with status 0");
  EXPECT_TRUE(left.ends_within(kSecond));
}

TEST_F(SupervisorTest, AServerThatLeftItsGroupEndsAllTheSame) {
  auto server = spawn(
      "exec /usr/bin/python3 -c 'import os, time\n"
      "os.setpgid(0, os.getpgid(os.getppid()))\n"
      "open(\"child\", \"w\").write(str(os.getpid()))\n"
      "time.sleep(1000)'");
  ASSERT_TRUE(server);
  ASSERT_TRUE(eventually([&] { return child() != 0; }));
  ASSERT_NE(::getpgid(server->pid()), server->pid());
  server->kill();
  ASSERT_TRUE(ended(*server));
  EXPECT_EQ(server->reap(), "was killed by signal 9 (KILL)");
}

TEST_F(SupervisorTest, HowItEndedIsSaid) {
  auto server = spawn("exit 3");
  ASSERT_TRUE(server && ended(*server));
  EXPECT_EQ(server->reap(), "exited with status 3");
  server = spawn("kill -SEGV $$");
  ASSERT_TRUE(server && ended(*server));
  EXPECT_EQ(server->reap(), "was killed by signal 11 (SEGV)");
}

TEST_F(SupervisorTest, ALogIsBoundedAndPrintable) {
  // Writes beyond the end fail; the server itself goes on.
  const std::string said =
      output("printf 'first\\033[31m\\n'; yes 2>/dev/null | head -c 1000000; true");
  EXPECT_TRUE(said.starts_with("first?[31m\ny\n")) << said.substr(0, 40);
  EXPECT_LE(said.size(), 2048u);
}

TEST_F(SupervisorTest, AProgramThatIsNotThereIsAnError) {
  EXPECT_EQ(spawn_program("/no/such/server").error(), Error::kNotFound);
}

}  // namespace
}  // namespace ava::router
