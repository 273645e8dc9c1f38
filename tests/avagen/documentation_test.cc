// docs/spec-language.md is complete, and its examples are right.
#include <gtest/gtest.h>

#include "annotations.h"
#include "support.h"

namespace avagen {
namespace {

const std::string& page() {
  static const std::string text =
      content(std::filesystem::path(AVA_SOURCE_ROOT) / "docs" / "spec-language.md");
  return text;
}

// The fenced blocks of one language.
std::vector<std::string> fenced(const std::string& language) {
  const std::string open = "```" + language + "\n";
  std::vector<std::string> blocks;
  for (size_t at = page().find(open); at != std::string::npos; at = page().find(open, at)) {
    at += open.size();
    const size_t stop = page().find("```", at);
    blocks.push_back(page().substr(at, stop - at));
    at = stop;
  }
  return blocks;
}

TEST(Documentation, HasEveryWordOfTheLanguageInAnExample) {
  std::string examples;
  for (const std::string& block : fenced("ava")) examples += block;
  for (const AnnotationRow& row : annotations()) {
    const std::string word(row.name);
    bool found = false;
    for (const char* behind : {";", "(", " {", " guest", " server", " size_t"}) {
      found |= examples.find(" " + word + behind) != std::string::npos;
    }
    EXPECT_TRUE(found) << word;
  }
}

TEST(Documentation, HasEveryDiagnostic) {
  for (const Row& row : diagnostics_table()) {
    EXPECT_NE(page().find("| " + number_of(row.code)), std::string::npos) << number_of(row.code);
  }
}

TEST(Documentation, ExamplesCompile) {
  ASSERT_EQ(fenced("c").size(), 1u);
  ASSERT_GT(fenced("ava").size(), 15u);
  const TemporaryFolder folder;
  folder.write("vec.h", fenced("c").front());
  for (const std::string& example : fenced("ava")) {
    std::string text = "#include \"vec.h\"\n" + example;
    // Examples that are not about results or functions need some to stand beside.
    if (example.find("type(vec_status)") == std::string::npos) {
      text += "type(vec_status) { success(VEC_OK); lost(VEC_GONE); }\n";
    }
    if (example.find("vec_status vec_") == std::string::npos) {
      text += "vec_status vec_close(vec_context context) { parameter(context) { deallocates; } }\n";
    }
    const Compiled run(folder.write("example.ava", text));
    const bool undecided = example.find("unresolved(") != std::string::npos;
    EXPECT_EQ(run.succeeded, !undecided) << text << run.diagnostics();
    EXPECT_EQ(run.reporter.only_unresolved(), undecided) << text << run.diagnostics();
  }
}

}  // namespace
}  // namespace avagen
