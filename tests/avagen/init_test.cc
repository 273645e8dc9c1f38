// avagen init: what it finds in a header, what it leaves to a person, and that it never says what a
// person would have to correct.
#include "init.h"

#include <gtest/gtest.h>

#include "aspects.h"
#include "habits/remarks.h"
#include "support.h"

namespace avagen {
namespace {

const std::filesystem::path kInit = kTests / "avagen" / "init";

struct Started {
  explicit Started(const InitOptions& options) : reporter(sources) {
    readable = init(options, result, reporter);
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;
  std::string text() const { return result.files.empty() ? "" : result.files.front().text; }

  Sources sources;
  Reporter reporter;
  InitResult result;
  bool readable = false;
};

InitOptions of_header(const std::filesystem::path& header) {
  InitOptions options;
  options.headers = {header.string()};
  options.folder = header.parent_path().string();
  return options;
}

// A header of one's own, for one habit.
std::string started(const std::string& header, InitOptions options = {}) {
  const TemporaryFolder folder;
  options.headers = {folder.write("x.h", "#include <stddef.h>\n" + header).string()};
  options.folder = folder.path().string();
  const Started run(options);
  EXPECT_TRUE(run.readable) << run.reporter.format();
  return run.text();
}

// ./run regen rewrites it: what init finds in a header that has each habit once.
TEST(Init, WritesWhatItFindsWithReasons) {
  const std::filesystem::path golden = kInit / "scan.ava";
  const Started run(of_header(kInit / "scan.h"));
  ASSERT_TRUE(run.readable) << run.reporter.format();
  if (std::getenv("AVAGEN_REGEN") != nullptr) std::ofstream(golden, std::ios::binary) << run.text();
  EXPECT_EQ(run.text(), content(golden)) << "./run regen";
}

TEST(Init, WritesASpecificationThatPassesCheckButForTheUnresolved) {
  for (const char* header :
       {"avagen/init/scan.h", "toy/toy.h", "avagen/acme/acme.h", "outside/vendor/tally.h"}) {
    InitOptions options = of_header(kTests / header);
    const TemporaryFolder folder;
    options.folder = folder.path().string();
    options.chapters = true;
    const Started run(options);
    ASSERT_TRUE(run.readable) << run.reporter.format();
    ASSERT_GT(run.result.files.size(), 1u);
    for (const File& file : run.result.files) folder.write(file.name, file.text);
    const Compiled compiled(folder.path() / run.result.files.front().name);
    EXPECT_TRUE(compiled.succeeded || compiled.reporter.only_unresolved())
        << header << "\n"
        << compiled.diagnostics();
  }
}

// What a person finished is what init found, or init had said that it does not know.
TEST(Init, IsNeverWrongWithoutSayingSo) {
  for (const auto& [header, spec] : {std::pair("toy/toy.h", "toy/toy.ava"),
                                     std::pair("outside/vendor/tally.h", "outside/tally.ava")}) {
    InitOptions options = of_header(kTests / header);
    const TemporaryFolder folder;
    options.folder = folder.path().string();
    const Started run(options);
    const Compiled found(folder.write(run.result.files.front().name, run.text()));
    const std::filesystem::path path = kTests / spec;
    Sources sources;
    Reporter reporter(sources);
    Compilation finished;
    ASSERT_TRUE(
        compile({path.string(), {(kTests / header).parent_path().string()}}, finished, reporter))
        << reporter.format();
    for (const Function& function : finished.model.functions) {
      const Function* same = found.result.model.find_function(function.name);
      if (!function.on_wire() || same == nullptr) continue;
      for (size_t i = 0; i < function.declared().size(); ++i) {
        const Parameter& parameter = same->parameters[i];
        if (parameter.unresolved) continue;
        Aspects wanted = aspects_of(function.parameters[i]);
        Aspects inferred = aspects_of(parameter);
        // Whether null is refused is the person's decision where the header is silent.
        for (Aspects* aspects : {&wanted, &inferred}) {
          std::erase_if(*aspects,
                        [](const auto& a) { return is_policy(a.first) || a.first == "nonnull"; });
        }
        EXPECT_EQ(wanted, inferred) << function.name << " " << parameter.name;
      }
    }
  }
}

TEST(Init, ReadsAReferenceInTextOrXml) {
  for (const char* docs : {"reference.txt", "reference.xml"}) {
    InitOptions options = of_header(kInit / "scan.h");
    options.docs = (kInit / docs).string();
    const Started run(options);
    const std::string text = run.text();
    const size_t at = text.find("scan_status scan_histogram");
    const std::string function = text.substr(at, text.find("\n}\n", at) - at);
    for (const char* found : {"buffer(limit);", "out;", "nonnull;"}) {
      EXPECT_NE(function.find(found), std::string::npos) << docs << "\n" << function;
    }
    EXPECT_EQ(function.find("unresolved"), std::string::npos) << function;
    EXPECT_NE(text.find("scan_flush(scan_page page) {\n  async;"), std::string::npos) << docs;
  }
}

TEST(Init, FollowsTheUsersConventions) {
  InitOptions options;
  options.conventions = (kInit / "conventions.ava").string();
  const std::string text = started(
      "typedef struct box_object* box;\n"
      "box make(int a, int* why);\n"
      "int fill(box b, size_t data_total, const void* data, void* room, size_t room_total, "
      "size_t* room_found);\n"
      "int visit(box b, void (*call)(box b, void* p), size_t n, void* for_call);\n",
      options);
  for (const char* found : {"include \"", "buffer(data_total);", "buffer(room_total);",
                            "written(*room_found);", "user_data(for_call);"}) {
    EXPECT_NE(text.find(found), std::string::npos) << found << "\n" << text;
  }
}

TEST(Init, SaysWhereNamesAndDescriptionDiffer) {
  const std::string text = started(
      "/* `data` points to *other* bytes. */\n"
      "int put(size_t data_size, size_t other, const void* data);\n");
  EXPECT_NE(text.find("unresolved(\"by its name the length is data_size, by its description other"),
            std::string::npos)
      << text;
}

TEST(Init, RefusesAHeaderThatIsNone) {
  const TemporaryFolder folder;
  InitOptions options;
  options.headers = {(folder.path() / "none.h").string()};
  const Started missing(options);
  EXPECT_FALSE(missing.readable);
  options.headers = {folder.write("empty.h", "typedef int x;\n").string()};
  const Started empty(options);
  EXPECT_FALSE(empty.readable);
  EXPECT_NE(empty.reporter.format().find("AG0031"), std::string::npos) << empty.reporter.format();
}

TEST(Words, AreTheSameInEveryStyle) {
  EXPECT_EQ(words_of("param_value_size_ret"), (Words{"param", "value", "size", "ret"}));
  EXPECT_EQ(words_of("paramValueSizeRet"), (Words{"param", "value", "size", "ret"}));
  EXPECT_EQ(words_of("ZSTD_createCStream"), (Words{"zstd", "create", "c", "stream"}));
  EXPECT_EQ(words_of("CL_INVALID_MEM_OBJECT"), (Words{"cl", "invalid", "mem", "object"}));
  EXPECT_EQ(singular("entries"), "entry");
  EXPECT_EQ(singular("devices"), "device");
  EXPECT_EQ(singular("class"), "class");
}

}  // namespace
}  // namespace avagen
