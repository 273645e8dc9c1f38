// The command line of ava-routerd.
#pragma once

#include <string>

#include "router/config.h"

namespace ava::router {

struct Options {
  Config config;       // complete, unless `exit` is set
  bool check = false;  // only say whether the configuration is good
  bool list = false;   // only list the API modules
  int ready_fd = -1;   // gets a line, and is closed, once clients can connect
  bool exit = false;   // --help, --version or a bad command line: end with exit_code
  int exit_code = 0;
};

// Prints help, the version and complaints itself. Throws ConfigError.
Options read_options(int argc, char** argv);

}  // namespace ava::router
