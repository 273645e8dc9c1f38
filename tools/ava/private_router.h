// A router of one's own, for the time that one program runs: on a socket in a temporary folder that
// nobody else can enter, gone with its folder when this goes away or when this process dies.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ava::tool {

class PrivateRouter {
 public:
  // Returns once clients can connect. Throws ToolError; the router's own sentence is on stderr.
  // After hold_signals(); `program` is ava-routerd, `server_environment` what its servers get
  // besides their own.
  PrivateRouter(const std::filesystem::path& program,
                const std::vector<std::string>& server_environment);
  ~PrivateRouter();
  PrivateRouter(const PrivateRouter&) = delete;
  PrivateRouter& operator=(const PrivateRouter&) = delete;

  std::string socket() const { return folder_ / "ava.sock"; }

 private:
  void stop() noexcept;

  std::filesystem::path folder_;
  pid_t pid_ = -1;
};

}  // namespace ava::tool
