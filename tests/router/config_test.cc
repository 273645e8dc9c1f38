// What a configuration file may say, and that a mistake is named with its line.
#include "router/config.h"

#include <gtest/gtest.h>

#include "router/config_values.h"
#include "transport/layout.h"

namespace ava::router {
namespace {

// The complaint about `text`; empty if there is none.
std::string complaint(const std::string& text) {
  try {
    parse_config(text, "ava.toml");
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(Config, AnEmptyFileMeansTheDefaults) {
  const Config config = parse_config("", "ava.toml");
  ASSERT_EQ(config.guests.size(), 1u);
  EXPECT_EQ(config.guests[0].arena_size, uint64_t{1} << 30);
  EXPECT_EQ(config.guests[0].max_channels, transport::kMaxChannels);
  EXPECT_EQ(config.guests[0].mode, 0600u);
}

TEST(Config, EveryKeyIsRead) {
  const Config config = parse_config(R"(
[router]
threads = 3
waiter = "epoll"
admin_socket = "/run/x.admin"
run_folder = "/run/x"
cache_folder = "/var/x"
modules = ["/a", "/b"]
arena_size = "64 MiB"
max_channels = 100
max_sessions = 7
[server]
program = "/usr/bin/true"
environment = { A = "1", B = "two words" }
[[guest]]
name = "vm-1"
socket = "/run/1.sock"
mode = 0o660
allowed_uids = [0, 1000]
[[guest]]
name = "vm-2"
socket = "/run/2.sock"
arena_size = 2097152
max_channels = 8
max_sessions = 1
)",
                                     "ava.toml");
  EXPECT_EQ(config.threads, 3u);
  EXPECT_EQ(config.waiter, transport::Waiter::Kind::kEpoll);
  EXPECT_EQ(config.admin_socket, "/run/x.admin");
  EXPECT_EQ(config.run_folder, "/run/x");
  EXPECT_EQ(config.cache_folder, "/var/x");
  EXPECT_EQ(config.modules, (std::vector<std::filesystem::path>{"/a", "/b"}));
  EXPECT_EQ(config.server_program, "/usr/bin/true");
  EXPECT_EQ(config.server_environment, (std::vector<std::string>{"A=1", "B=two words"}));
  ASSERT_EQ(config.guests.size(), 2u);
  EXPECT_EQ(config.guests[0].name, "vm-1");
  EXPECT_EQ(config.guests[0].mode, 0660u);
  EXPECT_EQ(config.guests[0].allowed_uids, (std::vector<uid_t>{0, 1000}));
  EXPECT_EQ(config.guests[0].arena_size, 64u << 20) << "[router] has the guests' defaults";
  EXPECT_EQ(config.guests[0].max_sessions, 7u);
  EXPECT_EQ(config.guests[1].arena_size, 2u << 20);
  EXPECT_EQ(config.guests[1].max_channels, 8u);
}

TEST(Config, VirtualMachinesAreGuestsWithAMemory) {
  const Config config = parse_config(R"(
[router]
max_channels = 100
max_sessions = 7
arena_size = "64 MiB"
[[vm]]
name = "small"
socket = "/run/small.vm"
mode = 0o660
[[vm]]
name = "large"
socket = "/run/large.vm"
memory = "64 GiB"
slices = 63
max_channels = 8
)",
                                     "ava.toml");
  ASSERT_EQ(config.guests.size(), 2u);
  const GuestConfig& small = config.guests[0];
  ASSERT_TRUE(small.machine);
  EXPECT_EQ(small.machine->memory, uint64_t{4} << 30);
  EXPECT_EQ(small.machine->slices, 8u);
  EXPECT_EQ(small.mode, 0660u);
  EXPECT_EQ(small.max_channels, 100u);
  EXPECT_EQ(small.max_sessions, 8u) << "a session has a slice";
  EXPECT_GT(small.arena_size, 256u << 20) << "what a slice has room for";
  EXPECT_LT(small.arena_size, (uint64_t{4} << 30) / 8);
  EXPECT_EQ(config.guests[1].machine->slices, 63u);
  EXPECT_EQ(config.guests[1].max_channels, 8u);
}

struct Mistake {
  const char* name;
  const char* text;
  const char* line;  // what the complaint begins with
  const char* says;  // and contains
};

class BadConfig : public testing::TestWithParam<Mistake> {};

TEST_P(BadConfig, IsNamedWithItsLine) {
  const std::string said = complaint(GetParam().text);
  EXPECT_TRUE(said.starts_with(GetParam().line)) << said;
  EXPECT_NE(said.find(GetParam().says), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, BadConfig,
    testing::Values(
        Mistake{"Syntax", "\n[router\n", "ava.toml:2: ", ""},
        Mistake{"UnknownKey", "[router]\nthreds = 2\n",
                "ava.toml:2: ", "unknown key 'threds' in [router]; known are: threads,"},
        Mistake{"UnknownTable", "\n\n[network]\n", "ava.toml:3: ", "unknown key 'network'"},
        Mistake{"UnknownKeyOfAGuest", "[[guest]]\nname = 'a'\nsocket = 'b'\nsockt = 'c'\n",
                "ava.toml:4: ", "unknown key 'sockt' in [[guest]]"},
        Mistake{"TextForANumber", "[router]\nthreads = 'two'\n",
                "ava.toml:2: ", "threads must be a whole number"},
        Mistake{"NoThreads", "[router]\nthreads = 0\n", "ava.toml:2: ", "from 1 to"},
        Mistake{"NegativeSize", "[router]\narena_size = -1\n", "ava.toml:2: ", "arena_size"},
        Mistake{"SizeWithoutANumber", "[router]\narena_size = 'big'\n", "ava.toml:2: ", "as \""},
        Mistake{"TooManyChannels", "[router]\nmax_channels = 1025\n",
                "ava.toml:2: ", "from 1 to 1024"},
        Mistake{"UnknownWaiter", "[router]\nwaiter = 'poll'\n", "ava.toml:2: ", "io_uring"},
        Mistake{"ModulesThatAreNoList", "[router]\nmodules = '/a'\n",
                "ava.toml:2: ", "list of folders"},
        Mistake{"RouterThatIsNoTable", "router = 5\n", "ava.toml:1: ", "must be a table"},
        Mistake{"GuestThatIsNoList", "guest = 5\n", "ava.toml:1: ", "[[guest]]"},
        Mistake{"EnvironmentOfNumbers", "[server]\nenvironment = { A = 1 }\n",
                "ava.toml:2: ", "texts"},
        Mistake{"GuestWithoutAName", "\n[[guest]]\nsocket = '/a'\n",
                "ava.toml:2: ", "a guest needs a name"},
        Mistake{"GuestWithAPathAsName", "[[guest]]\nname = '../a'\nsocket = '/a'\n",
                "ava.toml:1: ", "a guest needs a name"},
        Mistake{"GuestWithoutASocket", "[[guest]]\nname = 'a'\n", "ava.toml:1: ", "needs a socket"},
        Mistake{"TwoGuestsOfOneName",
                "[[guest]]\nname='a'\nsocket='/a'\n[[guest]]\nname='a'\nsocket='/b'\n",
                "ava.toml:4: ", "has the name or the socket of an earlier one"},
        Mistake{"AMode", "[[guest]]\nname='a'\nsocket='/a'\nmode=0o1777\n",
                "ava.toml:4: ", "mode must be"},
        Mistake{"AMachineNamedAsAGuest",
                "[[guest]]\nname='a'\nsocket='/a'\n[[vm]]\nname='a'\nsocket='/b'\n",
                "ava.toml:4: ", "has the name or the socket of an earlier one"},
        Mistake{"AMachinesOddMemory", "[[vm]]\nname='a'\nsocket='/a'\nmemory='3 GiB'\n",
                "ava.toml:1: ", "a power of two"},
        Mistake{"AMachinesSmallMemory", "[[vm]]\nname='a'\nsocket='/a'\nmemory='1 GiB'\n",
                "ava.toml:1: ", "needs more memory for 8 slices"},
        Mistake{"AMachineOfManySlices", "[[vm]]\nname='a'\nsocket='/a'\nslices=64\n",
                "ava.toml:4: ", "from 1 to 63"}),
    [](const auto& mistake) { return mistake.param.name; });

TEST(Config, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW(read_config("/no/such/ava.toml"), ConfigError);
}

TEST(ConfigValues, Sizes) {
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("1"), 4096u) << "whole pages";
  EXPECT_EQ(parse_size("1 KiB"), 4096u);
  EXPECT_EQ(parse_size("512M"), 512u << 20);
  EXPECT_EQ(parse_size("2GB"), uint64_t{2} << 30);
  EXPECT_FALSE(parse_size(""));
  EXPECT_FALSE(parse_size("M"));
  EXPECT_FALSE(parse_size("1 parsec"));
  EXPECT_FALSE(parse_size("1 MiBs"));
  EXPECT_FALSE(parse_size("99999999999999 T"));
}

}  // namespace
}  // namespace ava::router
