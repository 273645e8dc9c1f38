// ava-routerd as a process, with the toy API's modules and real servers: what its clients live
// through from hello to end. The clients are this test, on the ring itself, so that they can lie.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "admin_client.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "marshal/frame.h"
#include "process.h"
#include "raw_client.h"
#include "router_process.h"
#include "toy_api.h"
#include "transport/control.h"

namespace ava::router {
namespace {

TEST(Routerd, ServesAClientAndStopsCleanly) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    RouterProcess router;
    RawClient client = router.open();
    ASSERT_TRUE(client.connected()) << client.refusal().sentence;
    EXPECT_TRUE(client.call_null(0));
    const Process server(router.server_of(client));

    EXPECT_TRUE(exited_with(router.stop(signal), 0)) << router.log();
    EXPECT_EQ(client.wait_end(), Error::kShutdown);
    EXPECT_TRUE(server.ends_within(kSecond));
    for (const auto& entry : fs::directory_iterator(router.folder)) {
      const std::string name = entry.path().filename();
      EXPECT_TRUE(name == "log" || name == "cache") << name << " was left behind";
    }
  }
}

TEST(Routerd, EpollServesWhereIoUringIsNotWanted) {
  for (const std::string waiter : {"io_uring", "epoll"}) {
    RouterProcess router({}, "[router]\nwaiter = \"" + waiter + "\"\n");
    EXPECT_EQ(router.state().at("waiter"), waiter);
    RawClient client = router.open();
    ASSERT_TRUE(client.connected()) << client.refusal().sentence;
    for (uint32_t channel = 0; channel < 4; ++channel) EXPECT_TRUE(client.call_null(channel));
  }
}

TEST(Routerd, ASecondRouterOnOneSocketIsRefused) {
  RouterProcess router;
  const pid_t first = router.pid;
  EXPECT_FALSE(router.start());
  EXPECT_TRUE(exited_with(router.wait(), 1));
  router.pid = first;
  EXPECT_NE(router.log().find("another router serves " + router.socket()), std::string::npos)
      << router.log();
  EXPECT_TRUE(RawClient(router.socket()).connected()) << "the first one still serves";
}

TEST(Routerd, AKilledRoutersServersDieAndItsSocketIsTakenOver) {
  RouterProcess router;
  RawClient client = router.open();
  ASSERT_TRUE(client.call_null(0));
  const Process server(router.server_of(client));
  router.stop(SIGKILL);
  EXPECT_TRUE(server.ends_within(kSecond));
  // The kernel takes an io_uring's sockets down a moment after the process.
  EXPECT_TRUE(eventually([&] { return !client.alive(); }));
  ASSERT_TRUE(fs::exists(router.socket())) << "it had no time to remove it";

  ASSERT_TRUE(router.start()) << router.log();
  EXPECT_TRUE(RawClient(router.socket()).connected());
}

TEST(Routerd, RefusalsNameBothSides) {
  RouterProcess router;
  RawClient other_api(router.socket(), "nosuch", 0x77);
  EXPECT_EQ(other_api.refusal().error, Error::kUnknownApi);
  EXPECT_NE(other_api.refusal().sentence.find("nosuch"), std::string::npos);
  EXPECT_NE(other_api.refusal().sentence.find("toy"), std::string::npos)
      << other_api.refusal().sentence;

  RawClient other_hash(router.socket(), toy::kApi, toy::kWireHash + 0xabcdef);
  EXPECT_EQ(other_hash.refusal().error, Error::kUnknownApi);
  char both[2][17];
  std::snprintf(both[0], 17, "%016llx", static_cast<unsigned long long>(toy::kWireHash));
  std::snprintf(both[1], 17, "%016llx", static_cast<unsigned long long>(toy::kWireHash + 0xabcdef));
  for (const char* hash : both) {
    EXPECT_NE(other_hash.refusal().sentence.find(hash), std::string::npos)
        << other_hash.refusal().sentence;
  }
}

TEST(Routerd, AnOtherLayoutIsRefused) {
  RouterProcess router;
  transport::HelloMessage hello = make_hello();
  hello.layout_version = hello.layout_version_min = transport::kLayoutVersion + 1;
  const auto refusal = refusal_of(router.socket(), hello);
  EXPECT_EQ(refusal.error, static_cast<uint32_t>(Error::kVersionMismatch));
  EXPECT_EQ(refusal.layout_version, transport::kLayoutVersion);
  EXPECT_NE(std::string(refusal.text).find("layout"), std::string::npos) << refusal.text;
}

TEST(Routerd, AUserWhoIsNotAllowedIsRefused) {
  RouterProcess router({}, "[[guest]]\nname = 'other'\nsocket = '/tmp/unused'\nallowed_uids = [" +
                               std::to_string(::geteuid() + 1) + "]\n");
  RawClient client = router.open();
  EXPECT_EQ(client.refusal().error, Error::kPermission) << client.refusal().sentence;
}

TEST(Routerd, GuestsAreCountedBySocket) {
  RouterProcess router({},
                       "[[guest]]\nname = 'one'\nsocket = 'replaced'\n"
                       "[[guest]]\nname = 'two'\nsocket = '/tmp/ava-test-" +
                           std::to_string(::getpid()) + ".sock'\nmax_sessions = 1\n");
  const std::string second = "/tmp/ava-test-" + std::to_string(::getpid()) + ".sock";
  RawClient one(router.socket()), two(second);
  ASSERT_TRUE(one.call_null(0));
  ASSERT_TRUE(two.call_null(0) && two.call_null(0));
  const json guests = router.state().at("guests");
  EXPECT_EQ(guests.at(0).at("calls"), 1);
  EXPECT_EQ(guests.at(1).at("calls"), 2);
  EXPECT_EQ(guests.at(1).at("waits"), 2);
  EXPECT_EQ(RawClient(second).refusal().error, Error::kExhausted) << "its sessions are used up";
  EXPECT_TRUE(RawClient(router.socket()).connected()) << "the other guest's are not";
}

TEST(Routerd, ChannelsAreGrantedUpToTheQuota) {
  RouterProcess router({}, "[router]\nmax_channels = 20\n");
  RawClient client = router.open();
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.grow(9), 16u) << "whole extents";
  EXPECT_TRUE(client.call_null(15));
  EXPECT_EQ(client.grow(21), 0u) << "exhausted";
  EXPECT_EQ(client.grow(20), 20u);
  EXPECT_TRUE(client.call_null(19));
}

TEST(Routerd, AViolationEndsItsSessionAndNoOther) {
  RouterProcess router;
  RawClient liar = router.open(), neighbour = router.open();
  ASSERT_TRUE(liar.call_null(0));
  const Process server(router.server_of(liar));
  const uint64_t session = liar.session;
  liar.send(3, 4711, {});
  EXPECT_EQ(liar.wait_end(), Error::kBadFunction);
  EXPECT_TRUE(server.ends_within(kSecond));
  EXPECT_EQ(router.end_of(session),
            "bad-function by the client in function number 4711, channel 3");
  EXPECT_TRUE(neighbour.call_null(0));
}

TEST(Routerd, AControlMessageThatMakesNoSenseEndsItsSession) {
  RouterProcess router;
  transport::HelloMessage hello = make_hello();
  const UniqueFd socket = connect_raw(router.socket());
  ASSERT_EQ(::send(socket.get(), &hello, sizeof hello, 0), ssize_t{sizeof hello});
  transport::WelcomeMessage welcome;
  ASSERT_EQ(::recv(socket.get(), &welcome, sizeof welcome, 0), ssize_t{sizeof welcome});
  ASSERT_EQ(::send(socket.get(), &hello, sizeof hello, 0), ssize_t{sizeof hello});
  EXPECT_EQ(::recv(socket.get(), &welcome, sizeof welcome, 0), 0) << "closed";
  EXPECT_EQ(router.end_of(welcome.session), "a second hello");
}

TEST(Routerd, AServersDeathIsToldToItsClientAndToNobodyElse) {
  RouterProcess router;
  RawClient client = router.open(), neighbour = router.open();
  ASSERT_TRUE(client.call_null(0));
  ASSERT_TRUE(neighbour.call_null(0));
  const pid_t server = router.server_of(client);
  ASSERT_GT(server, 0);
  ::kill(server, SIGKILL);
  EXPECT_EQ(client.wait_end(), Error::kServerDied);
  EXPECT_EQ(router.end_of(client.session), "the server was killed by signal 9 (KILL)");
  EXPECT_TRUE(neighbour.call_null(0));
}

TEST(Routerd, AClientsDeathEndsItsServerThoughAChildHoldsItsSocket) {
  RouterProcess router;
  int session_pipe[2], alive_pipe[2];
  ASSERT_EQ(::pipe(session_pipe), 0);
  ASSERT_EQ(::pipe(alive_pipe), 0);
  const pid_t client = ::fork();
  if (client == 0) {
    RawClient inner = router.open();
    const bool served = inner.call_null(0);
    if (::fork() == 0) {
      // Keeps the control socket open for as long as the test runs.
      ::close(alive_pipe[1]);
      char nothing;
      ::_exit(static_cast<int>(::read(alive_pipe[0], &nothing, 1)));
    }
    const uint64_t session = served ? inner.session : 0;
    [[maybe_unused]] const ssize_t written = ::write(session_pipe[1], &session, sizeof session);
    ::pause();
    ::_exit(0);
  }
  uint64_t session = 0;
  ASSERT_EQ(::read(session_pipe[0], &session, sizeof session), ssize_t{sizeof session});
  const Process server(router.state().at("clients").at(0).at("server_pid").get<pid_t>());
  // The client alone; its child lives on for a moment.
  ::kill(client, SIGKILL);
  EXPECT_TRUE(server.ends_within(kSecond));
  EXPECT_EQ(router.end_of(session), "the client's process ended");
  ::waitpid(client, nullptr, 0);
  ::close(alive_pipe[1]);
}

TEST(Routerd, AClientThatLeavesGivesEverythingBack) {
  RouterProcess router;
  uint64_t session = 0;
  {
    RawClient client = router.open();
    ASSERT_TRUE(client.call_null(0));
    session = client.session;
    EXPECT_TRUE(fs::exists(router.socket() + ".run/sessions/" + std::to_string(session)));
  }
  EXPECT_EQ(router.end_of(session), "the client left");
  EXPECT_TRUE(router.state().at("clients").empty());
  // The janitor's work.
  EXPECT_TRUE(eventually([&] { return fs::is_empty(router.socket() + ".run/sessions"); }));
  EXPECT_EQ(router.state().at("guests").at(0).at("calls"), 1) << "what it called stays counted";
}

TEST(Routerd, AServerGetsACleanPlaceToLive) {
  ::setenv("AVA_TEST_SECRET_NOT", "1", 1);
  ::setenv("SECRET_OF_THE_ROUTER", "1", 1);
  RouterProcess router({"--server-env", "GIVEN=yes"});
  RawClient client = router.open();
  ASSERT_TRUE(client.call_null(0));
  const std::string proc = "/proc/" + std::to_string(router.server_of(client));
  std::ostringstream text;
  text << std::ifstream(proc + "/environ").rdbuf();
  std::string environment = text.str();
  std::replace(environment.begin(), environment.end(), '\0', '\n');
  EXPECT_EQ(environment.find("SECRET_OF_THE_ROUTER"), std::string::npos);
  EXPECT_EQ(environment.find("AVA_SOCKET"), std::string::npos);
  EXPECT_NE(environment.find("GIVEN=yes\n"), std::string::npos) << environment;
  EXPECT_NE(environment.find("AVA_SERVER_PROCESS=1\n"), std::string::npos);
  const std::string home = router.socket() + ".run/sessions/1";
  EXPECT_NE(environment.find("HOME=" + home + "\n"), std::string::npos) << environment;
  EXPECT_EQ(fs::read_symlink(proc + "/cwd"), home);
  EXPECT_EQ(fs::read_symlink(proc + "/fd/0"), "/dev/null");
  // Nothing of the router's: no listening socket, no other client's memory.
  for (const auto& entry : fs::directory_iterator(proc + "/fd")) {
    EXPECT_LE(std::stoi(entry.path().filename()), 8) << fs::read_symlink(entry.path());
  }
}

TEST(Routerd, WhatItCountedOfACall) {
  RouterProcess router;
  RawClient client = router.open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.call_null(0));
  const json row = router.state().at("clients").at(0);
  EXPECT_EQ(row.at("pid"), ::getpid());
  EXPECT_EQ(row.at("uid"), ::geteuid());
  EXPECT_EQ(row.at("api"), "toy");
  EXPECT_EQ(row.at("calls"), 5);
  EXPECT_EQ(row.at("waits"), 5);
  EXPECT_EQ(row.at("functions").at("toy_null").at("calls"), 5);
  EXPECT_EQ(row.at("bytes"), 5 * (sizeof(marshal::FrameHeader) + 8));
  EXPECT_LT(row.at("arena_resident"), 1 << 20);
  client.touch_arena(1 << 20);
  EXPECT_GE(router.state().at("clients").at(0).at("arena_resident"), 1 << 20);
}

TEST(Routerd, TheAdminSocketAnswersNonsenseWithASentence) {
  RouterProcess router;
  for (const std::string question :
       {"", "ls", "[]", "{}", "{\"command\": 5}", "{\"command\":\"x\"}"}) {
    const json answer = json::parse(tool::ask_router(router.socket() + ".admin", question));
    EXPECT_TRUE(answer.contains("error")) << question;
  }
  struct stat status;
  ASSERT_EQ(::stat((router.socket() + ".admin").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

}  // namespace
}  // namespace ava::router
