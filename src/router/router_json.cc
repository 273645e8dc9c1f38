// All of the router's JSON: in one source, because the library's header is heavy.
#include <nlohmann/json.hpp>

#include "router/admin_protocol.h"
#include "router/modules.h"
#include "router/snapshot.h"

namespace ava::router {
namespace {

using nlohmann::json;

constexpr int64_t kMillisecond = 1'000'000;

json totals_json(const CallTotals& totals) {
  return {{"calls", totals.calls},
          {"waits", totals.waits},
          {"refused", totals.refused},
          {"bytes", totals.bytes},
          {"device_time_ns", totals.device_time_ns},
          {"bandwidth_bytes", totals.bandwidth_bytes}};
}

json api_json(const ApiSnapshot& api) {
  json result = totals_json(api.totals);
  result["api"] = api.api;
  result["wire_hash"] = hash_text(api.wire_hash);
  json& functions = result["functions"] = json::object();
  for (const FunctionSnapshot& function : api.functions) {
    json row = totals_json(function.totals);
    json& refusals = row["refused_parameters"] = json::object();
    for (const RefusalSnapshot& refusal : function.refusals) {
      refusals[refusal.parameter] = refusal.count;
    }
    functions[function.name] = std::move(row);
  }
  return result;
}

json session_json(const SessionSnapshot& session) {
  json result = api_json(session.api);
  result["session"] = session.number;
  result["guest"] = session.guest;
  result["program"] = session.program;
  result["pid"] = session.pid;
  result["uid"] = session.uid;
  result["server_pid"] = session.server_pid;
  result["age_ms"] = session.age_ns / kMillisecond;
  result["channels"] = session.channels;
  result["arena_size"] = session.arena_size;
  result["arena_resident"] = session.arena_resident;
  result["doorbells"] = session.doorbells;
  result["server_wakes"] = session.server_wakes;
  result["guest_wakes"] = session.guest_wakes;
  result["worker"] = session.worker;
  if (!session.end_reason.empty()) {
    result["end"] = session.end_reason;
    result["end_sentence"] = session.end_sentence;
  }
  return result;
}

json guest_json(const GuestSnapshot& guest) {
  CallTotals sum;
  json apis = json::array();
  for (const ApiSnapshot& api : guest.apis) {
    sum.add(api.totals);
    apis.push_back(api_json(api));
  }
  json result = totals_json(sum);
  result["guest"] = guest.name;
  result["socket"] = guest.socket;
  result["sessions"] = guest.sessions;
  result["sessions_ever"] = guest.sessions_ever;
  result["apis"] = std::move(apis);
  if (guest.machine) {
    result["vm"] = {{"memory", guest.machine->memory},
                    {"slices", guest.machine->slices},
                    {"vectors", guest.machine->vectors},
                    {"qemu", guest.machine->qemu}};
  }
  return result;
}

}  // namespace

AdminRequest parse_admin_request(const std::string& line) {
  using Command = AdminRequest::Command;
  const json request = json::parse(line, nullptr, false);  // no exceptions
  if (!request.is_object()) return {};
  AdminRequest result;
  bool sound = true;
  const auto text = [&](const char* key, std::string& target) {
    const auto found = request.find(key);
    if (found == request.end()) return;
    if (found->is_string()) {
      target = found->get_ref<const std::string&>();
    } else {
      sound = false;
    }
  };
  const auto number = [&](const char* key, uint32_t& target) {
    const auto found = request.find(key);
    if (found == request.end()) return;
    if (found->is_number_unsigned() && found->get<uint64_t>() <= UINT32_MAX) {
      target = found->get<uint32_t>();
    } else {
      sound = false;
    }
  };
  std::string command;
  text("command", command);
  text("name", result.name);
  text("socket", result.socket);
  text("memory", result.memory);
  number("slices", result.slices);
  number("mode", result.mode);
  if (const auto plain = request.find("plain"); plain != request.end()) {
    if (plain->is_boolean()) {
      result.plain = plain->get<bool>();
    } else {
      sound = false;
    }
  }
  if (!sound) return {};
  if (command == "ls") result.command = Command::kList;
  if (command == "vm-add") result.command = Command::kAddMachine;
  if (command == "vm-remove") result.command = Command::kRemoveMachine;
  return result;
}

std::string admin_error(const std::string& sentence) { return json{{"error", sentence}}.dump(); }

std::string admin_guest(const GuestSnapshot& guest) { return guest_json(guest).dump(); }

std::string snapshot_json(const Snapshot& snapshot) {
  json result = {{"pid", snapshot.pid},       {"age_ms", snapshot.age_ns / kMillisecond},
                 {"waiter", snapshot.waiter}, {"workers", json::array()},
                 {"modules", json::array()},  {"guests", json::array()},
                 {"clients", json::array()},  {"ended", json::array()}};
  for (const WorkerSnapshot& worker : snapshot.workers) {
    result["workers"].push_back({{"sessions", worker.sessions},
                                 {"spin_budget_ns", worker.spin_budget_ns},
                                 {"sleeps", worker.sleeps},
                                 {"turns", worker.turns}});
  }
  for (const ModuleSnapshot& module : snapshot.modules) {
    result["modules"].push_back({{"api", module.api},
                                 {"wire_hash", hash_text(module.wire_hash)},
                                 {"path", module.path},
                                 {"functions", module.functions}});
  }
  for (const GuestSnapshot& guest : snapshot.guests) {
    result["guests"].push_back(guest_json(guest));
  }
  for (const SessionSnapshot& session : snapshot.sessions) {
    result["clients"].push_back(session_json(session));
  }
  for (const SessionSnapshot& session : snapshot.ended) {
    result["ended"].push_back(session_json(session));
  }
  // What a client named itself may be no UTF-8; that must not keep the others from being shown.
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace ava::router
