// What a program's environment must say so that it finds AvA's guest libraries: each API package
// ships a file `NAME.guest.env` beside its modules, so that `ava` itself knows no API.
//
//   # a comment
//   NAME=VALUE         sets the variable
//   NAME+=VALUE        puts the value before what the variable has, with ':' between
//
// ${DIR} in a value is the folder of the file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ava::tool {

struct Variable {
  std::string name;
  std::string value;
  bool prepend;
};

// All `*.guest.env` below `folders`. Throws ToolError for a line that makes no sense, naming it.
std::vector<Variable> read_guest_environment(const std::vector<std::filesystem::path>& folders);
// One file's text. `file` is its path.
std::vector<Variable> parse_guest_environment(const std::string& text,
                                              const std::filesystem::path& file);

// Changes this process's environment.
void apply(const std::vector<Variable>& variables);

}  // namespace ava::tool
