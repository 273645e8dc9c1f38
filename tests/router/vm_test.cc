// Clients in virtual machines: what they live through from a slice's lease to its cleaning, and
// what a hostile machine can do. The machine is this test (machine_double.h); router and servers
// are real.
#include <gtest/gtest.h>

#include "machine_double.h"
#include "raw_client.h"
#include "router_process.h"

namespace ava::router {
namespace {

// A router with two machines' sockets.
class VmTest : public testing::Test {
 protected:
  VmTest() : router({}, config()) {}

  static std::string config() {
    char name[] = "/tmp/ava-vm-XXXXXX";
    folder = ::mkdtemp(name);
    std::string text = "[[guest]]\nname = 'local'\nsocket = 'unused'\n";
    for (const char* vm : {"a", "b"}) {
      text += std::string("[[vm]]\nname = '") + vm + "'\nsocket = '" + socket(vm) +
              "'\nmemory = '1 GiB'\nslices = 3\n";
    }
    return text;
  }
  static std::string socket(const std::string& vm) { return folder + "/" + vm; }
  ~VmTest() override { fs::remove_all(folder); }

  static RawClient connect(MachineDouble& machine) {
    auto device = machine.open();
    if (device == nullptr) {
      return RawClient(tl::unexpected<transport::ConnectError>({Error::kExhausted, "no slice"}));
    }
    return RawClient(
        transport::connect_slice(std::move(device), "/dev/ava0", {toy::kApi, toy::kWireHash}));
  }

  static inline std::string folder;
  RouterProcess router;
};

TEST_F(VmTest, AClientInAMachineMakesCalls) {
  MachineDouble machine(socket("a"));
  ASSERT_TRUE(machine.connected()) << router.log();
  RawClient client = connect(machine);
  ASSERT_TRUE(client.connected()) << client.refusal().sentence << router.log();
  EXPECT_TRUE(client.call_null(0));
  EXPECT_TRUE(client.call_null(1));
}

}  // namespace
}  // namespace ava::router
