// The daemon: guests' doors, sessions from hello to end, workers, servers.
//
// Threads: constructed, run and destroyed by the main thread. Workers serve the data paths, the
// admin thread asks for snapshots through the loop, the janitor gives back what sessions held.
// Errors: set-up failures throw std::runtime_error with a sentence; after that nothing does, and
// what a client or a server does wrong ends its session only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "router/admin.h"
#include "router/door.h"
#include "router/janitor.h"
#include "router/session.h"
#include "router/snapshot.h"

namespace ava::router {

// What is kept per guest, beyond its sessions' lives.
struct Guest {
  GuestConfig config;
  std::unique_ptr<Door> door;
  uint32_t places_taken = 0;  // sessions, until all that they held is given back
  uint64_t sessions_ever = 0;
  bool removed = false;  // by an operator; goes with the last of its sessions
  // Of sessions that ended: by generation, then function number.
  std::map<const Generation*, EndedCounts> ended;
};

class Router {
 public:
  explicit Router(Config config);
  ~Router();

  // Serves until SIGTERM, SIGINT or SIGHUP, then ends every session and returns.
  void run();

 private:
  void listen();
  void start_workers();
  void admit(Guest& guest, Visitor visitor);
  std::unique_ptr<Session> open(Guest& guest, Visitor& visitor, EndReason& refusal);
  bool watch_client(Session& session);
  void serve_control(uint64_t number);
  void take_reports();
  void start_server(Session& session);
  void server_ended(uint64_t number);
  void end(Session& session, EndReason reason);
  void bury_if_gone(Session& session);
  void shut_down();
  Guest& add_guest(const GuestConfig& config);
  void forget_if_gone(Guest& guest);
  std::string change(const AdminRequest& request);
  std::string add_machine(const AdminRequest& request);
  std::string remove_machine(const std::string& name);
  Snapshot snapshot() const;
  GuestSnapshot snapshot_of(const Guest& guest) const;
  SessionSnapshot snapshot_of(const Session& session) const;
  Session* find(uint64_t number) noexcept;
  Worker& least_busy() noexcept;

  const Config config_;
  const ModuleRegistry modules_;
  const int64_t started_ns_;
  UniqueFd signals_;  // before any thread starts: they inherit that the signals are blocked
  Loop loop_;
  std::unique_ptr<RunFolder> run_folder_;
  Supervisor supervisor_;
  Janitor janitor_;
  std::map<uint64_t, std::unique_ptr<Session>> sessions_;  // by number
  std::vector<std::unique_ptr<Worker>> workers_;           // joined before the sessions go
  std::deque<SessionSnapshot> history_;                    // the sessions that ended last
  std::vector<std::unique_ptr<Guest>> guests_;
  uint64_t next_session_ = 1;
  uint32_t spare_sessions_;  // of guests that may be added; the workers have room for them
  bool shutting_down_ = false;
  Loop::Watch signal_watch_;
  std::unique_ptr<Admin> admin_;
};

}  // namespace ava::router
