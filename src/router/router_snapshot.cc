// The part of the Router that says what is there.
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "router/router.h"

namespace ava::router {

SessionSnapshot Router::snapshot_of(const Session& session) const {
  EndedCounts counts;
  add_counts(counts, session.counters);
  const Session::Identity& identity = session.identity;
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [&](const auto& candidate) {
    return candidate.get() == session.worker;
  });
  return {
      .number = identity.number,
      .guest = identity.guest->config.name,
      .program = identity.program,
      .pid = identity.credentials.pid,
      .uid = identity.credentials.uid,
      .server_pid = session.server ? session.server->pid() : 0,
      .age_ns = now_ns() - identity.started_ns,
      .channels = session.forwarder.granted(),
      .arena_size = session.endpoint->arena_size(),
      .arena_resident = session.endpoint->arena_resident(session.forwarder.granted()),
      .doorbells = session.counters.doorbells.get(),
      .server_wakes = session.counters.server_wakes.get(),
      .guest_wakes = session.counters.guest_wakes.get(),
      .worker = static_cast<unsigned>(worker - workers_.begin()),
      .api = describe_counts(identity.generation->api, identity.generation->wire_hash,
                             identity.generation->functions, counts),
      .end_reason = session.end ? error_name(session.end->error) : "",
      .end_sentence = session.end ? session.end->sentence : "",
  };
}

GuestSnapshot Router::snapshot_of(const Guest& guest) const {
  const GuestConfig& config = guest.config;
  std::map<const Generation*, EndedCounts> sums = guest.ended;
  uint32_t live = 0;
  for (const auto& [number, session] : sessions_) {
    if (session->identity.guest != &guest) continue;
    add_counts(sums[session->identity.generation], session->counters);
    ++live;
  }
  GuestSnapshot row{config.name, config.socket, live, guest.sessions_ever, {}, {}};
  if (config.machine) {
    row.machine = {config.machine->memory, config.machine->slices,
                   config.machine->doorbells ? 1 + config.machine->slices : 0,
                   guest.door == nullptr ? 0 : guest.door->hypervisor()};
  }
  for (const auto& [generation, counts] : sums) {
    row.apis.push_back(
        describe_counts(generation->api, generation->wire_hash, generation->functions, counts));
  }
  return row;
}

Snapshot Router::snapshot() const {
  Snapshot result;
  result.pid = ::getpid();
  result.age_ns = now_ns() - started_ns_;
  result.waiter = loop_.waiter_name();
  for (const auto& worker : workers_) {
    const Worker::Status status = worker->status();
    result.workers.push_back({status.sessions, status.spin_budget_ns, status.sleeps, status.turns});
  }
  for (const auto& generation : modules_.all()) {
    result.modules.push_back({generation->api, generation->wire_hash, generation->router_module,
                              generation->functions.rows() - marshal::kFirstApiFunction});
  }
  for (const auto& guest : guests_) result.guests.push_back(snapshot_of(*guest));
  for (const auto& [number, session] : sessions_) result.sessions.push_back(snapshot_of(*session));
  result.ended.assign(history_.begin(), history_.end());
  return result;
}

}  // namespace ava::router
