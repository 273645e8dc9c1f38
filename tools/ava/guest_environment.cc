#include "guest_environment.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "admin_client.h"

namespace ava::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".guest.env";
constexpr std::string_view kFolder = "${DIR}";

bool is_name(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::vector<fs::path> find_files(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied,
                                        error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (walk->path().filename().string().ends_with(kSuffix)) found.push_back(walk->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::vector<Variable> parse_guest_environment(const std::string& text, const fs::path& file) {
  std::vector<Variable> result;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    if (equals == std::string::npos) {
      throw ToolError(file.string() + ":" + std::to_string(number) + ": expected NAME=VALUE");
    }
    const bool prepend = equals > 0 && line[equals - 1] == '+';
    Variable variable{line.substr(0, equals - (prepend ? 1 : 0)), line.substr(equals + 1), prepend};
    if (!is_name(variable.name)) {
      throw ToolError(file.string() + ":" + std::to_string(number) + ": '" + variable.name +
                      "' is no name of a variable");
    }
    const std::string folder = fs::absolute(file).parent_path().string();
    for (size_t at = 0; (at = variable.value.find(kFolder, at)) != std::string::npos;) {
      variable.value.replace(at, kFolder.size(), folder);
      at += folder.size();
    }
    result.push_back(std::move(variable));
  }
  return result;
}

std::vector<Variable> read_guest_environment(const std::vector<fs::path>& folders) {
  std::vector<Variable> result;
  for (const fs::path& folder : folders) {
    for (const fs::path& file : find_files(folder)) {
      std::ifstream stream(file);
      std::ostringstream text;
      text << stream.rdbuf();
      if (!stream) throw ToolError("cannot read " + file.string());
      const auto variables = parse_guest_environment(text.str(), file);
      result.insert(result.end(), variables.begin(), variables.end());
    }
  }
  return result;
}

void apply(const std::vector<Variable>& variables) {
  for (const Variable& variable : variables) {
    const char* before = variable.prepend ? std::getenv(variable.name.c_str()) : nullptr;
    std::string value = variable.value;
    if (before != nullptr && *before != '\0') value.append(":").append(before);
    ::setenv(variable.name.c_str(), value.c_str(), 1);
  }
}

}  // namespace ava::tool
