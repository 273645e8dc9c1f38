// Each diagnostic has a page, and what the page shows is so: its first example is refused with that
// number, the one under "Remedy" is not.
#include "explain.h"

#include <gtest/gtest.h>

#include "support.h"

namespace avagen {
namespace {

std::string page_of(const std::string& number) {
  for (const ExplanationPage& page : explanation_pages()) {
    if (page.number == number) return std::string(page.text);
  }
  return "";
}

// The fenced block behind a heading.
std::string example_under(const std::string& page, const std::string& heading) {
  const size_t section = page.find("\n## " + heading + "\n");
  const size_t open = page.find("```ava\n", section);
  if (section == std::string::npos || open == std::string::npos) return "";
  const size_t begin = open + 7;
  return page.substr(begin, page.find("```", begin) - begin);
}

// A page shows what matters; the rest is what stands in every specification.
std::string completed(const std::string& example) {
  if (example.find("#include") != std::string::npos) return example;
  std::string text = "#include \"case.h\"\n";
  if (example.find("type(status)") == std::string::npos) {
    text += "type(status) { success(OK); lost(LOST); }\n";
  }
  text += "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n";
  return text + example;
}

class EachPage : public testing::TestWithParam<Row> {};

TEST_P(EachPage, HasACauseAnExampleAndARemedyThatAreTrue) {
  const Row& row = GetParam();
  const std::string number = number_of(row.code);
  const std::string page = page_of(number);
  ASSERT_TRUE(page.starts_with("# " + number + ": ")) << "write tools/avagen/pages/" << number;
  for (const std::string heading : {"Cause", "Example", "Remedy"}) {
    const size_t at = page.find("\n## " + heading + "\n\n");
    ASSERT_NE(at, std::string::npos) << heading;
    EXPECT_NE(page[at + heading.size() + 6], '#') << "nothing under " << heading;
  }
  EXPECT_EQ(row.severity == Severity::kWarning, page.find("(warning)\n") != std::string::npos);

  const TemporaryFolder folder;
  for (const char* file : {"case.h", "broken.h"}) {
    folder.write(file, content(kTests / "avagen" / file));
  }
  folder.write("included.txt", "");
  const Compiled wrong(folder.write("wrong.ava", completed(example_under(page, "Example"))));
  EXPECT_TRUE(wrong.reported(row.code)) << wrong.diagnostics();
  const Compiled right(folder.write("right.ava", completed(example_under(page, "Remedy"))));
  EXPECT_TRUE(right.succeeded) << right.diagnostics();
  EXPECT_EQ(right.diagnostics(), "");
}

INSTANTIATE_TEST_SUITE_P(Table, EachPage,
                         testing::ValuesIn(diagnostics_table().begin(), diagnostics_table().end()),
                         [](const testing::TestParamInfo<Row>& row) {
                           return number_of(row.param.code);
                         });

TEST(Pages, AreOfDiagnosticsThatExist) {
  EXPECT_EQ(explanation_pages().size(), diagnostics_table().size());
}

}  // namespace
}  // namespace avagen
