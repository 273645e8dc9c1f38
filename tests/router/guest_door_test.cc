// Who comes in at a guest's door, and who does not.
#include "router/guest_door.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "base/clock.h"

namespace ava::router {
namespace {

class GuestDoorTest : public testing::Test {
 protected:
  GuestDoorTest() {
    char name[] = "/tmp/ava-test-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~GuestDoorTest() override { std::filesystem::remove_all(folder_); }

  GuestConfig config() const {
    GuestConfig config;
    config.name = "guest";
    config.socket = folder_ / "s";
    return config;
  }
  UniqueFd connect() const {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    config().socket.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  static void say_hello(const UniqueFd& socket) {
    transport::HelloMessage hello{};
    hello.header = {transport::kControlMagic, transport::ControlKind::kHello, sizeof hello, 0};
    hello.layout_version = hello.layout_version_min = transport::kLayoutVersion;
    std::strcpy(hello.api, "probe");
    EXPECT_EQ(::send(socket.get(), &hello, sizeof hello, 0), ssize_t{sizeof hello});
  }
  static bool closed(const UniqueFd& socket) {
    char byte;
    return ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }
  void stop_after(int64_t delay_ns) {
    loop_.at(now_ns() + delay_ns, [this] { loop_.stop(); });
  }

  std::filesystem::path folder_;
  Loop loop_{std::move(*transport::Waiter::create(transport::Waiter::Kind::kAuto))};
};

TEST_F(GuestDoorTest, AHelloIsHandedOnWithTheKernelsWordOnWhoSentIt) {
  pid_t pid = 0;
  std::string api;
  GuestDoor door(loop_, config(), [&](Visitor visitor) {
    pid = visitor.credentials.pid;
    api = visitor.hello.api;
    loop_.stop();
  });
  const UniqueFd client = connect();
  say_hello(client);
  stop_after(10 * kSecond);
  loop_.run();
  EXPECT_EQ(pid, ::getpid());
  EXPECT_EQ(api, "probe");
}

TEST_F(GuestDoorTest, WhoSaysNothingIsClosed) {
  GuestDoor door(
      loop_, config(), [](Visitor) { ADD_FAILURE(); }, 20 * kMillisecond);
  const UniqueFd silent = connect();
  // The door's own timer was set before, for the same moment at the latest.
  loop_.at(now_ns() + kMillisecond, [&] { stop_after(20 * kMillisecond); });
  loop_.run();
  EXPECT_TRUE(closed(silent));
}

TEST_F(GuestDoorTest, WhoSaysNonsenseIsClosed) {
  GuestDoor door(loop_, config(), [](Visitor) { ADD_FAILURE(); });
  const UniqueFd liar = connect();
  EXPECT_EQ(::send(liar.get(), "hello", 5, 0), 5);
  Loop::Watch watch;
  watch = std::move(*loop_.watch(liar.get(), [&] { loop_.stop(); }));
  stop_after(10 * kSecond);
  loop_.run();
  EXPECT_TRUE(closed(liar));
}

TEST_F(GuestDoorTest, ACrowdOfSilentOnesHoldsUpNobodyForLong) {
  GuestDoor door(
      loop_, config(), [&](Visitor) { loop_.stop(); }, 50 * kMillisecond);
  std::vector<UniqueFd> crowd;
  for (size_t i = 0; i < GuestDoor::kMaxWaiting + 10; ++i) crowd.push_back(connect());
  const UniqueFd client = connect();
  say_hello(client);
  bool admitted = true;
  loop_.at(now_ns() + 10 * kSecond, [&] {
    admitted = false;
    loop_.stop();
  });
  loop_.run();
  EXPECT_TRUE(admitted);
}

TEST_F(GuestDoorTest, APathThatAnotherRouterServesIsRefused) {
  GuestDoor door(loop_, config(), [](Visitor) {});
  EXPECT_THROW(GuestDoor(loop_, config(), [](Visitor) {}), std::runtime_error);
}

}  // namespace
}  // namespace ava::router
