// avagen: makes an API's guest library, router module and server module from its specification.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "annotations.h"
#include "compile.h"

namespace avagen {
namespace {

constexpr const char* kUsage =
    "Usage: avagen generate SPEC -o DIR [-I FOLDER]... [--depfile FILE]\n"
    "       avagen check SPEC [-I FOLDER]...\n"
    "       avagen --help\n"
    "\n"
    "  generate   writes the schema, the guest library, the router module, the server module,\n"
    "             test mutations and api-report.md into DIR; writes nothing if there is an error\n"
    "  check      says what is wrong, and counts what is covered, refused and written by hand\n"
    "\n"
    "  -I FOLDER  where headers and included specifications are looked for\n"
    "  --depfile  writes the files that the output depends on, for make or ninja\n"
    "\n"
    "Exit status: 0 success, 1 the specification has errors, 2 wrong usage or no permission.\n";

struct Arguments {
  std::string command;
  Options options;
  std::string out;
  std::string depfile;
};

bool parse_arguments(int count, char** values, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string word = values[i];
    const bool takes_value = word == "-o" || word == "-I" || word == "--depfile";
    if (takes_value && i + 1 == count) return false;
    if (word == "-o") {
      arguments.out = values[++i];
    } else if (word == "--depfile") {
      arguments.depfile = values[++i];
    } else if (word == "-I") {
      arguments.options.include_folders.push_back(values[++i]);
    } else if (word.starts_with("-I")) {
      arguments.options.include_folders.push_back(word.substr(2));
    } else if (word.starts_with("-")) {
      return false;
    } else if (arguments.command.empty()) {
      arguments.command = word;
    } else if (arguments.options.spec.empty()) {
      arguments.options.spec = word;
    } else {
      return false;
    }
  }
  const bool generates = arguments.command == "generate";
  if (!generates && arguments.command != "check") return false;
  return !arguments.options.spec.empty() && generates != arguments.out.empty();
}

// Unchanged files keep their time, so that nothing is rebuilt for them.
bool write_file(const std::filesystem::path& path, const std::string& text) {
  std::ifstream old(path, std::ios::binary);
  std::ostringstream content;
  if (old) content << old.rdbuf();
  if (old && content.str() == text) return true;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) std::cerr << "avagen: cannot write " << path << ": " << std::strerror(errno) << "\n";
  return static_cast<bool>(file);
}

bool write(const Arguments& arguments, const Compilation& result, const Sources& sources) {
  std::error_code error;
  std::filesystem::create_directories(arguments.out, error);
  if (error) {
    std::cerr << "avagen: cannot make " << arguments.out << ": " << error.message() << "\n";
    return false;
  }
  const std::filesystem::path folder(arguments.out);
  for (const File& file : result.files) {
    if (!write_file(folder / file.name, file.text)) return false;
  }
  if (arguments.depfile.empty()) return true;
  std::string text = (folder / result.files.front().name).string() + ":";
  for (const uint32_t file : result.spec.files) text += " " + std::string(sources.path(file));
  for (const std::string& file : result.header.files) text += " " + file;
  return write_file(arguments.depfile, text + "\n");
}

// What is covered, what is refused, and what is written by hand: the lines of verbatim blocks, and
// of <side>.cc files beside the specification that hold the replacements.
void print_counts(const Compilation& result, const Sources& sources) {
  size_t covered = 0;
  size_t refused = 0;
  std::vector<const Function*> replaced;
  for (const Function& function : result.model.functions) {
    function.covered() ? ++covered : ++refused;
    if (!function.replaced_guest.empty() || !function.replaced_server.empty()) {
      replaced.push_back(&function);
    }
  }
  size_t lines = 0;
  const std::filesystem::path folder =
      std::filesystem::path(sources.path(result.spec.files.front())).parent_path();
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) ++lines;
  }
  for (const VerbatimBlock& block : result.spec.verbatim) {
    lines += static_cast<size_t>(std::count(block.text.begin(), block.text.end(), '\n'));
  }
  std::cout << covered << " functions covered, " << refused << " unsupported, " << replaced.size()
            << " replaced by hand, " << lines << " lines written by hand\n";
  for (const Function* function : replaced) {
    if (!function->replaced_guest.empty()) {
      std::cout << "  " << function->name << " (guest): " << function->replaced_guest << "\n";
    }
    if (!function->replaced_server.empty()) {
      std::cout << "  " << function->name << " (server): " << function->replaced_server << "\n";
    }
  }
}

void print_help() {
  std::cout << kUsage << "\nAnnotations:\n";
  for (const AnnotationRow& row : annotations()) {
    std::cout << "  " << row.name << std::string(20 - std::min<size_t>(19, row.name.size()), ' ')
              << row.meaning << "\n";
  }
}

int run(int count, char** values) {
  if (count == 2 && std::string_view(values[1]) == "--help") {
    print_help();
    return 0;
  }
  Arguments arguments;
  if (!parse_arguments(count, values, arguments)) {
    std::cerr << kUsage;
    return 2;
  }
  Sources sources;
  Reporter reporter(sources);
  Compilation result;
  const bool clean = compile(arguments.options, result, reporter);
  std::cerr << reporter.format();
  if (!clean) return 1;
  if (arguments.command == "check") {
    print_counts(result, sources);
    return 0;
  }
  return write(arguments, result, sources) ? 0 : 2;
}

}  // namespace
}  // namespace avagen

int main(int count, char** values) {
  try {
    return avagen::run(count, values);
  } catch (const std::exception& error) {
    std::cerr << "avagen: " << error.what() << "\n";
    return 2;
  }
}
