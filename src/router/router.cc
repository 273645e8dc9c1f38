#include "router/router.h"

#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/clock.h"
#include "base/log.h"

namespace ava::router {
namespace {

constexpr uint32_t kSpareSessions = 1024;           // of guests that are added while it runs
constexpr size_t kHistory = 64;                     // ended sessions that are remembered
constexpr int kMessagesPerTurn = 16;                // of one client's control messages
constexpr int64_t kShutdownPatience = 2 * kSecond;  // for servers that SIGKILL does not end

std::unique_ptr<transport::Waiter> make_waiter(transport::Waiter::Kind kind) {
  auto waiter = transport::Waiter::create(kind);
  if (!waiter) {
    throw std::runtime_error(
        "cannot wait for events: the kernel refuses what the configured "
        "waiter needs (io_uring or epoll)");
  }
  return std::move(*waiter);
}

// Blocks the signals that end the router, for all threads that start later, and makes them
// readable.
UniqueFd catch_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGHUP);  // the terminal went away
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) throw std::runtime_error(std::string("cannot catch signals: ") + std::strerror(errno));
  return fd;
}

unsigned long long printable(uint64_t number) { return number; }

std::string versions(uint32_t least, uint32_t most) {
  return least == most ? std::to_string(most)
                       : std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

Router::Router(Config config)
    : config_(std::move(config)),
      modules_(ModuleRegistry::load(config_.modules)),
      started_ns_(now_ns()),
      signals_(catch_signals()),
      loop_(make_waiter(config_.waiter)),
      supervisor_(
          {config_.server_program, config_.server_environment, log_enabled(LogLevel::kDebug)}),
      spare_sessions_(kSpareSessions) {
  if (modules_.all().empty()) AVA_WARN("no API modules were found: every client will be refused");
  // First the sockets: of two routers on one path the second fails here, with the clearest reason.
  listen();
  run_folder_ = std::make_unique<RunFolder>(config_.run_folder);
  admin_ = std::make_unique<Admin>(
      loop_, config_.admin_socket,
      Admin::Answers{[this] { return snapshot(); },
                     [this](const AdminRequest& request) { return change(request); }});
  start_workers();
  auto watch = loop_.watch(signals_.get(), [this] { shut_down(); });
  if (!watch) throw std::runtime_error("cannot watch for signals");
  signal_watch_ = std::move(*watch);
}

void Router::listen() {
  for (const GuestConfig& guest : config_.guests) add_guest(guest);
}

Guest& Router::add_guest(const GuestConfig& config) {
  auto made = std::make_unique<Guest>();
  Guest& guest = *made;
  guest.config = config;
  guest.door = open_door(loop_, janitor_, config,
                         [this, &guest](Visitor visitor) { admit(guest, std::move(visitor)); });
  guests_.push_back(std::move(made));
  AVA_INFO("guest %s may connect to %s", config.name.c_str(), config.socket.c_str());
  return guest;
}

void Router::start_workers() {
  uint32_t max_sessions = spare_sessions_;
  for (const GuestConfig& guest : config_.guests) max_sessions += guest.max_sessions;
  for (unsigned i = 0; i < config_.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(make_waiter(config_.waiter), max_sessions,
                                                [this] { loop_.wake(); }));
  }
  loop_.on_wake([this] { take_reports(); });
}

Router::~Router() = default;

void Router::run() {
  admin_->start();
  loop_.run();
}

void Router::admit(Guest& guest, Visitor visitor) {
  EndReason refusal;
  std::unique_ptr<Session> opened = open(guest, visitor, refusal);
  if (opened == nullptr) {
    AVA_INFO("guest %s: refused process %d (%s): %s", guest.config.name.c_str(),
             static_cast<int>(visitor.credentials.pid), visitor.hello.program,
             refusal.sentence.c_str());
    // A client that does not read the reason has only itself to blame.
    (void)visitor.client->refuse(refusal.error, refusal.sentence);
    return;
  }
  Session& session = *opened;
  sessions_.emplace(session.identity.number, std::move(opened));
  ++guest.places_taken;
  ++guest.sessions_ever;
  session.worker = &least_busy();
  session.worker->attach(session.attachment());
  session.attached = true;
  AVA_INFO("session %llu: %s of guest %s, process %d (%s)", printable(session.identity.number),
           session.identity.generation->api.c_str(), guest.config.name.c_str(),
           static_cast<int>(session.identity.credentials.pid), session.identity.program.c_str());

  transport::WelcomeMessage welcome{};
  welcome.layout_version = std::min(visitor.hello.layout_version, transport::kLayoutVersion);
  welcome.channels = session.grant(transport::kChannelExtent);
  welcome.region_size = transport::kArenaOffset + session.endpoint->arena_size();
  welcome.session = session.identity.number;
  if (!session.client->welcome(welcome, *session.endpoint)) {
    end(session, {Error::kClientGone, "the client left before it was welcomed"});
  }
}

// Null, with the reason, where the visitor is refused.
std::unique_ptr<Session> Router::open(Guest& guest, Visitor& visitor, EndReason& refusal) {
  const GuestConfig& config = guest.config;
  const transport::HelloMessage& hello = visitor.hello;
  const std::string api = hello.api;
  if (shutting_down_) {
    refusal = {Error::kShutdown, "the router is stopping"};
    return nullptr;
  }
  const auto& allowed = config.allowed_uids;
  if (!allowed.empty() &&
      std::find(allowed.begin(), allowed.end(), visitor.credentials.uid) == allowed.end()) {
    refusal = {Error::kPermission, "user " + std::to_string(visitor.credentials.uid) +
                                       " is not among the allowed_uids of guest " + config.name};
    return nullptr;
  }
  if (hello.layout_version < transport::kLayoutVersionMin ||
      hello.layout_version_min > transport::kLayoutVersion) {
    refusal = {Error::kVersionMismatch,
               "the layouts differ: the guest library speaks " +
                   versions(hello.layout_version_min, hello.layout_version) + ", the router " +
                   versions(transport::kLayoutVersionMin, transport::kLayoutVersion)};
    return nullptr;
  }
  const Generation* generation = modules_.find(api, hello.wire_hash);
  if (generation == nullptr) {
    refusal = {Error::kUnknownApi, modules_.explain(api, hello.wire_hash)};
    return nullptr;
  }
  if (guest.places_taken >= config.max_sessions) {
    refusal = {Error::kExhausted, "guest " + config.name + " has its " +
                                      std::to_string(config.max_sessions) + " sessions already"};
    return nullptr;
  }
  Session::Identity identity{next_session_,       &guest,        generation,
                             visitor.credentials, hello.program, now_ns()};
  auto session = Session::create(std::move(identity), config, visitor.client);
  if (!session) {
    refusal = {session.error(), "the router has no memory or descriptors for another session"};
    return nullptr;
  }
  if (!watch_client(**session)) {
    visitor.client = std::move((*session)->client);
    refusal = {Error::kSystem, "the router cannot watch the client's process"};
    return nullptr;
  }
  ++next_session_;
  return std::move(*session);
}

bool Router::watch_client(Session& session) {
  const uint64_t number = session.identity.number;
  const auto left = [this, number](const char* how) {
    if (Session* gone = find(number)) end(*gone, {Error::kClientGone, how});
  };
  return session.client
      ->watch(
          loop_, [this, number] { serve_control(number); }, left)
      .has_value();
}

void Router::serve_control(uint64_t number) {
  Session* session = find(number);
  if (session == nullptr || session->end) return;
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    const auto message = session->client->receive();
    if (!message) {
      if (message.error() == Error::kWouldBlock) return;
      return end(*session,
                 message.error() == Error::kClosed
                     ? EndReason{Error::kClientGone, "the client left"}
                     : EndReason{message.error(), "a control message that makes no sense"});
    }
    const auto* grow = std::get_if<transport::GrowChannelsMessage>(&*message);
    if (grow == nullptr) return end(*session, {Error::kBadMessage, "a second hello"});
    const uint32_t granted = session->grant(grow->count);
    const Error error = granted < grow->count ? Error::kExhausted : Error::kOk;
    if (!session->client->grant(granted, error)) {
      return end(*session, {Error::kClientGone, "the client does not read its answers"});
    }
  }
  session->client->again();
}

void Router::take_reports() {
  for (const auto& worker : workers_) {
    Worker::Report report;
    while (worker->take_report(report)) {
      Session* session = find(report.session);
      if (session == nullptr) continue;
      switch (report.kind) {
        case Worker::Report::Kind::kNeedsServer:
          start_server(*session);
          break;
        case Worker::Report::Kind::kUnwatchable:
          end(*session, {Error::kSystem, "the router cannot watch the session's doorbells"});
          break;
        case Worker::Report::Kind::kViolation:
          end(*session,
              describe(*session->forwarder.violation(), session->identity.generation->functions));
          break;
        case Worker::Report::Kind::kDetached:
          session->attached = false;
          bury_if_gone(*session);
          break;
      }
    }
  }
}

void Router::start_server(Session& session) {
  if (session.end || session.server) return;
  const uint64_t number = session.identity.number;
  const auto cache = cache_folder(config_.cache_folder, session.identity.guest->config.name,
                                  session.identity.credentials.uid);
  Result<void> started = fail(Error::kSystem);
  if (cache) {
    started = session.start_server(supervisor_, run_folder_->session(number), *cache);
  }
  if (!started) {
    return end(session,
               {Error::kServerDied, "no server could be started; the router's log says why"});
  }
  AVA_DEBUG("session %llu: server is process %d", printable(number),
            static_cast<int>(session.server->pid()));
  auto watch = loop_.watch(session.server->pidfd(), [this, number] { server_ended(number); });
  if (!watch) {
    session.server->kill();
    session.server->reap();
    session.server.reset();
    return end(session, {Error::kSystem, "the router cannot watch the server"});
  }
  session.server_watch = std::move(*watch);
}

void Router::server_ended(uint64_t number) {
  Session* session = find(number);
  if (session == nullptr || !session->server) return;
  const std::string how = session->server->reap();
  const std::string log = session->server->log();
  session->server_watch = Loop::Watch();
  session->server.reset();
  if (!session->end) {
    if (!log.empty())
      AVA_WARN("session %llu: its server said:\n%s", printable(number), log.c_str());
    return end(*session, {Error::kServerDied, "the server " + how});
  }
  bury_if_gone(*session);
}

void Router::end(Session& session, EndReason reason) {
  if (session.end) return;
  const uint64_t number = session.identity.number;
  const LogLevel level = reason.error == Error::kClientGone || reason.error == Error::kShutdown
                             ? LogLevel::kInfo
                             : LogLevel::kWarn;
  AVA_LOG(level, "session %llu (%s, process %d) ended: %s", printable(number),
          session.identity.program.c_str(), static_cast<int>(session.identity.credentials.pid),
          reason.sentence.c_str());
  session.end = std::move(reason);
  // First the word, then everything that makes the client look at it.
  session.endpoint->end(session.forwarder.granted(), session.end->error);
  session.client->close();
  if (session.server) session.server->kill();
  if (session.attached) session.worker->detach(number);
  bury_if_gone(session);
}

void Router::bury_if_gone(Session& session) {
  if (!session.is_gone()) return;
  Guest& guest = *session.identity.guest;
  history_.push_front(snapshot_of(session));
  if (history_.size() > kHistory) history_.pop_back();
  add_counts(guest.ended[session.identity.generation], session.counters);
  session.unwatch();
  auto node = sessions_.extract(session.identity.number);
  // A client that comes and goes must not be faster than the janitor.
  janitor_.take(std::move(node.mapped()), [this, &guest] {
    loop_.post([this, &guest] {
      --guest.places_taken;
      forget_if_gone(guest);
    });
  });
  if (shutting_down_ && sessions_.empty()) loop_.stop();
}

void Router::shut_down() {
  if (shutting_down_) return;
  shutting_down_ = true;
  AVA_INFO("stopping");
  for (const auto& guest : guests_) guest->door.reset();  // removes the socket files
  std::vector<uint64_t> numbers;
  for (const auto& [number, session] : sessions_) numbers.push_back(number);
  for (const uint64_t number : numbers) {
    if (Session* session = find(number))
      end(*session, {Error::kShutdown, "the router is stopping"});
  }
  if (sessions_.empty()) return loop_.stop();
  loop_.at(now_ns() + kShutdownPatience, [this] {
    AVA_ERROR("some servers cannot be ended");
    loop_.stop();
  });
}

Session* Router::find(uint64_t number) noexcept {
  const auto found = sessions_.find(number);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Worker& Router::least_busy() noexcept {
  return **std::min_element(workers_.begin(), workers_.end(), [](const auto& a, const auto& b) {
    return a->sessions() < b->sessions();
  });
}

}  // namespace ava::router
