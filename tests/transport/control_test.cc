// Both ends of the control socket in one process, and what either does with a peer that lies.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/transport/refused.h"
#include "tests/transport/temp_dir.h"
#include "transport/guest_transport.h"
#include "transport/host_control.h"
#include "transport/host_memory.h"

namespace ava::transport {
namespace {

constexpr uint64_t kRegionSize = kArenaOffset + 65536;
constexpr int64_t kShort = 20'000'000;  // ns, for tests in which nobody answers

void wait_readable(int fd) {
  pollfd item{fd, POLLIN, 0};
  ASSERT_EQ(::poll(&item, 1, 5000), 1);
}

std::unique_ptr<ControlListener> listen_on(const std::string& path, mode_t mode = 0600) {
  auto listener = ControlListener::listen(path, mode);
  EXPECT_TRUE(listener) << listener.error().sentence;
  return listener ? std::move(*listener) : nullptr;
}

// A router that serves one connection with `serve`, on a thread of its own.
class OneShotRouter {
 public:
  explicit OneShotRouter(std::function<void(ControlPeer&)> serve)
      : listener_(listen_on(path())), thread_([this, serve = std::move(serve)] {
          wait_readable(listener_->fd());
          auto peer = listener_->accept();
          ASSERT_TRUE(peer);
          serve(*peer);
        }) {}

  std::string path() const { return folder_.path("ava.sock"); }
  void join() { thread_.join(); }

 private:
  TempDir folder_;
  std::unique_ptr<ControlListener> listener_;
  std::jthread thread_;
};

Result<ControlPeer::Message> receive(ControlPeer& peer) {
  wait_readable(peer.fd());
  return peer.receive();
}

// What a router holds for one session.
struct HostSession {
  HostSession()
      : memory(*SharedMemory::create("test", kRegionSize)),
        doorbell(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    format_region(memory.bytes(), kRegionSize - kArenaOffset);
  }
  WelcomeMessage welcome() const {
    WelcomeMessage message{};
    message.layout_version = kLayoutVersion;
    message.channels = kChannelExtent;
    message.region_size = kRegionSize;
    message.session = 7;
    return message;
  }
  SharedMemory memory;
  UniqueFd doorbell;
};

std::string sentence(const std::string& path, int64_t timeout_ns = kConnectTimeout) {
  auto transport = connect(path, {"toy", 1}, timeout_ns);
  EXPECT_FALSE(transport);
  return transport ? "connected" : transport.error().sentence;
}

TEST(Control, AWelcomedGuestSharesTheRegionAndTheDoorbell) {
  HostSession host;
  HelloMessage hello{};
  OneShotRouter router([&](ControlPeer& peer) {
    auto message = receive(peer);
    ASSERT_TRUE(message);
    hello = std::get<HelloMessage>(*message);
    ASSERT_TRUE(peer.send_welcome(host.welcome(), host.memory.fd(), host.doorbell.get()));
  });
  auto guest = connect(router.path(), {"toy", 0x1234567890abcdef});
  router.join();
  ASSERT_TRUE(guest) << guest.error().sentence;
  EXPECT_STREQ(hello.api, "toy");
  EXPECT_EQ(hello.wire_hash, 0x1234567890abcdefu);
  EXPECT_EQ(hello.layout_version, kLayoutVersion);
  EXPECT_STREQ(hello.program, program_invocation_short_name);
  EXPECT_EQ((*guest)->channels(), kChannelExtent);

  host.memory.bytes()[kArenaOffset] = std::byte{5};
  EXPECT_EQ((*guest)->region()[kArenaOffset], std::byte{5});
  (*guest)->ring_doorbell();
  uint64_t rings = 0;
  EXPECT_EQ(::read(host.doorbell.get(), &rings, sizeof rings), 8);
  EXPECT_EQ(rings, 1u);
}

TEST(Control, AGuestGrowsItsChannelsUpToTheQuota) {
  HostSession host;
  OneShotRouter router([&](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    ASSERT_TRUE(peer.send_welcome(host.welcome(), host.memory.fd(), host.doorbell.get()));
    auto message = receive(peer);
    ASSERT_TRUE(message);
    EXPECT_EQ(std::get<GrowChannelsMessage>(*message).count, 9u);
    ASSERT_TRUE(peer.send_channels(16, Error::kOk));
    ASSERT_TRUE(receive(peer));
    ASSERT_TRUE(peer.send_channels(16, Error::kExhausted));
  });
  auto guest = connect(router.path(), {"toy", 1});
  ASSERT_TRUE(guest) << guest.error().sentence;
  EXPECT_EQ((*guest)->grow_channels(9).value(), 16u);
  EXPECT_EQ((*guest)->channels(), 16u);
  EXPECT_EQ((*guest)->grow_channels(12).value(), 16u) << "granted already, nothing is asked";
  EXPECT_EQ((*guest)->grow_channels(17).error(), Error::kExhausted);
  router.join();
  EXPECT_FALSE((*guest)->peer_alive());
  EXPECT_EQ((*guest)->grow_channels(17).error(), Error::kClosed);
}

TEST(Control, AGuestKnowsWhetherTheRouterIsThere) {
  HostSession host;
  std::unique_ptr<ControlPeer> kept;
  OneShotRouter router([&](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    ASSERT_TRUE(peer.send_welcome(host.welcome(), host.memory.fd(), host.doorbell.get()));
    kept = std::make_unique<ControlPeer>(std::move(peer));
  });
  auto guest = connect(router.path(), {"toy", 1});
  ASSERT_TRUE(guest) << guest.error().sentence;
  router.join();
  EXPECT_TRUE((*guest)->peer_alive());
  kept.reset();
  EXPECT_FALSE((*guest)->peer_alive());
}

// Programs that run others, and programs that closed their standard streams.
TEST(Control, AGuestsDescriptorsStayOutOfOtherHands) {
  HostSession host;
  OneShotRouter router([&](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    ASSERT_TRUE(peer.send_welcome(host.welcome(), host.memory.fd(), host.doorbell.get()));
    (void)receive(peer);  // until the guest leaves
  });
  EXPECT_TRUE(in_child([&] {
    ::close_range(0, ~0u, 0);
    const auto guest = connect(router.path(), {"toy", 1});
    if (!guest) return false;
    int open = 0;
    for (int fd = 0; fd < 100; ++fd) {
      const int flags = ::fcntl(fd, F_GETFD);
      if (flags < 0) continue;
      if (fd <= STDERR_FILENO || (flags & FD_CLOEXEC) == 0) return false;
      ++open;
    }
    return open == 3;  // the socket, the region, the doorbell
  }));
}

TEST(Control, ARefusalCarriesTheRoutersReason) {
  OneShotRouter router([](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    ASSERT_TRUE(peer.send_refusal(Error::kUnknownApi, "no API 'toy'; installed are: tea"));
  });
  const auto guest = connect(router.path(), {"toy", 1});
  ASSERT_FALSE(guest);
  EXPECT_EQ(guest.error().error, Error::kUnknownApi);
  EXPECT_EQ(guest.error().sentence,
            "the router on " + router.path() + " refused: no API 'toy'; installed are: tea");
}

TEST(Control, ALayoutMismatchNamesBothSides) {
  OneShotRouter router([](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    RefusalMessage message{};
    message.header = {kControlMagic, ControlKind::kRefusal, sizeof message, 0};
    message.error = static_cast<uint32_t>(Error::kVersionMismatch);
    message.layout_version = 9;
    message.layout_version_min = 8;
    ASSERT_EQ(::send(peer.fd(), &message, sizeof message, 0), ssize_t{sizeof message});
  });
  const auto guest = connect(router.path(), {"toy", 1});
  ASSERT_FALSE(guest);
  EXPECT_EQ(guest.error().error, Error::kVersionMismatch);
  EXPECT_NE(guest.error().sentence.find("speaks layout 8 to 9, this guest library 1"),
            std::string::npos)
      << guest.error().sentence;
}

TEST(Control, ALongRefusalIsCutNotOverrun) {
  OneShotRouter router([](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    ASSERT_TRUE(peer.send_refusal(Error::kUnknownApi, std::string(1000, '@')));
  });
  const std::string text = sentence(router.path());
  EXPECT_EQ(std::count(text.begin(), text.end(), '@'), 223);
}

TEST(ConnectError, NoRouterIsRunning) {
  const TempDir folder;
  const auto guest = connect(folder.path("none.sock"), {"toy", 1});
  ASSERT_FALSE(guest);
  EXPECT_EQ(guest.error().error, Error::kNotFound);
  EXPECT_EQ(guest.error().sentence, "no router: there is no socket " + folder.path("none.sock") +
                                        "; start ava-routerd, or set AVA_SOCKET to its socket");
}

// Binds a socket file on which nobody listens, as a killed router leaves it.
void leave_stale_socket(const std::string& path, int type = SOCK_SEQPACKET) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

TEST(ConnectError, TheSocketIsStale) {
  const TempDir folder;
  leave_stale_socket(folder.path("s"));
  EXPECT_EQ(sentence(folder.path("s")).rfind("no router: nobody listens on", 0), 0u);
}

TEST(ConnectError, ThePathIsNoSocket) {
  const TempDir folder;
  std::ofstream(folder.path("file")) << "text";
  EXPECT_EQ(sentence(folder.path("file")).rfind("wrong path: " + folder.path("file"), 0), 0u);
  EXPECT_EQ(sentence("").rfind("wrong path", 0), 0u);
  EXPECT_EQ(sentence(std::string(200, 'x')).rfind("wrong path", 0), 0u);
}

TEST(ConnectError, PermissionIsMissing) {
  if (::geteuid() == 0) {
    // Root may connect to anything: try from a child that is nobody.
    const TempDir folder;
    ASSERT_EQ(::chmod(folder.path("").c_str(), 0755), 0);
    const auto listener = listen_on(folder.path("s"), 0600);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
      const auto guest = connect(folder.path("s"), {"toy", 1});
      const bool good = !guest && guest.error().error == Error::kPermission &&
                        guest.error().sentence ==
                            "no permission: user 65534 may not connect to " + folder.path("s") +
                                ", which belongs to user 0, group 0 and has mode 0600; ask "
                                "whoever runs ava-routerd for access";
      ::_exit(good ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return;
  }
  const TempDir folder;
  const auto listener = listen_on(folder.path("s"), 0000);
  EXPECT_EQ(sentence(folder.path("s")).rfind("no permission: user ", 0), 0u);
}

TEST(ConnectError, AStreamSocketIsNoRouter) {
  const TempDir folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  folder.path("s").copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd.get(), 1), 0);
  EXPECT_EQ(sentence(folder.path("s")).rfind("not a router: " + folder.path("s"), 0), 0u);
}

TEST(ConnectError, NobodyAnswers) {
  const TempDir folder;
  const auto listener = listen_on(folder.path("s"));  // never accepts
  const auto guest = connect(folder.path("s"), {"toy", 1}, kShort);
  ASSERT_FALSE(guest);
  EXPECT_EQ(guest.error().error, Error::kTimedOut);
}

TEST(ConnectError, TooManyConnectAtOnce) {
  const TempDir folder;
  const auto listener = listen_on(folder.path("s"));  // never accepts
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  folder.path("s").copy(address.sun_path, sizeof address.sun_path - 1);
  std::vector<UniqueFd> crowd;
  do {
    crowd.emplace_back(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ASSERT_LT(crowd.size(), 500u);
  } while (::connect(crowd.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
           0);
  ASSERT_EQ(errno, EAGAIN);
  EXPECT_NE(sentence(folder.path("s"), kShort).find("accepts no connection in time"),
            std::string::npos);
}

TEST(ConnectError, TheAnswerIsNotOurs) {
  OneShotRouter chatterbox(
      [](ControlPeer& peer) { ASSERT_EQ(::send(peer.fd(), "220 smtp ready\r\n", 16, 0), 16); });
  EXPECT_EQ(sentence(chatterbox.path()).rfind("not a router: what answers", 0), 0u);
}

TEST(ConnectError, TheRouterClosesWithoutAWord) {
  OneShotRouter router([](ControlPeer&) {});
  EXPECT_NE(sentence(router.path()).find("closed the connection without a word"),
            std::string::npos);
}

TEST(ConnectError, AWelcomeWithoutAUsableRegionIsRefused) {
  HostSession host;
  OneShotRouter small([&](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    WelcomeMessage message = host.welcome();
    message.region_size = kRegionSize * 2;  // more than the memfd has
    ASSERT_TRUE(peer.send_welcome(message, host.memory.fd(), host.doorbell.get()));
  });
  EXPECT_NE(sentence(small.path()), "connected");

  OneShotRouter unformatted([&](ControlPeer& peer) {
    ASSERT_TRUE(receive(peer));
    host.memory.bytes()[0] = std::byte{1};  // the first byte of the magic
    ASSERT_TRUE(peer.send_welcome(host.welcome(), host.memory.fd(), host.doorbell.get()));
  });
  EXPECT_NE(sentence(unformatted.path()), "connected");
}

size_t open_descriptors() {
  size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

// A connected pair: the router's end, and a raw socket that plays the guest.
struct HostilePeer {
  HostilePeer() : router(UniqueFd()) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    router = ControlPeer(UniqueFd(pair[0]));
    guest.reset(pair[1]);
  }
  Error says(const void* data, size_t size) {
    EXPECT_EQ(::send(guest.get(), data, size, 0), static_cast<ssize_t>(size));
    const auto message = router.receive();
    return message ? Error::kOk : message.error();
  }
  ControlPeer router;
  UniqueFd guest;
};

HelloMessage good_hello() {
  HelloMessage hello{};
  hello.header = {kControlMagic, ControlKind::kHello, sizeof hello, 0};
  hello.layout_version = 1;
  hello.layout_version_min = 1;
  std::strcpy(hello.api, "toy");
  std::strcpy(hello.program, "pro\x1b[2Jgram");
  return hello;
}

TEST(ControlPeer, NothingSentIsWouldBlockAndALeftPeerIsClosed) {
  HostilePeer peer;
  EXPECT_EQ(peer.router.receive().error(), Error::kWouldBlock);
  peer.guest.reset();
  EXPECT_EQ(peer.router.receive().error(), Error::kClosed);
  EXPECT_EQ(peer.router.send_channels(1, Error::kOk).error(), Error::kClosed);
}

TEST(ControlPeerHostile, APeerThatNeverReadsDoesNotBlockTheRouter) {
  HostilePeer peer;
  Error last = Error::kOk;
  for (int i = 0; i < 100'000 && last == Error::kOk; ++i) {
    if (const auto sent = peer.router.send_channels(1, Error::kOk); !sent) last = sent.error();
  }
  EXPECT_EQ(last, Error::kWouldBlock);
}

TEST(ControlPeerHostile, EveryMalformedMessageIsABadMessage) {
  const HelloMessage good = good_hello();
  HostilePeer peer;
  EXPECT_EQ(peer.says(&good, sizeof good), Error::kOk);

  const auto with = [&](auto&& change) {
    HelloMessage hello = good;
    change(hello);
    return peer.says(&hello, sizeof hello);
  };
  EXPECT_EQ(with([](auto& m) { m.header.magic ^= 1; }), Error::kBadMessage);
  EXPECT_EQ(with([](auto& m) { m.header.size -= 1; }), Error::kBadMessage);
  EXPECT_EQ(with([](auto& m) { m.header.reserved = 1; }), Error::kBadMessage);
  for (const uint32_t kind : {0u, 2u, 3u, 4u, 5u, 6u, 0xffffffffu}) {
    EXPECT_EQ(with([&](auto& m) { m.header.kind = static_cast<ControlKind>(kind); }),
              Error::kBadMessage);
  }
  EXPECT_EQ(with([](auto& m) { m.layout_version_min = 2; }), Error::kBadMessage);
  EXPECT_EQ(with([](auto& m) { m.api[0] = '\0'; }), Error::kBadMessage);
  EXPECT_EQ(with([](auto& m) { m.api[1] = '\n'; }), Error::kBadMessage);
  EXPECT_EQ(with([](auto& m) { std::memset(m.api, 'x', sizeof m.api); }), Error::kBadMessage);

  const std::vector<char> zeroes(65536);
  EXPECT_EQ(peer.says(zeroes.data(), 1), Error::kBadMessage);
  EXPECT_EQ(peer.says(&good, sizeof good - 1), Error::kBadMessage);
  EXPECT_EQ(peer.says(zeroes.data(), zeroes.size()), Error::kBadMessage);
  EXPECT_EQ(peer.says(&good, sizeof good), Error::kOk) << "each packet is judged by itself";
}

TEST(ControlPeerHostile, AProgramNameCannotReachATerminalUnfiltered) {
  HostilePeer peer;
  const HelloMessage hello = good_hello();
  ASSERT_EQ(::send(peer.guest.get(), &hello, sizeof hello, 0), ssize_t{sizeof hello});
  const auto message = peer.router.receive();
  ASSERT_TRUE(message);
  EXPECT_STREQ(std::get<HelloMessage>(*message).program, "pro?[2Jgram");
}

TEST(ControlPeerHostile, DescriptorsBesideAMessageAreRefusedAndNotKept) {
  HostilePeer peer;
  const size_t before = open_descriptors();
  HelloMessage hello = good_hello();
  iovec part{&hello, sizeof hello};
  alignas(cmsghdr) std::byte control[CMSG_SPACE(4 * sizeof(int))] = {};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = control;
  packet.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&packet);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(4 * sizeof(int));
  const int fds[4] = {0, 0, 0, 0};
  std::memcpy(CMSG_DATA(rights), fds, sizeof fds);
  ASSERT_EQ(::sendmsg(peer.guest.get(), &packet, 0), ssize_t{sizeof hello});
  EXPECT_EQ(peer.router.receive().error(), Error::kBadMessage);
  EXPECT_EQ(open_descriptors(), before);
}

void expect_peer_is_watched() {
  const TempDir folder;
  const auto listener = listen_on(folder.path("s"));
  int to_child[2];
  ASSERT_EQ(::pipe2(to_child, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(to_child[1]);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder.path("s").copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
    char byte;
    ::_exit(::read(to_child[0], &byte, 1) == 0 ? 0 : 1);  // until the parent closes its end
  }
  wait_readable(listener->fd());
  auto peer = listener->accept();
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->credentials()->pid, child);
  EXPECT_EQ(peer->credentials()->uid, ::geteuid());
  const auto pidfd = peer->pidfd();
  ASSERT_TRUE(pidfd);
  pollfd item{pidfd->get(), POLLIN, 0};
  EXPECT_EQ(::poll(&item, 1, 0), 0) << "the child lives";
  ::close(to_child[0]);
  ::close(to_child[1]);
  EXPECT_EQ(::poll(&item, 1, 5000), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ControlPeer, KnowsWhoConnectedAndWhenTheyEnd) { expect_peer_is_watched(); }

TEST(ControlPeer, KnowsWhenTheyEndWithoutSoPeerpidfd) {
  EXPECT_TRUE(in_child([] {
    constexpr int kPeerPidfd = 77;  // Linux 6.5
    if (!refuse_syscall(SCMP_SYS(getsockopt), ENOPROTOOPT, {SCMP_A2_32(SCMP_CMP_EQ, kPeerPidfd)})) {
      return false;
    }
    expect_peer_is_watched();
    return !testing::Test::HasFailure();
  }));
}

TEST(ControlListener, MakesItsFolderAndCleansUp) {
  const TempDir folder;
  const std::string path = folder.path("run/ava/ava.sock");
  {
    const auto listener = listen_on(path, 0660);
    struct stat status;
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777u, 0660u);
    EXPECT_EQ(listener->accept().error(), Error::kWouldBlock);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".lock"));
}

TEST(ControlListener, ReplacesAStaleSocket) {
  const TempDir folder;
  leave_stale_socket(folder.path("s"));
  EXPECT_TRUE(ControlListener::listen(folder.path("s"), 0600));
}

TEST(ControlListener, ASecondRouterIsRefusedAndTheFirstUnharmed) {
  const TempDir folder;
  auto first = listen_on(folder.path("s"));
  {
    const auto second = ControlListener::listen(folder.path("s"), 0600);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().error, Error::kExhausted);
    EXPECT_EQ(second.error().sentence, "another router serves " + folder.path("s") +
                                           ": stop it, or give this one another socket path");
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path("s")));
  first.reset();
  EXPECT_TRUE(ControlListener::listen(folder.path("s"), 0600)) << "the path is free again";
}

TEST(ControlListener, AnotherProgramsSocketIsLeftAlone) {
  const TempDir folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  folder.path("s").copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd.get(), 1), 0);
  const auto listener = ControlListener::listen(folder.path("s"), 0600);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().error, Error::kExhausted);
  EXPECT_TRUE(std::filesystem::exists(folder.path("s")));
}

TEST(ControlListener, AFileIsLeftAlone) {
  const TempDir folder;
  std::ofstream(folder.path("file")) << "text";
  EXPECT_FALSE(ControlListener::listen(folder.path("file"), 0600));
  EXPECT_TRUE(std::filesystem::exists(folder.path("file")));
  EXPECT_FALSE(ControlListener::listen(folder.path("file") + "/s", 0600));
  EXPECT_FALSE(ControlListener::listen(std::string(200, 'x'), 0600));
  EXPECT_FALSE(ControlListener::listen("", 0600));
}

TEST(DefaultEndpoint, FollowsTheEnvironment) {
  ::setenv("AVA_SOCKET", "/some/where", 1);
  EXPECT_EQ(default_endpoint(), "/some/where");
  ::unsetenv("AVA_SOCKET");
  ::setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
  EXPECT_EQ(default_endpoint(), ::geteuid() == 0 ? "/run/ava/ava.sock" : "/run/user/1/ava.sock");
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(default_endpoint(), "/run/ava/ava.sock");
}

}  // namespace
}  // namespace ava::transport
