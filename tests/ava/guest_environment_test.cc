// The files that say what a program needs in its environment.
#include "guest_environment.h"

#include <gtest/gtest.h>

#include "admin_client.h"

namespace ava::tool {
namespace {

TEST(GuestEnvironment, VariablesAreSetOrPutBeforeWhatIsThere) {
  const auto variables = parse_guest_environment(
      "# a comment\n\nVENDORS=${DIR}/ava.icd\nPATHS+=${DIR}:${DIR}/more\nEMPTY=\n",
      "/opt/ava/x.env");
  ASSERT_EQ(variables.size(), 3u);
  EXPECT_EQ(variables[0].value, "/opt/ava/ava.icd");
  EXPECT_EQ(variables[1].value, "/opt/ava:/opt/ava/more");
  ::setenv("VENDORS", "theirs", 1);
  ::setenv("PATHS", "theirs", 1);
  apply(variables);
  EXPECT_STREQ(std::getenv("VENDORS"), "/opt/ava/ava.icd");
  EXPECT_STREQ(std::getenv("PATHS"), "/opt/ava:/opt/ava/more:theirs");
  EXPECT_STREQ(std::getenv("EMPTY"), "");
}

TEST(GuestEnvironment, NothingIsPutBeforeNothing) {
  ::unsetenv("PATHS");
  apply(parse_guest_environment("PATHS+=a\n", "/x.env"));
  EXPECT_STREQ(std::getenv("PATHS"), "a") << "an empty part would mean the working folder";
}

TEST(GuestEnvironment, ALineThatMakesNoSenseIsNamed) {
  for (const char* text :
       {"A=1\nno equals sign\n", "A=1\n=value\n", "A=1\nA B=1\n", "A=1\n+=1\n"}) {
    try {
      parse_guest_environment(text, "/opt/x.guest.env");
      ADD_FAILURE() << text;
    } catch (const ToolError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("/opt/x.guest.env:2: ")) << error.what();
    }
  }
}

}  // namespace
}  // namespace ava::tool
