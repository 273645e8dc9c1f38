// Each diagnostic has a specification in bad/ that triggers it, and nothing else, and a twin in
// good/ that does not.
#include <gtest/gtest.h>

#include <optional>
#include <regex>
#include <set>

#include "annotations.h"
#include "support.h"

namespace avagen {
namespace {

const std::filesystem::path kHere = kTests / "avagen";

class EachDiagnostic : public testing::TestWithParam<Row> {};

TEST_P(EachDiagnostic, IsReportedForTheBadSpecificationOnly) {
  const std::string number = number_of(GetParam().code);
  const std::filesystem::path bad_spec = kHere / "bad" / (number + ".ava");
  const std::filesystem::path good_spec = kHere / "good" / (number + ".ava");
  ASSERT_TRUE(std::filesystem::exists(bad_spec)) << "write one that triggers " << number;
  ASSERT_TRUE(std::filesystem::exists(good_spec)) << "and a twin that does not";

  const Compiled bad(bad_spec);
  EXPECT_TRUE(bad.reported(GetParam().code)) << bad.diagnostics();
  for (const Diagnostic& diagnostic : bad.reporter.all()) {
    EXPECT_EQ(number_of(diagnostic.row->code), number) << bad.diagnostics();
  }
  const bool is_error = GetParam().severity == Severity::kError;
  EXPECT_EQ(bad.succeeded, !is_error);
  EXPECT_EQ(bad.result.files.empty(), is_error) << "an error, and yet there is something to write";

  const Compiled good(good_spec);
  EXPECT_TRUE(good.succeeded);
  EXPECT_EQ(good.diagnostics(), "");
  EXPECT_FALSE(good.result.files.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, EachDiagnostic,
                         testing::ValuesIn(diagnostics_table().begin(), diagnostics_table().end()),
                         [](const testing::TestParamInfo<Row>& row) {
                           return number_of(row.param.code);
                         });

TEST(Diagnostics, HaveNumbersThatOccurOnce) {
  std::set<Code> codes;
  for (const Row& row : diagnostics_table()) {
    EXPECT_TRUE(codes.insert(row.code).second) << number_of(row.code);
    EXPECT_FALSE(row.message.empty());
    EXPECT_FALSE(row.advice.empty());
  }
}

TEST(Diagnostics, PointAtTheSpecification) {
  const TemporaryFolder folder;
  folder.write("vec.h", "int vec_sum(int mode, const float* in);\n");
  const Compiled run(folder.write(
      "vec.ava", "#include \"vec.h\"\nint vec_sum(int mode,\n            const float* in);\n"));
  const std::string path = (folder.path() / "vec.ava").string();
  EXPECT_NE(run.diagnostics().find(path + ":3:26: error AG0017: 'in' has no length\n"
                                          "  3 |             const float* in);\n"
                                          "    |                          ^~\n"
                                          "  advice: say buffer(elements)"),
            std::string::npos)
      << run.diagnostics();
}

TEST(Diagnostics, AreAllFoundInOneRun) {
  const TemporaryFolder folder;
  folder.write("x.h", "typedef int status; status f(int a, const void* p); status g(int a);\n");
  const Compiled run(folder.write("x.ava",
                                  "#include \"x.h\"\n"
                                  "type(statsu) { success(0); }\n"
                                  "status f(int a, const void* p) {\n"
                                  "  sink;\n"
                                  "  async\n"
                                  "  parameter(q) { in; }\n"
                                  "  parameter(a) { check(b > 0); }\n"
                                  "}\n"
                                  "status g(int a) { sync; async; }\n"
                                  "status h(int a);\n"));
  for (const Code code :
       {Code::kUnknownType, Code::kUnknownAnnotation, Code::kSyntax, Code::kUnknownName,
        Code::kContradiction, Code::kUndeclaredFunction, Code::kMissingLength}) {
    EXPECT_TRUE(run.reported(code)) << number_of(code) << "\n" << run.diagnostics();
  }
  EXPECT_TRUE(run.result.files.empty());
}

// The server's answer names the type of the invalid handle, not the parameter.
TEST(Diagnostics, RefuseInvalidForOneOfTwoParametersOfOneType) {
  const std::string common =
      "#include \"case.h\"\n"
      "type(status) { success(OK); lost(LOST); }\n"
      "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n"
      "status copy(thing from, thing to) { ";
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h") + "\nstatus copy(thing from, thing to);\n");
  const Compiled one(folder.write("one.ava", common + "parameter(to) { invalid(LOST); } }\n"));
  EXPECT_TRUE(one.reported(Code::kContradiction)) << one.diagnostics();
  const Compiled none(folder.write("none.ava", common + "returns { invalid(LOST); } }\n"));
  EXPECT_TRUE(none.succeeded) << none.diagnostics();
}

// What is computed on both sides must exist on both, and what the library is told otherwise must be
// the function's own to change.
TEST(Diagnostics, RefuseMisuseOfSizesThatFunctionsCompute) {
  const std::string common =
      "#include \"case.h\"\n"
      "type(status) { success(OK); lost(LOST); }\n"
      "both { size_t everywhere(const size_t* r) { return *r; } }\n"
      "guest { size_t here(const size_t* r) { return *r; } }\n"
      "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n";
  const std::string inputs = "parameter(region) { buffer(3); } parameter(at) { buffer(3); }";
  struct {
    const char* what;
    std::string text;
    std::optional<Code> code;
  } const cases[] = {
      {"a size of both sides", "parameter(to) { out; buffer(everywhere(region)); }", {}},
      {"a size of one side", "parameter(to) { out; buffer(here(region)); }", Code::kBadExpression},
      {"a size of neither", "parameter(to) { out; buffer(nowhere(region)); }",
       Code::kBadExpression},
      {"a rectangle", "parameter(to) { out; box(region, 1, row, slice, at); }", {}},
      {"without an origin", "parameter(to) { out; box(region, 1, row, slice); }", {}},
      {"a constant pitch", "parameter(to) { out; box(region, 1, 0, slice, at); }",
       Code::kBadExpression},
      {"an origin that is no list", "parameter(to) { out; box(region, 1, row, slice, row); }",
       Code::kBadExpression},
      {"of a box too little", "parameter(to) { out; box(region, 1, row); }", Code::kWrongArguments},
      {"a box that is read and written", "parameter(to) { inout; box(region, 1, row, slice); }",
       Code::kContradiction},
      {"a field of bytes", "parameter(to) { out; buffer(1); field(x) { handle(thing); } }",
       Code::kContradiction},
      {"an answer without a condition", "answers(LOST) { } parameter(to) { out; buffer(1); }",
       Code::kWrongArguments},
  };
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h") +
                             "\nstatus area(thing object, const size_t* at, const size_t* region,"
                             " size_t row, size_t slice, void* to);\n");
  for (const auto& [what, text, code] : cases) {
    const Compiled run(folder.write(
        "area.ava", common +
                        "status area(thing object, const size_t* at, const size_t* region, "
                        "size_t row, size_t slice, void* to) { " +
                        inputs + text + " }\n"));
    EXPECT_EQ(run.succeeded, !code.has_value()) << what << "\n" << run.diagnostics();
    EXPECT_TRUE(!code || run.reported(*code)) << what << "\n" << run.diagnostics();
  }
}

// What memory that was lent is called, and what comes back, the replies say.
TEST(Diagnostics, RefuseMisuseOfMemoryThatIsLent) {
  const struct {
    const char* what;
    const char* text;
    std::optional<Code> code;
  } cases[] = {
      {"lent and given back", "parameter(to) { inout; buffer(size); registers; }", {}},
      {"given back with a length", "parameter(to) { unregisters; buffer(size); }",
       Code::kDeadAnnotation},
      {"by a call that does not wait", "async; parameter(to) { in; buffer(size); registers; }",
       Code::kContradiction},
      {"two at once", "parameter(to) { unregisters; } parameter(other) { unregisters; }",
       Code::kContradiction},
      {"pointers", "parameter(list) { in; buffer(size); registers; }", Code::kUnsupportedShape},
  };
  const TemporaryFolder folder;
  const std::string prototype =
      "status lend(thing object, size_t size, void* to, void* other, const char** list)";
  folder.write("case.h", content(kHere / "case.h") + "\n" + prototype + ";\n");
  for (const auto& [what, text, code] : cases) {
    const std::string words = text;
    std::string rest;
    if (words.find("(other)") == std::string::npos) rest += " parameter(other) { out; buffer(1); }";
    if (words.find("(to)") == std::string::npos) rest += " parameter(to) { out; buffer(1); }";
    if (words.find("(list)") == std::string::npos) {
      rest += " parameter(list) { in; buffer(1); element { string; } }";
    }
    const Compiled run(folder.write(
        "lend.ava",
        "#include \"case.h\"\ntype(status) { success(OK); lost(LOST); }\n"
        "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n" +
            prototype + " { " + words + rest + " }\n"));
    EXPECT_EQ(run.succeeded, !code.has_value()) << what << "\n" << run.diagnostics();
    EXPECT_TRUE(!code || run.reported(*code)) << what << "\n" << run.diagnostics();
  }
}

// Who answers for the application's files is the thread that waits.
TEST(Diagnostics, RefuseFilesOfCallsThatDoNotWait) {
  const std::string common =
      "#include \"case.h\"\n"
      "type(status) { success(OK); lost(LOST); }\n"
      "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n"
      "status load(thing object, int wait, const char* options) { "
      "parameter(options) { names_files(\"-I\"); } ";
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h") +
                             "\nstatus load(thing object, int wait, const char* options);\n");
  const Compiled some(folder.write("some.ava", common + "if (wait) sync; else async; }\n"));
  EXPECT_TRUE(some.reported(Code::kContradiction)) << some.diagnostics();
  const Compiled none(folder.write("none.ava", common + "sync; }\n"));
  EXPECT_TRUE(none.succeeded) << none.diagnostics();
}

TEST(Diagnostics, RefuseEndsOfWhatIsNoObjectAndEndsThatComeTwice) {
  const std::string common =
      "#include \"case.h\"\n"
      "type(status) { success(OK); lost(LOST); }\n"
      "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n"
      "callback(done) { notify; }\n";
  struct {
    const char* function;
    const char* words;
    bool good;
  } const cases[] = {
      {"watch(thing object, int number, void (*ended)(thing object, void* user_data)",
       "notify; destroyed(object);", true},
      {"watch(thing object, int number, void (*ended)(thing object, void* user_data)",
       "registered; destroyed(object);", false},
      {"watch(thing object, int number, void (*ended)(thing object, void* user_data)",
       "notify; destroyed(number);", false},
      {"share(thing object, int number, done ended", "notify; destroyed(object);", false},
  };
  const TemporaryFolder folder;
  std::string header = content(kHere / "case.h");
  for (const size_t at : {0, 3}) {
    header += "\nstatus " + std::string(cases[at].function) + ", void* user_data);\n";
  }
  folder.write("case.h", header);
  for (const auto& [function, words, good] : cases) {
    const Compiled run(folder.write("ends.ava", common + "status " + function +
                                                    ", void* user_data) { parameter(ended) { " +
                                                    words + " } }\n"));
    EXPECT_EQ(run.succeeded, good) << function << words << "\n" << run.diagnostics();
    EXPECT_EQ(run.reported(Code::kContradiction), !good) << function << words;
  }
}

TEST(Diagnostics, RefuseUserDataOfTwoCallbacks) {
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h") +
                             "\nstatus watch(thing object, done a, void* x, done b, void* y);\n");
  const auto watch = [&](const std::string& second) {
    return Compiled(folder.write(
        "two.ava",
        "#include \"case.h\"\ntype(status) { success(OK); lost(LOST); }\n"
        "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n"
        "callback(done) { notify; }\n"
        "status watch(thing object, done a, void* x, done b, void* y) {"
        " parameter(a) { user_data(x); } parameter(b) { user_data(" +
            second + "); } " + (second == "x" ? "parameter(y) { in; buffer(1); }" : "") + " }\n"));
  };
  const Compiled shared = watch("x");
  EXPECT_TRUE(shared.reported(Code::kContradiction)) << shared.diagnostics();
  const Compiled own = watch("y");
  EXPECT_TRUE(own.succeeded) << own.diagnostics();
}

TEST(Diagnostics, RefuseAnApiWithTheNameOfAType) {
  const std::string functions =
      "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n";
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h"));
  for (const std::string type : {"type(thing) { handle; }\n", ""}) {
    const Compiled run(folder.write(
        "x.ava", "api(thing);\n#include \"case.h\"\ntype(status) { success(OK); lost(LOST); }\n" +
                     type + functions));
    EXPECT_TRUE(run.reported(Code::kContradiction)) << run.diagnostics();
  }
}

TEST(Diagnostics, ShowWhatTheCompilerSaysAboutTheHeader) {
  const Compiled run(kHere / "bad" / "AG0006.ava");
  EXPECT_NE(run.diagnostics().find("broken.h:2:22: expected"), std::string::npos)
      << run.diagnostics();
}

// A specification that is cut off anywhere, or has one character changed, is refused or accepted;
// nothing crashes, and whatever is refused has a place.
// What leads elsewhere is said once, for each place, of what the router can compute.
TEST(Diagnostics, RefuseMisuseOfStructs) {
  const std::string text = "field(label) { string; } ";
  const std::string points = "field(points) { buffer(count); } ";
  const std::string unused = " field(then) { unused; } field(ask) { unused; }";
  const struct {
    const char* what;
    std::string type;
    std::string function;
    Code code;
  } cases[] = {
      {"a pointer of which nothing is said", text, "draw", Code::kUndescribedPointer},
      {"a field that is none", text + points + "field(color) { string; }", "draw",
       Code::kUnknownField},
      {"a bit-field", text + points + "field(flag) { buffer(1); }", "draw", Code::kUnknownField},
      {"a number", text + points + "field(count) { string; }", "draw", Code::kContradiction},
      {"a string with a length", points + "field(label) { string; buffer(count); }", "draw",
       Code::kContradiction},
      {"two members of a union at once",
       text + points + "field(is.text) { string; } field(is.next) { buffer(1); }", "draw_any",
       Code::kContradiction},
      {"arithmetic on what may be negative", text + "field(points) { buffer(2 * sign); }", "draw",
       Code::kBadExpression},
      {"a length by a pointer", text + "field(points) { buffer(label); }", "draw",
       Code::kUnknownName},
      {"a condition inside", text + "field(points) { if (count != 0) buffer(count); }", "draw",
       Code::kConditional},
      {"what is said of handles", text + points + "handle;", "draw", Code::kContradiction},
      {"a struct that the function fills", text + points, "fill", Code::kUnsupportedShape},
      {"what is const, and out", text + "field(points) { out; buffer(count); }", "draw",
       Code::kContradiction},
      {"a string that is out", points + "field(label) { out; string; }", "draw",
       Code::kContradiction},
      {"how much is written of an input", text + "field(points) { buffer(count); written(count); }",
       "draw", Code::kContradiction},
      {"a beginning without an end", text + "field(points) { at(count); }", "draw",
       Code::kMissingLength},
      {"a beginning that may be negative", text + "field(points) { buffer(count); at(sign); }",
       "draw", Code::kBadExpression},
      {"a string from somewhere on", points + "field(label) { string; buffer(count); at(count); }",
       "draw", Code::kContradiction},
      {"an output without a length", text + points + "field(to) { out; }", "draw_to",
       Code::kMissingLength},
      {"own memory that is read", text + "field(points) { own; buffer(count); }", "draw",
       Code::kContradiction},
      {"own memory without a length", text + "field(points) { out; own; }", "draw",
       Code::kMissingLength},
      {"own memory in a struct that is read", text + "field(points) { out; own; buffer(count); }",
       "draw", Code::kContradiction},
      {"own memory that the application might change",
       text + points + "field(to) { out; own; buffer(count); }", "draw_to", Code::kContradiction},
      {"own memory that leads to more of its kind",
       "field(label) { out; string; } field(next) { out; own; }", "fill_ring",
       Code::kUnsupportedShape},
      {"own memory that is read inside",
       "field(label) { out; string; } field(next) { unused; } field(parts) { out; own; } } "
       "type(part) { field(label) { string; } ",
       "fill_ring", Code::kContradiction},
      {"a function in a struct, of which nothing is said", text + points, "draw_later",
       Code::kUnsupportedShape},
      {"a function without user data", text + points + "field(when) { notify; }", "draw_later",
       Code::kNotCallback},
      {"user data that is no field", text + points + "field(when) { user_data(size); }",
       "draw_later", Code::kNotCallback},
      {"user data that is no pointer", text + points + "field(when) { user_data(count); }",
       "draw_later", Code::kContradiction},
      {"user data that is more", text + points + "field(when) { user_data(label); }", "draw_later",
       Code::kContradiction},
      {"user data of two functions",
       text + points + "field(when) { user_data(mine); } field(then) { user_data(mine); }",
       "draw_later", Code::kContradiction},
      {"once, and often",
       text + points + "field(when) { notify; registered; user_data(mine); }" + unused,
       "draw_later", Code::kContradiction},
      {"a function that returns something",
       text + points + "field(ask) { user_data(mine); } field(then) { unused; }", "draw_later",
       Code::kNotCallback},
      {"a parameter that the function lacks",
       text + points + "field(when) { user_data(mine); parameter(a) { string; } }" + unused,
       "draw_later", Code::kUndeclaredParameter},
      {"a parameter of no function", points + "field(label) { string; parameter(a) { string; } }",
       "draw", Code::kMisplacedAnnotation},
      {"the end of an object that is no field", text + points + "field(when) { destroyed(from); }",
       "draw_later", Code::kMisplacedAnnotation},
      {"a length of a function",
       text + points + "field(when) { user_data(mine); buffer(1); }" + unused, "draw_later",
       Code::kDeadAnnotation},
      {"a function that others take, and is awaited",
       text + points +
           "field(then) { user_data(mine); awaited; } field(when) { unused; }"
           " field(ask) { unused; } } callback(later_then) { notify; ",
       "draw_later", Code::kContradiction},
      {"a handle that is read, and new", text + points + "field(to) { handle(thing); allocates; }",
       "draw_to", Code::kContradiction},
      {"a handle that is out of what does not come back",
       text + points + "field(to) { out; handle(thing); }", "draw_to", Code::kContradiction},
  };
  const TemporaryFolder folder;
  folder.write(
      "x.h",
      "#include <stddef.h>\n"
      "typedef int status;\n"
      "typedef struct shape { const char* label; size_t count; int sign; unsigned flag : 1;"
      " const float* points; } shape;\n"
      "typedef struct any { const char* label; size_t count; const float* points;"
      " union { const char* text; const int* next; } is; } any;\n"
      "typedef struct thing_object* thing; status make(thing* object);\n"
      "typedef struct to { const char* label; size_t count; const float* points; void* to; } to;\n"
      "status draw(const shape* from);\nstatus draw_any(const any* from);\n"
      "status draw_to(const to* from);\n"
      "typedef void (*later_then)(void* mine);\n"
      "typedef struct later { const char* label; size_t count; const float* points;"
      " void (*when)(void*); later_then then; int (*ask)(void*); void* mine; } later;\n"
      "status draw_later(const later* from);\n"
      "typedef struct part { const char* label; } part;\n"
      "typedef struct ring { const char* label; const struct ring* next; const part* parts; } "
      "ring;\n"
      "status fill_ring(ring* from);\n"
      "status fill(shape* from);\n");
  for (const auto& [what, type, function, code] : cases) {
    const std::string name = function == "draw_any"     ? "any"
                             : function == "draw_to"    ? "to"
                             : function == "draw_later" ? "later"
                             : function == "fill_ring"  ? "ring"
                                                        : "shape";
    const std::string constant = function.starts_with("fill") ? "" : "const ";
    const Compiled run(folder.write("x.ava",
                                    "#include \"x.h\"\ntype(status) { success(0); lost(-1); }\n"
                                    "type(thing) { handle; }\ntype(" +
                                        name + ") { " + type + " }\nstatus " + function + "(" +
                                        constant + name + "* from) { parameter(from) { " +
                                        (constant.empty() ? "out; " : "") + "buffer(1); } }\n"));
    EXPECT_TRUE(run.reported(code)) << what << "\n" << run.diagnostics();
    EXPECT_TRUE(run.result.files.empty()) << what;
  }
}

TEST(Diagnostics, RefuseWhatIsKeptOrHandedOutByNobody) {
  const std::pair<const char*, Code> cases[] = {
      {"status write_bytes(thing object, size_t size, const void* from) {"
       " parameter(from) { buffer(size); keeps(size); } }",
       Code::kNotHandle},
      {"status write_bytes(thing object, size_t size, const void* from) {"
       " parameter(from) { buffer(size); keeps(return); } }",
       Code::kNotHandle},
      {"status read_bytes(thing object, size_t size, void* to) {"
       " parameter(to) { out; buffer(size); keeps(object); } }",
       Code::kContradiction},
      {"status use(thing object, int number) { function_table; }", Code::kContradiction},
      {"status use(thing object, int number) { entry(make, use); }", Code::kDeadAnnotation},
  };
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h"));
  for (const auto& [text, code] : cases) {
    const Compiled run(folder.write(
        "x.ava", std::string("#include \"case.h\"\ntype(status) { success(OK); lost(LOST); }\n"
                             "status make(thing* object) {"
                             " parameter(object) { out; element { allocates; } } }\n") +
                     text + "\n"));
    EXPECT_TRUE(run.reported(code)) << text << "\n" << run.diagnostics();
  }
}

TEST(Diagnostics, RefuseMisuseOfMemoryAtTheSameAddress) {
  const std::string header =
      "void* get(thing object, uint64_t size);\n"
      "void put(thing object, void* memory);\n"
      "void put_all(thing object, void* memory, int all);\n"
      "status show(thing object, void* memory, uint64_t size);\n";
  const std::string types =
      "#include \"case.h\"\n"
      "type(status) { success(OK); lost(LOST); }\n"
      "status make(thing* object) { parameter(object) { out; element { allocates; } } }\n";
  const std::string get = "void* get(thing object, uint64_t size) { mirrors(";
  const std::string put =
      "void put(thing object, void* memory) { parameter(memory) { unmirrors; } }\n";
  const std::string show =
      "status show(thing object, void* memory, uint64_t size) { maps(memory) { ";
  const std::string place = " } parameter(memory) { mirrored(size); } }\n";
  struct {
    std::string text;
    bool good;
  } const cases[] = {
      {get + "size, put); }\n" + put, true},
      {get + "object, put); }\n" + put, false},
      {get + "size, none); }\n" + put, false},
      {get + "size, put); }\nvoid put(thing object, void* memory) { "
             "parameter(memory) { in; buffer(1); } }\n",
       false},
      {get + "size, put_all); }\nvoid put_all(thing object, void* memory, int all) { "
             "parameter(memory) { unmirrors; } }\n",
       false},
      {show + "bytes(size);" + place, true},
      {show + "bytes(size); at(size);" + place, false},
  };
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h") + "\n#include <stdint.h>\n" + header);
  for (const auto& [text, good] : cases) {
    const Compiled run(folder.write("memory.ava", types + text));
    EXPECT_EQ(run.succeeded, good) << text << run.diagnostics();
    EXPECT_EQ(run.reported(Code::kContradiction) || run.reported(Code::kUndeclaredFunction), !good)
        << text << run.diagnostics();
  }
}

TEST(Diagnostics, ComeFromAnyText) {
  const std::string whole = content(kHere / "bad" / "AG0033.ava");
  const TemporaryFolder folder;
  folder.write("case.h", content(kHere / "case.h"));
  std::filesystem::create_directory(folder.path() / "spec");
  for (size_t at = 0; at < whole.size(); at += 5) {
    std::string changed = whole;
    changed[at] = at % 2 == 0 ? '}' : '(';
    for (const std::string& text : {whole.substr(0, at), changed}) {
      const Compiled run(folder.write("spec/cut.ava", text));
      EXPECT_EQ(run.succeeded, !run.result.files.empty()) << text;
      const std::string found = run.diagnostics();
      const bool placed = std::regex_search(found, std::regex("cut.ava:\\d+:\\d+: error AG\\d{4}"));
      EXPECT_EQ(placed, !run.succeeded) << text << found;
    }
  }
}

}  // namespace
}  // namespace avagen
