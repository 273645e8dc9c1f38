#include "router/paths.h"

#include <cstdlib>
#include <string>

namespace ava::router {
namespace {

namespace fs = std::filesystem;

fs::path executable_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// The folder that the build system made, if the executable lies in one; else empty.
fs::path build_folder() {
  std::error_code error;
  for (fs::path folder = executable_folder(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::exists(folder / "build.ninja", error)) return folder;
  }
  return {};
}

// AVA_PREFIX_TO_*: relative to the prefix, from the build's options.
fs::path prefix() { return executable_folder().parent_path(); }

}  // namespace

std::vector<fs::path> module_folders() {
  std::vector<fs::path> result;
  if (const char* given = ::secure_getenv("AVA_MODULE_PATH"); given != nullptr && *given != '\0') {
    const std::string list(given);
    for (size_t begin = 0; begin <= list.size();) {
      const size_t end = std::min(list.find(':', begin), list.size());
      if (end > begin) result.emplace_back(list.substr(begin, end - begin));
      begin = end + 1;
    }
    return result;
  }
  const fs::path build = build_folder();
  result.push_back(build.empty() ? prefix() / AVA_PREFIX_TO_MODULES : build);
  return result;
}

fs::path find_program(const std::string& name, const std::string& folder) {
  std::error_code error;
  const fs::path build = build_folder();
  for (const fs::path& candidate :
       {executable_folder() / name, build.empty() ? fs::path() : build / folder / name,
        prefix() / AVA_PREFIX_TO_PROGRAMS / name}) {
    if (!candidate.empty() && fs::is_regular_file(candidate, error)) return candidate;
  }
  return {};
}

}  // namespace ava::router
