#include "commands/output.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace avagen {

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

bool write_new_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    std::cerr << "avagen: " << path << " is there already, and is left as it is\n";
    return false;
  }
  return write_file(path, text);
}

}  // namespace avagen
