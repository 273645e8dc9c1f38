#include "guest/runtime.h"

#include <pthread.h>

#include <cstdlib>
#include <exception>
#include <new>

#include "base/clock.h"
#include "base/log.h"

namespace ava::guest {
namespace {

using transport::ConnectError;
using transport::GuestTransport;

constexpr int64_t kRetry = kSecond;

// Set by ava-server for itself: the native library it loads must not be AvA's again.
constexpr const char* kServerMark = "AVA_SERVER_PROCESS";

std::atomic<bool> g_prepared{false};

tl::expected<std::unique_ptr<GuestTransport>, ConnectError> reach_router(
    const transport::Hello& hello) {
  return transport::connect(hello);
}

}  // namespace

constinit std::atomic<Runtime*> Runtime::current_{nullptr};
constinit std::atomic<Runtime*> Runtime::replaced_{nullptr};
constinit std::atomic<Runtime::Connect> Runtime::connect_for_test_{nullptr};

Runtime* Runtime::make() noexcept {
  // Once for a process and its children: fork copies the handlers and the log's target.
  if (!g_prepared.exchange(true)) {
    log_init("guest", LogLevel::kOff);
    ::pthread_atfork(nullptr, nullptr, in_child);
  }
  std::unique_ptr<Runtime> made(new (std::nothrow) Runtime);
  if (made == nullptr) return nullptr;
  Runtime* current = nullptr;
  if (!current_.compare_exchange_strong(current, made.get())) return current;  // another thread's
  return made.release();
}

// Returns the old one, if there was one: the next call makes another.
Runtime* Runtime::replace() noexcept {
  Runtime* const old = current_.exchange(nullptr);
  if (old != nullptr) old->older_ = replaced_.exchange(old);
  return old;
}

void Runtime::in_child() noexcept {
  // Its locks may be held by threads that the child does not have, so nothing of it is touched but
  // the place where its region was.
  Runtime* const old = replace();
  if (old == nullptr) return;
  Session* const session = old->session_.load(std::memory_order_acquire);
  if (session != nullptr) session->abandon_in_child();
}

void Runtime::restart_for_test(Connect connect) noexcept {
  connect_for_test_.store(connect);
  replace();
}

Session* Runtime::connect() noexcept {
  const std::lock_guard lock(connecting_);
  if (Session* session = session_.load(std::memory_order_acquire)) return session;
  if (failed_ns_ != 0 && now_ns() - failed_ns_ < kRetry) return nullptr;
  Session* const session = try_to_connect();
  if (session == nullptr) failed_ns_ = now_ns();
  session_.store(session, std::memory_order_release);
  return session;
}

Session* Runtime::try_to_connect() noexcept {
  if (::getenv(kServerMark) != nullptr) {
    AVA_ERROR("this is an ava-server: the native library for %s that it found is AvA's own",
              kModule.api);
    return nullptr;
  }
  try {
    const Connect for_test = connect_for_test_.load();
    const Connect reach = for_test != nullptr ? for_test : reach_router;
    auto transport = reach(transport::Hello{kModule.api, kModule.wire_hash});
    if (!transport) {
      AVA_ERROR("%s", transport.error().sentence.c_str());
      return nullptr;
    }
    Session* const session = Session::create(std::move(*transport), kModule);
    if (session == nullptr) AVA_ERROR("no address space for the objects of %s", kModule.api);
    return session;
  } catch (const std::exception& error) {
    AVA_ERROR("cannot connect: %s", error.what());
    return nullptr;
  }
}

}  // namespace ava::guest
