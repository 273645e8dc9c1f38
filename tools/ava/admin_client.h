// One question to a router's admin socket.
#pragma once

#include <stdexcept>
#include <string>

namespace ava::tool {

// What went wrong, as a sentence that says what to do.
class ToolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Sends `request`, one line of JSON, and returns the line that answers it. Throws ToolError.
std::string ask_router(const std::string& admin_socket, const std::string& request);

}  // namespace ava::tool
