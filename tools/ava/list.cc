#include "list.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "admin_client.h"
#include "text_table.h"

namespace ava::tool {
namespace {

using nlohmann::json;

constexpr size_t kEndedShown = 8;

std::string number(const json& object, const char* key) {
  return std::to_string(object.at(key).get<uint64_t>());
}

std::string age_text(uint64_t milliseconds) {
  const uint64_t seconds = milliseconds / 1000;
  if (milliseconds < 1000) return std::to_string(milliseconds) + "ms";
  if (seconds < 120) return std::to_string(seconds) + "s";
  if (seconds < 2 * 3600) return std::to_string(seconds / 60) + "m";
  if (seconds < 2 * 86400) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86400) + "d";
}

std::string bytes_of(const json& object, const char* key) {
  return bytes_text(object.at(key).get<uint64_t>());
}

std::string age_of(const json& object) { return age_text(object.at("age_ms").get<uint64_t>()); }

std::string heading(const json& state) {
  std::string text("router ");
  text += number(state, "pid") + ", up " + age_of(state) + ", waits with " +
          state.at("waiter").get<std::string>() + ", " +
          std::to_string(state.at("workers").size()) + " workers; serves";
  for (const json& module : state.at("modules")) {
    text.append(" ").append(module.at("api").get<std::string>());
    text.append(" ").append(module.at("wire_hash").get<std::string>());
  }
  return text + (state.at("modules").empty() ? " nothing\n" : "\n");
}

std::string guests_text(const json& state) {
  TextTable table({"GUEST", "CLIENTS", "EVER", "CALLS", "WAITS", "REFUSED", "BYTES", "SOCKET"});
  for (const json& guest : state.at("guests")) {
    table.add({guest.at("guest"), number(guest, "sessions"), number(guest, "sessions_ever"),
               number(guest, "calls"), number(guest, "waits"), number(guest, "refused"),
               bytes_of(guest, "bytes"), guest.at("socket")});
  }
  return table.text();
}

std::string clients_text(const json& state) {
  if (state.at("clients").empty()) return "no clients\n";
  TextTable table({"SESSION", "GUEST", "PROGRAM", "PID", "API", "CALLS", "WAITS", "REFUSED",
                   "BYTES", "ARENA", "AGE"});
  for (const json& client : state.at("clients")) {
    table.add({number(client, "session"), client.at("guest"), client.at("program"),
               number(client, "pid"), client.at("api"), number(client, "calls"),
               number(client, "waits"), number(client, "refused"), bytes_of(client, "bytes"),
               bytes_of(client, "arena_resident"), age_of(client)});
  }
  return table.text();
}

std::string ended_text(const json& state) {
  const json& ended = state.at("ended");
  if (ended.empty()) return "";
  TextTable table({"SESSION", "GUEST", "PROGRAM", "PID", "API", "CALLS", "LIVED", "ENDED"});
  for (size_t i = 0; i < std::min(kEndedShown, ended.size()); ++i) {
    const json& client = ended[i];
    table.add({number(client, "session"), client.at("guest"), client.at("program"),
               number(client, "pid"), client.at("api"), number(client, "calls"), age_of(client),
               client.at("end_sentence")});
  }
  return std::string("\n") += table.text();
}

}  // namespace

std::string format_listing(const std::string& answer) {
  try {
    const json state = json::parse(answer);
    if (state.contains("error")) throw ToolError(state.at("error").get<std::string>());
    return heading(state) + "\n" + guests_text(state) + "\n" + clients_text(state) +
           ended_text(state);
  } catch (const json::exception& error) {
    throw ToolError(std::string("the router's answer makes no sense: ") + error.what());
  }
}

void list(const std::string& admin_socket, bool as_json) {
  const std::string answer = ask_router(admin_socket, R"({"command": "ls"})");
  std::fputs((as_json ? answer + "\n" : format_listing(answer)).c_str(), stdout);
}

}  // namespace ava::tool
