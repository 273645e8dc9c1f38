// `ava ls`: the router's state, for people or as JSON.
#pragma once

#include <string>

namespace ava::tool {

// Prints to stdout. Throws ToolError.
void list(const std::string& admin_socket, bool as_json);

// The text that list() prints for an answer of the router's.
std::string format_listing(const std::string& answer);

}  // namespace ava::tool
