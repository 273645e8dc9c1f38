// Folders that servers write into and routers clean up.
#include "router/folders.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace ava::router {
namespace {

namespace fs = std::filesystem;

class FoldersTest : public testing::Test {
 protected:
  FoldersTest() {
    char name[] = "/tmp/ava-test-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~FoldersTest() override { fs::remove_all(root_); }
  static unsigned mode(const fs::path& path) {
    struct stat found;
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777u : 0;
  }

  fs::path root_;
};

TEST_F(FoldersTest, ASessionsFolderIsPrivateAndGoesWithTheSession) {
  const RunFolder run(root_ / "run");
  {
    const auto folder = SessionFolder::create(run.session(7));
    ASSERT_TRUE(folder);
    EXPECT_EQ(folder->path(), root_ / "run/sessions/7");
    EXPECT_EQ(mode(folder->path()), 0700u);
    EXPECT_EQ(mode(folder->path() / "tmp"), 0700u);
    EXPECT_EQ(mode(root_ / "run"), 0700u);
  }
  EXPECT_FALSE(fs::exists(run.session(7)));
}

TEST_F(FoldersTest, WhatAServerLeavesIsRemovedWithoutFollowingLinks) {
  fs::create_directories(root_ / "precious");
  std::ofstream(root_ / "precious/file") << "kept";
  const RunFolder run(root_ / "run");
  {
    const auto folder = SessionFolder::create(run.session(1));
    ASSERT_TRUE(folder);
    fs::create_directories(folder->path() / "deep/deeper");
    fs::create_directory_symlink(root_ / "precious", folder->path() / "deep/link");
  }
  EXPECT_FALSE(fs::exists(run.session(1)));
  EXPECT_TRUE(fs::exists(root_ / "precious/file"));
}

TEST_F(FoldersTest, TwoRoutersDoNotShareARunFolder) {
  const RunFolder first(root_ / "run");
  EXPECT_THROW(RunFolder(root_ / "run"), std::runtime_error);
}

TEST_F(FoldersTest, AnEarlierRoutersLeftoversAreRemoved) {
  fs::create_directories(root_ / "run/sessions/3/tmp");
  std::ofstream(root_ / "run/sessions/3/file") << "left over";
  const RunFolder run(root_ / "run");
  EXPECT_TRUE(fs::is_empty(root_ / "run/sessions"));
}

TEST_F(FoldersTest, ARunFolderGoesWithItsRouterUnlessSomebodyKeepsSomethingThere) {
  { const RunFolder run(root_ / "run"); }
  EXPECT_FALSE(fs::exists(root_ / "run"));
  {
    const RunFolder run(root_ / "run");
    std::ofstream(root_ / "run/mine") << "kept";
  }
  EXPECT_TRUE(fs::exists(root_ / "run/mine"));
}

TEST_F(FoldersTest, ARunFolderThatIsALinkIsRefused) {
  fs::create_directories(root_ / "elsewhere/sessions/1");
  fs::create_directory_symlink(root_ / "elsewhere", root_ / "run");
  EXPECT_THROW(RunFolder(root_ / "run"), std::runtime_error);
  EXPECT_TRUE(fs::exists(root_ / "elsewhere/sessions/1"));
}

TEST_F(FoldersTest, ARunFolderOfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give folders away";
  fs::create_directories(root_ / "run");
  ASSERT_EQ(::chown((root_ / "run").c_str(), 65534, 65534), 0);
  EXPECT_THROW(RunFolder(root_ / "run"), std::runtime_error);
}

TEST_F(FoldersTest, CachesArePerGuestAndUser) {
  const auto one = cache_folder(root_ / "cache", "vm-1", 1000);
  const auto two = cache_folder(root_ / "cache", "vm-1", 1001);
  const auto three = cache_folder(root_ / "cache", "vm-2", 1000);
  ASSERT_TRUE(one && two && three);
  EXPECT_NE(*one, *two);
  EXPECT_NE(*one, *three);
  EXPECT_EQ(mode(*one), 0700u);
  EXPECT_EQ(*cache_folder(root_ / "cache", "vm-1", 1000), *one) << "it stays";
}

}  // namespace
}  // namespace ava::router
