// Which API modules a router takes, and what it says about those that it does not have.
#include "router/modules.h"

#include <gtest/gtest.h>

#include <fstream>

#include "session_double.h"

namespace ava::router {
namespace {

namespace fs = std::filesystem;

class ModulesTest : public testing::Test {
 protected:
  ModulesTest() {
    char name[] = "/tmp/ava-test-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~ModulesTest() override { fs::remove_all(folder_); }

  // Puts the test's module `name` into `where`, with a server module beside it.
  void install(const std::string& name, const fs::path& where) {
    fs::create_directories(folder_ / where);
    fs::copy(fs::path(std::getenv("AVA_TEST_MODULES")) / (name + ".test.so"),
             folder_ / where / (name + ".router.so"));
    std::ofstream(folder_ / where / (name + ".server.so")) << "loaded by the server";
  }

  fs::path folder_;
};

TEST_F(ModulesTest, ModulesAreFoundBelowTheFolder) {
  install("good", "api/v1");
  const ModuleRegistry registry = ModuleRegistry::load({folder_ / "nothing-here", folder_});
  ASSERT_EQ(registry.all().size(), 1u);
  const Generation* found = registry.find("good", 0x11);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->server_module, folder_ / "api/v1/good.server.so");
  EXPECT_EQ(found->functions.name(marshal::kFirstApiFunction), "good_call");
  EXPECT_EQ(registry.find("good", 0x12), nullptr);
  EXPECT_EQ(registry.find("goo", 0x11), nullptr);
}

TEST_F(ModulesTest, OfTwoThatAreTheSameTheFirstStays) {
  install("good", "a");
  install("good", "b");
  const ModuleRegistry registry = ModuleRegistry::load({folder_});
  ASSERT_EQ(registry.all().size(), 1u);
  EXPECT_EQ(registry.all()[0]->router_module, folder_ / "a/good.router.so");
}

TEST_F(ModulesTest, WhatCannotBeUsedIsLeftOut) {
  install("other_abi", ".");
  install("holes", ".");
  install("no_symbol", ".");
  std::ofstream(folder_ / "garbage.router.so") << "no shared object";
  std::ofstream(folder_ / "garbage.server.so") << "";
  install("good", ".");
  fs::remove(folder_ / "good.server.so");
  EXPECT_TRUE(ModuleRegistry::load({folder_}).all().empty());
}

TEST_F(ModulesTest, AnUnknownApiOrHashIsExplainedWithWhatIsInstalled) {
  const ModuleRegistry none = ModuleRegistry::load({});
  EXPECT_EQ(none.explain("good", 0x99),
            "no module for good (0000000000000099) is installed; here is: nothing");
  install("good", ".");
  const ModuleRegistry registry = ModuleRegistry::load({folder_});
  EXPECT_EQ(registry.explain("other", 0x99),
            "no module for other (0000000000000099) is installed; here is: good 0000000000000011");
  EXPECT_EQ(registry.explain("good", 0x99),
            "the wire hash of good differs: the guest library has 0000000000000099, installed here "
            "is 0000000000000011; install the package that matches");
}

TEST(FunctionTable, OwnRequestsAndTheModulesFunctionsByNumber) {
  const FunctionTable table(probe_module());
  EXPECT_EQ(table.find(0), nullptr);
  EXPECT_EQ(table.find(marshal::kFirstApiFunction - 1), nullptr);
  EXPECT_EQ(table.name(marshal::kPoll), "ava_poll");
  EXPECT_EQ(table.name(kProbeAdd), "probe_add");
  EXPECT_EQ(table.parameter(kProbeAdd, 1), "value");
  EXPECT_EQ(table.parameter(kProbeAdd, kNoParameter), "");
  EXPECT_EQ(table.find(kProbeAdd + 1), nullptr);
  EXPECT_EQ(table.find(UINT32_MAX), nullptr);
}

TEST(FunctionTable, EachParameterHasARowForItsRefusalsAndEachFunctionOneMore) {
  const FunctionTable table(probe_module());
  std::vector<uint32_t> rows;
  for (const uint32_t function :
       {uint32_t{marshal::kPoll}, uint32_t{kProbeNull}, uint32_t{kProbeAdd}}) {
    const auto parameters = table.find(function)->parameters.size();
    for (size_t i = 0; i < parameters; ++i) {
      rows.push_back(table.refusal_row(function, static_cast<uint16_t>(i)));
    }
    rows.push_back(table.refusal_row(function, kNoParameter));
    EXPECT_EQ(table.refusal_row(function, 1000), rows.back()) << "a module's mistake";
  }
  for (const uint32_t row : rows) EXPECT_LT(row, table.refusal_rows());
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(std::unique(rows.begin(), rows.end()), rows.end()) << "no two share a row";
}

}  // namespace
}  // namespace ava::router
