// What programs need of an API, as their files say it: symbols that they import, and names that
// they may look up at run time.
//
// Trust: programs are read as they are; a file that is no ELF file, or a broken one, is none.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace avagen {

struct Program {
  std::string path;
  std::set<std::string> imported;   // undefined dynamic symbols
  std::set<std::string> mentioned;  // zero-terminated strings in its constant data
};

// Keeps only what is in `names`. Nothing where the file is no ELF file that can be read.
std::optional<Program> read_program(const std::string& path, const std::set<std::string>& names);

// Those files, and those in these folders and below, in a stable order. Throws std::runtime_error
// for a path that is not there.
std::vector<std::string> files_below(const std::vector<std::string>& paths);

}  // namespace avagen
