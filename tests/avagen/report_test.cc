// api-report.md says what a stack is, what it leaves out and why.
#include <gtest/gtest.h>

#include "support.h"

namespace avagen {
namespace {

class Report : public testing::Test {
 protected:
  static std::string of(const std::filesystem::path& spec) {
    const Compiled run(spec);
    EXPECT_TRUE(run.succeeded) << run.diagnostics();
    for (const File& file : run.result.files) {
      if (file.name == "api-report.md") return file.text;
    }
    return "";
  }
  const std::string acme_ = of(kTests / "avagen" / "acme" / "acme.ava");
};

TEST_F(Report, HasARowInTheTermsOfIemts) {
  EXPECT_NE(acme_.find("| | interface | endpoints | mechanism | transport | synthesis |\n"
                       "|---|---|---|---|---|---|\n| acme | "),
            std::string::npos)
      << acme_;
}

TEST_F(Report, SaysWhatIsNotRemotedAndWhy) {
  EXPECT_NE(acme_.find("| acme_future | not in this version |"), std::string::npos);
  EXPECT_NE(acme_.find("| acme_version | answered in the guest: the library's own number |"),
            std::string::npos);
  const TemporaryFolder folder;
  folder.write("x.h", "int f(int a); int g(int a); int h(int a);");
  const std::string text =
      of(folder.write("x.ava",
                      "#include \"x.h\"\ntype(int) { lost(-1); }\nint f(int a);\nint g(int a) { "
                      "unsupported; }\n"));
  EXPECT_NE(text.find("| g | the specification refuses it |\n| h | not in the specification |"),
            std::string::npos)
      << text;
}

TEST_F(Report, SaysWhichResultsAreEdited) {
  EXPECT_NE(acme_.find("drop_words `\"images\"` `\"pipes\"`"), std::string::npos) << acme_;
}

TEST_F(Report, CountsTheLinesOfEachFunction) {
  EXPECT_NE(acme_.find(" lines of C++ are generated, "), std::string::npos);
}

}  // namespace
}  // namespace avagen
