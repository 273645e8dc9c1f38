// How `ava vm` words what a router answers.
#include "vm.h"

#include <gtest/gtest.h>

#include "admin_client.h"

namespace ava::tool {
namespace {

constexpr const char* kAnswer = R"({"guests": [
  {"guest": "local", "sessions": 1, "socket": "/run/ava.sock"},
  {"guest": "one", "sessions": 3, "socket": "/run/one.vm",
   "vm": {"memory": 4294967296, "slices": 8, "vectors": 9, "qemu": 4711}},
  {"guest": "two", "sessions": 0, "socket": "/run/two.vm",
   "vm": {"memory": 1073741824, "slices": 2, "vectors": 3, "qemu": 0}}
]})";

TEST(Vm, AreListedWithoutTheOtherGuests) {
  EXPECT_EQ(format_vms(kAnswer),
            "NAME  QEMU  SLICES  CLIENTS  MEMORY  SOCKET\n"
            "one   4711       8        3   4.0 G  /run/one.vm\n"
            "two   -          2        0   1.0 G  /run/two.vm\n");
  EXPECT_NE(format_vms(R"({"guests": []})").find("ava vm add"), std::string::npos);
}

TEST(Vm, SayWhatQemuLibvirtAndTheConfigurationNeed) {
  const std::string said = format_vm(kAnswer, "two");
  for (const char* line :
       {"-chardev socket,id=ava,path=/run/two.vm\n",
        "-device ivshmem-doorbell,chardev=ava,vectors=3\n", "  <server path='/run/two.vm'/>\n",
        "  <msi vectors='3' ioeventfd='on'/>\n", "[[vm]]\nname = \"two\"\n",
        "memory = \"1024 MiB\"\nslices = 2\n"}) {
    EXPECT_NE(said.find(line), std::string::npos) << said;
  }
  EXPECT_THROW(format_vm(kAnswer, "local"), ToolError);
  EXPECT_THROW(format_vm(kAnswer, "three"), ToolError);
  EXPECT_THROW(format_vm(R"({"error": "no"})", "one"), ToolError);
  EXPECT_THROW(format_vms("[]"), ToolError);
}

}  // namespace
}  // namespace ava::tool
