// `ava doctor`: follows the way of a call, step by step, from the device to the router and to a
// program of the user's, and says of the first step that fails what to do about it. The same
// command on a host and in a virtual machine.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace ava::tool {

struct DoctorOptions {
  std::vector<std::string> program;  // run at the end, if there is one
  std::string socket;                // a router's on this host; empty: the default one
  std::string admin_socket;
  std::filesystem::path sysfs = "/sys";
};

// Writes a line for each step to `out`. Returns an exit status: 0 if nothing is wrong, else 1; or
// that of `program`, which takes this process's place once all before it is well.
int examine(const DoctorOptions& options, std::FILE* out);

}  // namespace ava::tool
