// QEMU's control channel (QMP): a Unix socket, a JSON object a line. Just what `ava vm` needs.
//
// Threads: one. Errors: each member throws ToolError with a sentence.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admin_client.h"
#include "base/unique_fd.h"

namespace ava::tool {

class Qmp {
 public:
  // QEMU understood a command and did not do it.
  struct Refused : ToolError {
    Refused(const std::string& sentence, std::string its_kind)
        : ToolError(sentence), kind(std::move(its_kind)) {}
    std::string kind;  // QEMU's class of error, as DeviceNotFound
  };

  // Connects to the socket of QEMU's -qmp unix:PATH,server.
  explicit Qmp(const std::string& path);

  // What a command returns. `fd` goes with it, for a command that takes one. Throws Refused, too.
  nlohmann::json execute(const std::string& command,
                         const nlohmann::json& arguments = nlohmann::json::object(), int fd = -1);
  // Waits until `device` has left the machine.
  void wait_deleted(const std::string& device);

 private:
  void send(const std::string& line, int fd);
  nlohmann::json read();

  std::string path_;
  UniqueFd socket_;
  std::string received_;
  std::vector<nlohmann::json> events_;  // that came while something else was awaited
};

}  // namespace ava::tool
