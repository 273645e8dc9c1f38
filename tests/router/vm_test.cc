// Clients in virtual machines: what they live through from a slice's lease to its cleaning, and
// what a hostile machine can do. The machine is this test (machine_double.h); router and servers
// are real.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "machine_double.h"
#include "raw_client.h"
#include "router_process.h"

namespace ava::router {
namespace {

using transport::Hello;

constexpr uint32_t kSlices = 3;

// A router with the sockets of two machines.
class VmTest : public testing::Test {
 protected:
  VmTest() : router({}, config()) {}
  ~VmTest() override { fs::remove_all(folder); }

  std::string config() {
    char name[] = "/tmp/ava-vm-XXXXXX";
    folder = ::mkdtemp(name);
    std::string text = "[[guest]]\nname = 'local'\nsocket = 'unused'\n";
    for (const char* vm : {"a", "b"}) {
      text += std::string("[[vm]]\nname = '") + vm + "'\nsocket = '" + socket(vm) +
              "'\nmemory = '1 GiB'\nslices = " + std::to_string(kSlices) + "\n";
    }
    text += "[[vm]]\nname = 'plain'\nsocket = '" + socket("plain") +
            "'\nmemory = '1 GiB'\nslices = 3\ndoorbells = false\n";
    return text;
  }
  std::string socket(const std::string& vm) const { return folder / vm; }

  static RawClient connect(std::unique_ptr<transport::SliceDevice> device,
                           const Hello& hello = {toy::kApi, toy::kWireHash},
                           int64_t sign_of_life_ns = transport::kSignOfLife) {
    if (device == nullptr) {
      return RawClient(tl::unexpected<transport::ConnectError>({Error::kExhausted, "no slice"}));
    }
    return RawClient(transport::connect_slice(std::move(device), "/dev/ava0", hello,
                                              transport::kConnectTimeout, sign_of_life_ns));
  }
  static RawClient connect(MachineDouble& machine) { return connect(machine.open()); }
  static bool serves(MachineDouble& machine) {
    RawClient client = connect(machine);
    return client.call_null(0);
  }
  // Lends a slice by hand, without any client. Its number.
  static uint32_t lend(MachineDouble& machine) {
    uint32_t slice = 0;
    EXPECT_TRUE(eventually([&] {
      for (slice = 0; slice < kSlices; ++slice) {
        if (machine.lease(slice) % 2 == 0 && machine.cleaned(slice) == machine.lease(slice)) break;
      }
      return slice < kSlices;
    }));
    std::atomic_ref(machine.lease(slice)).fetch_add(1);
    return slice;
  }
  template <typename Question>
  static void ask(MachineDouble& machine, uint32_t slice, const Question& question) {
    ava_ivshmem_control& control = machine.control(slice);
    std::memcpy(control.question, &question, sizeof question);
    std::atomic_ref(control.asked).fetch_add(1);
    machine.ring(0);
  }
  static bool answered(MachineDouble& machine, uint32_t slice) {
    ava_ivshmem_control& control = machine.control(slice);
    return eventually([&] { return std::atomic_ref(control.answered).load() == control.asked; });
  }

  fs::path folder;
  RouterProcess router;
};

TEST_F(VmTest, ClientsInAMachineMakeCalls) {
  MachineDouble machine(socket("a"));
  ASSERT_TRUE(machine.connected()) << router.log();
  RawClient first = connect(machine);
  ASSERT_TRUE(first.connected()) << first.refusal().sentence << router.log();
  RawClient second = connect(machine);
  ASSERT_TRUE(second.connected()) << second.refusal().sentence << router.log();
  for (uint32_t channel = 0; channel < 4; ++channel) {
    EXPECT_TRUE(first.call_null(channel));
    EXPECT_TRUE(second.call_null(channel));
  }
  const uint32_t granted = first.grow(2 * transport::kChannelExtent);
  EXPECT_EQ(granted, 2 * transport::kChannelExtent);
  EXPECT_TRUE(first.call_null(granted - 1));
  EXPECT_TRUE(first.alive());

  const json clients = router.state().at("clients");
  ASSERT_EQ(clients.size(), 2u);
  EXPECT_EQ(clients.at(0).at("guest"), "a");
  first.touch_arena(1 << 20);
  EXPECT_GE(router.state().at("clients").at(0).at("arena_resident"), 1 << 20);
}

TEST_F(VmTest, ASliceIsZeroBeforeSomebodyElseGetsIt) {
  MachineDouble machine(socket("a"));
  for (int round = 0; round < 3; ++round) {
    std::vector<RawClient> clients;
    for (uint32_t i = 0; i < kSlices; ++i) {
      auto device = machine.open();
      ASSERT_NE(device, nullptr) << router.log();
      const auto bytes = device->slice();
      // All that a program writes; the first page alone would be the control channel's.
      for (const uint64_t at : {uint64_t{0}, transport::kArenaOffset, bytes.size() - 8}) {
        uint64_t word;
        std::memcpy(&word, bytes.data() + at, sizeof word);
        EXPECT_EQ(word, 0u) << "in round " << round << " at " << at;
      }
      clients.push_back(connect(std::move(device)));
      ASSERT_TRUE(clients.back().connected()) << clients.back().refusal().sentence;
      EXPECT_TRUE(clients.back().call_null(0));
      std::memset(bytes.data() + transport::kArenaOffset, 0xa5, 1 << 20);
      std::memset(bytes.data() + bytes.size() - 8, 0xa5, 8);
    }
  }
}

TEST_F(VmTest, AClientThatEndsInMidCallTakesItsServerAlong) {
  MachineDouble machine(socket("a"));
  Process server(-1);
  {
    RawClient client = connect(machine);
    ASSERT_TRUE(client.call_null(0));
    server = Process(router.state().at("clients").at(0).at("server_pid"));
    const uint64_t present = 0;
    client.send(1, toy::kFn_toy_null, std::as_bytes(std::span(&present, 1)), marshal::kWantsReply);
  }
  EXPECT_TRUE(server.ends_within(5 * kSecond));
  EXPECT_TRUE(serves(machine));
  EXPECT_NE(router.log().find("the client left its slice"), std::string::npos);
}

TEST_F(VmTest, RefusalsReachTheClient) {
  MachineDouble machine(socket("a"));
  const RawClient stranger = connect(machine.open(), {"nonsense", 1});
  EXPECT_EQ(stranger.refusal().error, Error::kUnknownApi);
  EXPECT_NE(stranger.refusal().sentence.find("/dev/ava0"), std::string::npos)
      << stranger.refusal().sentence;
  const RawClient old = connect(machine.open(), {toy::kApi, toy::kWireHash + 1});
  EXPECT_EQ(old.refusal().error, Error::kUnknownApi);
  EXPECT_TRUE(serves(machine));
}

TEST_F(VmTest, WhoeverLiesInTheControlChannelEndsAlone) {
  MachineDouble machine(socket("a"));
  RawClient honest = connect(machine);
  ASSERT_TRUE(honest.call_null(0));

  // No hello, of whatever size: nobody answers, and the slice can be given back.
  std::mt19937_64 random(5);
  for (const uint32_t size : {0u, 1u, 112u, 1024u, 1025u, ~0u}) {
    const uint32_t slice = lend(machine);
    std::array<uint32_t, AVA_IVSHMEM_MESSAGE_BYTES / 4> noise;
    std::generate(noise.begin(), noise.end(), [&] { return static_cast<uint32_t>(random()); });
    noise[0] = transport::kControlMagic;
    noise[1] = static_cast<uint32_t>(transport::ControlKind::kHello);
    noise[2] = size;
    noise[3] = 0;
    ask(machine, slice, noise);
    machine.close(slice);
  }
  // A second hello, and an answer that is none of the guest's to give, end the session.
  for (const auto kind : {transport::ControlKind::kHello, transport::ControlKind::kWelcome}) {
    const uint32_t slice = lend(machine);
    transport::HelloMessage hello = make_hello();
    ask(machine, slice, hello);
    ASSERT_TRUE(answered(machine, slice)) << router.log();
    const transport::RegionView region(
        machine.slice(slice).subspan(machine.header().region_offset));
    EXPECT_EQ(transport::session_end(region), Error::kOk);
    hello.header.kind = kind;
    ask(machine, slice, hello);
    EXPECT_TRUE(eventually([&] { return transport::session_end(region) == Error::kBadMessage; }));
    machine.close(slice);
  }
  EXPECT_TRUE(honest.call_null(0));
  EXPECT_TRUE(serves(machine));
}

TEST_F(VmTest, LeasesThatMakeNoSenseAreCleanedAndNotBelieved) {
  MachineDouble machine(socket("a"));
  for (const uint32_t jump : {7u, 8u, ~0u, 0u}) {
    std::atomic_ref(machine.lease(0)).store(jump);
    machine.ring(0);
    EXPECT_TRUE(eventually([&] { return machine.cleaned(0) == jump; })) << jump;
  }
  EXPECT_TRUE(serves(machine));
  // Where the guest takes a slice that was not cleaned yet, its hello is not heard.
  const transport::HelloMessage hello = make_hello();
  std::memcpy(machine.control(0).question, &hello, sizeof hello);
  machine.control(0).asked = 1;
  std::atomic_ref(machine.lease(0)).store(machine.cleaned(0) + 3);
  machine.ring(0);
  EXPECT_TRUE(eventually([&] { return machine.cleaned(0) == machine.lease(0); }));
  EXPECT_EQ(machine.control(0).answered, 0u);
  EXPECT_EQ(machine.control(0).asked, 0u) << "the slice was not made zero";
}

TEST_F(VmTest, AKernelThatStartsAgainTakesBackWhatTheOneBeforeItLent) {
  MachineDouble machine(socket("a"));
  std::vector<std::unique_ptr<RawClient>> lost;
  for (uint32_t i = 0; i < kSlices; ++i) {
    lost.push_back(std::make_unique<RawClient>(connect(machine)));
    ASSERT_TRUE(lost.back()->call_null(0));
  }
  for (uint32_t slice = 0; slice < kSlices; ++slice) machine.close(slice);
  for (const auto& client : lost) EXPECT_EQ(client->wait_end(), Error::kClientGone);
  for (uint32_t slice = 0; slice < kSlices; ++slice) {
    EXPECT_TRUE(eventually([&] { return machine.cleaned(slice) == 2; })) << router.log();
  }
  EXPECT_TRUE(router.state().at("clients").empty());
  EXPECT_TRUE(serves(machine));
}

TEST_F(VmTest, AMachineThatGoesTakesItsClientsAlongAndComesBackWithOtherMemory) {
  uint64_t instance = 0;
  for (int round = 0; round < 2; ++round) {
    MachineDouble machine(socket("a"));
    ASSERT_TRUE(machine.connected()) << router.log();
    EXPECT_NE(machine.header().instance, instance);
    instance = machine.header().instance;
    RawClient client = connect(machine);
    ASSERT_TRUE(client.call_null(0)) << client.refusal().sentence;
    const Process server(router.state().at("clients").at(0).at("server_pid"));
    machine.disconnect();
    EXPECT_TRUE(server.ends_within(5 * kSecond));
    EXPECT_TRUE(eventually([&] { return router.state().at("clients").empty(); }));
  }
}

TEST_F(VmTest, AMachineWithoutDoorbellsIsServedByLooking) {
  for (int round = 0; round < 2; ++round) {
    MachineDouble machine(socket("plain"));
    ASSERT_TRUE(machine.connected()) << router.log();
    RawClient first = connect(machine);
    ASSERT_TRUE(first.connected()) << first.refusal().sentence << router.log();
    RawClient second = connect(machine);
    for (uint32_t channel = 0; channel < 4; ++channel) {
      EXPECT_TRUE(first.call_null(channel));
      EXPECT_TRUE(second.call_null(channel));
    }
    EXPECT_EQ(first.grow(2 * transport::kChannelExtent), 2 * transport::kChannelExtent);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(serves(machine)) << "slices are cleaned, too";
    // A router that was killed leaves a link behind that the next one replaces.
    router.stop(round == 0 ? SIGKILL : SIGTERM);
    EXPECT_TRUE(fs::is_symlink(socket("plain")) == (round == 0));
    router.start({"--config", router.folder / "ava.toml"});
  }
}

TEST_F(VmTest, ThatAMachineWithoutDoorbellsHasEndedShows) {
  const auto clients = [&] { return router.state().at("clients").size(); };
  uint32_t slice;
  {
    MachineDouble machine(socket("plain"));
    slice = lend(machine);
    ask(machine, slice, make_hello());
    ASSERT_TRUE(answered(machine, slice)) << router.log();
    ASSERT_EQ(clients(), 1u);
    // Another process that looks, and leaves.
    MachineDouble(socket("plain")).disconnect();
    RawClient other = connect(machine);
    EXPECT_TRUE(other.call_null(0));
    machine.slice(slice).back() = std::byte{1};
  }  // killed: the lease stays
  EXPECT_TRUE(eventually([&] { return clients() == 0; })) << router.log();
  MachineDouble next(socket("plain"));
  EXPECT_TRUE(eventually([&] { return next.cleaned(slice) == next.lease(slice); }));
  EXPECT_EQ(next.slice(slice).back(), std::byte{0});
  std::atomic_ref(next.lease(slice)).fetch_add(1);  // as its kernel finds it
  for (uint32_t i = 0; i < 2 * next.header().slices; ++i) EXPECT_TRUE(serves(next));
}

TEST_F(VmTest, AMachineWithFewDoorbellsIsServedByOne) {
  MachineDouble machine(socket("a"));
  machine.few_doorbells = true;
  RawClient first = connect(machine);
  RawClient second = connect(machine);
  for (uint32_t channel = 0; channel < 4; ++channel) {
    EXPECT_TRUE(first.call_null(channel));
    EXPECT_TRUE(second.call_null(channel));
  }
}

TEST_F(VmTest, EachSocketIsOneMachines) {
  MachineDouble first(socket("a"));
  EXPECT_FALSE(MachineDouble(socket("a")).connected());
  MachineDouble other(socket("b"));
  EXPECT_NE(first.header().instance, other.header().instance);
  EXPECT_TRUE(serves(first));
  EXPECT_TRUE(serves(other));
}

TEST_F(VmTest, ARouterThatStopsOrDiesIsNoticed) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    auto machine = std::make_unique<MachineDouble>(socket("a"));
    RawClient client = connect(machine->open(), {toy::kApi, toy::kWireHash}, 200 * kMillisecond);
    ASSERT_TRUE(client.call_null(0)) << client.refusal().sentence;
    router.stop(signal);
    if (signal == SIGTERM) {
      EXPECT_EQ(client.wait_end(), Error::kShutdown);
    }
    EXPECT_TRUE(eventually([&] { return !client.alive(); }));
    machine->disconnect();
    router.start({"--config", router.folder / "ava.toml"});
  }
}

TEST_F(VmTest, OperatorsAddAndRemoveMachinesWhileItRuns) {
  const std::string admin = router.socket() + ".admin";
  const auto ask = [&](const json& request) {
    return json::parse(tool::ask_router(admin, request.dump()));
  };
  const json add = {{"command", "vm-add"}, {"name", "c"}, {"memory", "1 GiB"}, {"slices", 2}};
  for (int round = 0; round < 2; ++round) {
    const json added = ask(add);
    ASSERT_TRUE(added.contains("vm")) << added;
    EXPECT_EQ(added.at("vm").at("vectors"), 3);
    EXPECT_EQ(added.at("vm").at("qemu"), 0);
    MachineDouble machine(added.at("socket"));
    ASSERT_TRUE(machine.connected()) << router.log();
    EXPECT_EQ(machine.header().slices, 2u);
    RawClient client = connect(machine);
    ASSERT_TRUE(client.call_null(0)) << client.refusal().sentence;
    EXPECT_EQ(router.state().at("guests").back().at("vm").at("qemu"), ::getpid());

    ask({{"command", "vm-remove"}, {"name", "c"}});
    EXPECT_EQ(client.wait_end(), Error::kShutdown);
    // Its name is free once nothing of it is left.
    EXPECT_TRUE(eventually([&] { return router.state().at("guests").size() == 4; }));
    EXPECT_FALSE(fs::exists(added.at("socket").get<std::string>()));
  }
  for (const json& refused :
       {json{{"command", "vm-add"}, {"name", "a"}}, json{{"command", "vm-add"}, {"name", "../d"}},
        json{{"command", "vm-add"}, {"name", "d"}, {"memory", "3 GiB"}},
        json{{"command", "vm-add"}, {"name", "d"}, {"memory", 3}},
        json{{"command", "vm-add"}, {"name", "d"}, {"slices", 64}},
        json{{"command", "vm-add"}, {"name", "d"}, {"slices", -1}},
        json{{"command", "vm-add"}, {"name", "d"}, {"socket", "not/absolute"}},
        json{{"command", "vm-add"}, {"name", "d"}, {"socket", router.socket()}},
        json{{"command", "vm-add"}, {"name", "d"}, {"mode", 010000}},
        json{{"command", "vm-add"}, {"name", "d"}, {"plain", 1}},
        json{{"command", "vm-remove"}, {"name", "local"}},
        json{{"command", "vm-remove"}, {"name", "d"}}}) {
    EXPECT_TRUE(ask(refused).contains("error")) << refused;
  }
  EXPECT_EQ(router.state().at("guests").size(), 4u);
}

TEST_F(VmTest, AHostileMachineDisturbsNobodyElse) {
  MachineDouble hostile(socket("a"));
  MachineDouble peaceful(socket("b"));
  std::vector<RawClient> victims;
  for (uint32_t i = 0; i + 1 < kSlices; ++i) {
    victims.push_back(connect(hostile));
    ASSERT_TRUE(victims.back().call_null(0));
  }
  std::atomic<bool> over{false};
  std::thread rings([&] {
    while (!over.load()) {
      for (uint32_t vector = 0; vector <= kSlices; ++vector) hostile.ring(vector);
    }
  });
  std::thread scribbles([&] {
    std::mt19937_64 random(7);
    const uint64_t header = hostile.header().slice_offset;
    const uint64_t stride = hostile.header().slice_size;
    // Words that mean something: all the control words, and those of the first channels.
    const uint64_t interesting = transport::kChannelOffset + 2 * transport::kChannelStride;
    while (!over.load()) {
      // Leases among them, so that slices are cleaned without end.
      const uint64_t at = random() % 8 == 0
                              ? random() % (2 * transport::kPage)
                              : header + random() % kSlices * stride + random() % interesting;
      const uint64_t word = random() % 4 == 0 ? random() : random() % 4;
      std::memcpy(hostile.memory().data() + at / 8 * 8, &word, sizeof word);
    }
  });
  RawClient client = connect(peaceful);
  EXPECT_TRUE(client.connected()) << client.refusal().sentence << router.log();
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(client.call_null(0));
    if (i % 100 == 0) {
      EXPECT_TRUE(serves(peaceful));
    }
  }
  over.store(true);
  rings.join();
  scribbles.join();
  EXPECT_TRUE(client.call_null(1));
}

}  // namespace
}  // namespace ava::router
