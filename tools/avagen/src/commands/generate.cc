#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "commands/commands.h"
#include "commands/output.h"

namespace avagen {
namespace {

bool write(const GenerateArguments& arguments, const Compilation& result, const Sources& sources) {
  std::error_code error;
  std::filesystem::create_directories(arguments.out, error);
  if (error) {
    std::cerr << "avagen: cannot make " << arguments.out << ": " << error.message() << "\n";
    return false;
  }
  const std::filesystem::path folder(arguments.out);
  for (const File& file : result.files) {
    const bool elsewhere = file.name == "api-report.md" && !arguments.report.empty();
    const std::filesystem::path path =
        elsewhere ? std::filesystem::path(arguments.report) : folder / file.name;
    if (!write_file(path, file.text)) return false;
  }
  if (arguments.depfile.empty()) return true;
  std::string text = (folder / result.files.front().name).string() + ":";
  for (const uint32_t file : result.spec.files) text += " " + std::string(sources.path(file));
  for (const std::string& file : result.header.files) text += " " + file;
  return write_file(arguments.depfile, text + "\n");
}

}  // namespace

int generate(const GenerateArguments& arguments) {
  Sources sources;
  Reporter reporter(sources);
  Compilation result;
  const bool clean = compile(arguments.options, result, reporter);
  std::cerr << reporter.format();
  if (!clean) return kErrors;
  return write(arguments, result, sources) ? kSuccess : kUsage;
}

}  // namespace avagen
