// The JSON of the admin socket's requests and refusals. snapshot_json() makes the answers.
#pragma once

#include <string>

namespace ava::router {

enum class AdminCommand { kUnknown, kList };

AdminCommand parse_admin_request(const std::string& line);
std::string admin_error(const std::string& sentence);

}  // namespace ava::router
