// Running avagen inside a test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "compile.h"

namespace avagen {

inline const std::filesystem::path kTests = std::filesystem::path(AVA_SOURCE_ROOT) / "tests";

inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Compiled {
  explicit Compiled(const std::filesystem::path& spec)
      : reporter(sources), succeeded(compile({spec.string(), {}}, result, reporter)) {}
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  std::string diagnostics() const { return reporter.format(); }
  bool reported(Code code) const {
    for (const Diagnostic& diagnostic : reporter.all()) {
      if (diagnostic.row->code == code) return true;
    }
    return false;
  }

  Sources sources;
  Reporter reporter;
  Compilation result;
  bool succeeded;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "avagen-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace avagen
