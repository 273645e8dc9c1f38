// QEMU's control channel (QMP): a Unix socket, a JSON object a line. Just what `ava vm` needs.
//
// Threads: one. Errors: each member throws ToolError with a sentence.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace ava::tool {

class Qmp {
 public:
  // Connects to the socket of QEMU's -qmp unix:PATH,server.
  explicit Qmp(const std::string& path);

  // What a command returns. False in `found` where what it names is not there.
  nlohmann::json execute(const std::string& command, const nlohmann::json& arguments,
                         bool* found = nullptr);
  // Waits until `device` has left the machine.
  void wait_deleted(const std::string& device);

 private:
  nlohmann::json read();

  std::string path_;
  UniqueFd socket_;
  std::string received_;
  std::vector<nlohmann::json> events_;  // that came while something else was awaited
};

}  // namespace ava::tool
