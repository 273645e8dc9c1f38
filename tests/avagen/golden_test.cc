// What avagen writes for a specification is what lies in the golden folder beside it, byte for
// byte.
// `./run regen` rewrites the golden files (AVAGEN_REGEN=1); their diff is the review.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "support.h"

namespace avagen {
namespace {

namespace fs = std::filesystem;

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

// The folder holds exactly these files.
void expect_golden(const fs::path& folder, const std::map<std::string, std::string>& files) {
  const bool rewrite = std::getenv("AVAGEN_REGEN") != nullptr;
  for (const auto& [name, text] : files) {
    const fs::path golden = folder / name;
    if (rewrite) std::ofstream(golden, std::ios::binary) << text;
    EXPECT_EQ(first_difference(text, content(golden)), "") << golden << ": ./run regen";
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (files.contains(entry.path().filename().string())) continue;
    if (rewrite) fs::remove(entry.path());
    EXPECT_TRUE(rewrite) << entry.path() << " is not generated: ./run regen";
  }
}

TEST(Golden, Toy) {
  const Compiled run(kTests / "toy" / "toy.ava");
  ASSERT_TRUE(run.succeeded) << run.diagnostics();
  std::map<std::string, std::string> files;
  for (const File& file : run.result.files) {
    if (file.name != "api-report.md") files[file.name] = file.text;
  }
  expect_golden(kTests / "toy" / "golden", files);
}

// --- one construct, one file ---

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool contains_word(const std::string& text, const std::string& word) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) {
      return true;
    }
  }
  return false;
}

// Texts between blank lines.
std::vector<std::string> blocks_of(const std::string& text) {
  std::vector<std::string> blocks;
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find("\n\n", at), text.size());
    blocks.push_back(text.substr(at, stop - at));
    at = stop + 2;
  }
  return blocks;
}

// What avagen makes of one function on all sides; of its boilerplate and tables, nothing.
std::string slice(const std::vector<File>& files, const std::string& function) {
  std::string text;
  for (const File& file : files) {
    if (!file.name.ends_with(".cc") && !file.name.ends_with(".fbs")) continue;
    if (file.name.ends_with("_mutations.cc")) continue;
    for (const std::string& block : blocks_of(file.text)) {
      if (block.starts_with("constexpr") || block.starts_with("const ")) continue;
      bool wanted = contains_word(block, function + "_request {");
      for (const char* prefix : {"check_", "cost_", "serve_", "failure_", "error_"}) {
        wanted |= block.find(prefix + function + "(") != std::string::npos;
      }
      wanted |= block.find("AVA_EXPORT") != std::string::npos && contains_word(block, function) &&
                block.find("Module") == std::string::npos;
      if (wanted) text += block + "\n\n";
    }
  }
  return text;
}

// Everything about types and callbacks.
std::string types_slice(const std::vector<File>& files) {
  std::string text;
  for (const File& file : files) {
    for (const std::string& block : blocks_of(file.text)) {
      bool wanted = false;
      for (const char* head :
           {"void deliver_", "void trampoline_", "inline ", "constexpr guest::Type",
            "constexpr server::Type", "constexpr guest::Upcall", "uint64_t reference",
            "int32_t completion", "void retain_", "void release_", "const struct",
            "constexpr marshal::ListEntry", "enum "}) {
        wanted |= block.starts_with(head);
      }
      wanted |= block.find("_upcall {") != std::string::npos;
      wanted |= block.find("kFields_") != std::string::npos ||
                block.find("kShapes[]") != std::string::npos;
      if (block.starts_with("inline constexpr const char")) wanted = false;  // the hash
      if (wanted) text += block + "\n\n";
    }
  }
  return text;
}

// Without line numbers: an inserted line would change every file.
std::string without_places(const std::string& text) {
  return std::regex_replace(text, std::regex("// (\\w+\\.ava):\\d+"), "// $1");
}

TEST(Golden, EachConstructOfTheLanguage) {
  const Compiled run(kTests / "avagen" / "acme" / "acme.ava");
  ASSERT_TRUE(run.succeeded) << run.diagnostics();
  EXPECT_EQ(run.diagnostics(), "");
  std::map<std::string, std::string> slices{
      {"types.txt", without_places(types_slice(run.result.files))}};
  for (const Function& function : run.result.model.functions) {
    const std::string text = slice(run.result.files, function.name);
    EXPECT_NE(text, "") << function.name;
    slices[function.name + ".txt"] = without_places(text);
  }
  expect_golden(kTests / "avagen" / "acme" / "golden", slices);
}

TEST(Golden, IsTheSameEachTime) {
  std::string texts[2];
  for (std::string& text : texts) {
    const Compiled run(kTests / "avagen" / "acme" / "acme.ava");
    for (const File& file : run.result.files) text += file.name + file.text;
  }
  EXPECT_NE(texts[0], "");
  EXPECT_EQ(first_difference(texts[0], texts[1]), "");
}

TEST(Golden, TheHashSaysWhatIsOnTheWire) {
  const auto hash = [](const std::string& header, const std::string& spec) {
    const TemporaryFolder folder;
    folder.write("x.h", header);
    const Compiled run(folder.write("x.ava", "#include \"x.h\"\n" + spec));
    EXPECT_TRUE(run.succeeded) << run.diagnostics();
    return run.result.model.wire_hash;
  };
  const std::string header = "int f(int a, unsigned b); int g(int a, int b);";
  const uint64_t f = hash(header, "int f(int a, unsigned b);");
  EXPECT_EQ(f, hash(header, "\n\n// elsewhere\nint f(int a, unsigned b) { sync; }"));
  EXPECT_NE(f, hash(header, "int g(int a, int b);"));
  EXPECT_NE(f, hash("int f(int a, unsigned long b);", "int f(int a, unsigned long b);"));
  EXPECT_NE(f, hash(header, "int f(int a, unsigned b); int g(int a, int b);"));
  const std::string node =
      "typedef struct node { unsigned a, b; const int* numbers; } node; "
      "int h(const node* from);";
  const std::string h = "int h(const node* from) { parameter(from) { buffer(1); } }";
  EXPECT_NE(hash(node, "type(node) { field(numbers) { buffer(a); } }" + h),
            hash(node, "type(node) { field(numbers) { buffer(b); } }" + h));
}

}  // namespace
}  // namespace avagen
