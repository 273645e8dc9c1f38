// What avagen writes for a specification is what lies in the golden folder beside it, byte for
// byte.
// `./run regen` rewrites the golden files; their diff is the review.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "compile.h"

namespace avagen {
namespace {

namespace fs = std::filesystem;

const fs::path kTests = fs::path(AVA_SOURCE_ROOT) / "tests";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The first line in which they differ; empty: none.
std::string first_difference(const std::string& found, const std::string& wanted) {
  std::istringstream a(found);
  std::istringstream b(wanted);
  for (size_t number = 1;; ++number) {
    std::string left;
    std::string right;
    const bool more_left = static_cast<bool>(std::getline(a, left));
    const bool more_right = static_cast<bool>(std::getline(b, right));
    if (!more_left && !more_right) return "";
    if (left != right || more_left != more_right) {
      return "line " + std::to_string(number) + "\n  generated: " + left +
             "\n  golden:    " + right;
    }
  }
}

// Each golden file equals what is generated; files without a golden twin are not compared.
void expect_golden(const fs::path& spec) {
  Sources sources;
  Reporter reporter(sources);
  Compilation result;
  ASSERT_TRUE(compile({spec.string(), {}}, result, reporter)) << reporter.format();
  size_t compared = 0;
  for (const File& file : result.files) {
    const fs::path golden = spec.parent_path() / "golden" / file.name;
    if (!fs::exists(golden)) continue;
    EXPECT_EQ(first_difference(file.text, content(golden)), "") << golden << ": ./run regen";
    ++compared;
  }
  size_t golden_files = 0;
  for (const auto& entry : fs::directory_iterator(spec.parent_path() / "golden")) {
    golden_files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(compared, golden_files) << "a golden file that nothing generates";
}

TEST(Golden, Toy) { expect_golden(kTests / "toy" / "toy.ava"); }

TEST(Golden, IsTheSameEachTime) {
  std::string texts[2];
  for (std::string& text : texts) {
    Sources sources;
    Reporter reporter(sources);
    Compilation result;
    ASSERT_TRUE(compile({(kTests / "toy" / "toy.ava").string(), {}}, result, reporter));
    for (const File& file : result.files) text += file.name + file.text;
  }
  EXPECT_EQ(first_difference(texts[0], texts[1]), "");
}

}  // namespace
}  // namespace avagen
