// version(condition) { }: one specification serves several versions of a header.
#include <gtest/gtest.h>

#include "support.h"

namespace avagen {
namespace {

const std::string kSpec =
    "#include \"x.h\"\ntype(int) { lost(-1); }\nint f(int a);\n"
    "version(X_VERSION >= 2 && !X_SMALL) { int g(int a) { parameter(a) { check(a < X_LIMIT); } } "
    "}\n"
    "version(X_VERSION < 2) { int old(int a); }\n";

std::string covered(const std::string& header) {
  const TemporaryFolder folder;
  folder.write("x.h", header);
  const Compiled run(folder.write("x.ava", kSpec));
  EXPECT_TRUE(run.succeeded) << run.diagnostics();
  std::string names;
  for (const Function& function : run.result.model.functions) {
    if (function.covered()) names += function.name + " ";
  }
  return names;
}

TEST(Version, HoldsWhatTheHeaderAtHandHas) {
  EXPECT_EQ(covered("#define X_VERSION 1\nint f(int a); int old(int a);"), "f old ");
  EXPECT_EQ(covered("#define X_VERSION 2\n#define X_LIMIT 9\nint f(int a); int g(int a);"), "f g ");
  EXPECT_EQ(covered("enum { X_VERSION = 3, X_SMALL = 1 }; int f(int a); int g(int a);"), "f ");
  EXPECT_EQ(covered("int f(int a); int old(int a);"), "f old ");
}

TEST(Version, ConditionsCompareConstants) {
  const TemporaryFolder folder;
  folder.write("x.h", "int f(int a);");
  const Compiled run(folder.write(
      "x.ava", "#include \"x.h\"\ntype(int) { lost(-1); }\nversion(f(1)) { int f(int a); }\n"));
  EXPECT_TRUE(run.reported(Code::kBadExpression)) << run.diagnostics();
}

TEST(Version, DeclarationsThatTheHeaderLacksAreStillErrorsOutside) {
  const TemporaryFolder folder;
  folder.write("x.h", "#define X_VERSION 1\nint f(int a);");
  const Compiled run(folder.write("x.ava", kSpec));
  EXPECT_TRUE(run.reported(Code::kUndeclaredFunction)) << run.diagnostics();
}

}  // namespace
}  // namespace avagen
