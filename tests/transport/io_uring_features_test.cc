#include "transport/io_uring_features.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace ava::transport {
namespace {

TEST(IoUringFeatures, NothingNewerThanDebian12sKernelIsAssumed) {
  for (const IoUringFeature& feature : io_uring_features()) {
    EXPECT_TRUE(feature.detected || feature.since <= kRequiredKernel)
        << feature.name << " needs Linux " << feature.since.major << "." << feature.since.minor;
  }
}

// What the sources use and what the list names are the same set.
TEST(IoUringFeatures, TheListIsWhatTheSourcesUse) {
  const std::regex pattern(R"(\b(IORING_[A-Z0-9_]+|IOSQE_[A-Z0-9_]+|io_uring_prep_\w+))");
  std::set<std::string> used;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(AVA_SOURCE_DIR "/src")) {
    const std::string extension = entry.path().extension();
    if (extension != ".cc" && extension != ".h" && extension != ".c") continue;
    if (entry.path().stem() == "io_uring_features") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator hit(text.begin(), text.end(), pattern), end; hit != end; ++hit) {
      used.insert(hit->str());
    }
  }
  std::set<std::string> listed;
  for (const IoUringFeature& feature : io_uring_features()) listed.emplace(feature.name);
  EXPECT_EQ(used, listed);
}

}  // namespace
}  // namespace ava::transport
