// `ava run`: runs a program whose accelerator calls go to a router.
#pragma once

#include <string>
#include <vector>

namespace ava::tool {

// The API that nobody has: a router refuses it, and has thereby answered.
inline constexpr const char* kProbe = "ava-probe";

struct RunOptions {
  std::string socket;           // empty: the default one, if a router is there
  bool private_router = false;  // even where one is there
  std::vector<std::string> program;
  std::vector<std::string> server_environment;  // NAME=VALUE: for a private router's servers
};

// Ends as the program ends: with its exit status, or by its signal. Returns only where the program
// could not be started. Throws ToolError where there is no router and none can be started.
int run(const RunOptions& options);

}  // namespace ava::tool
