#include "base/log.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ava {
namespace {

constexpr const char* kNames[] = {"off", "error", "warn", "info", "debug", "trace"};

std::atomic<int> g_level{static_cast<int>(LogLevel::kOff)};
std::atomic<int> g_fd{STDERR_FILENO};
std::atomic<const char*> g_who{"ava"};

}  // namespace

void log_init(const char* who, LogLevel fallback) noexcept {
  g_who.store(who, std::memory_order_relaxed);
  int level = static_cast<int>(fallback);
  const char* text = std::getenv("AVA_LOG");
  if (text != nullptr) {
    const char* colon = std::strchr(text, ':');
    const size_t length = colon != nullptr ? static_cast<size_t>(colon - text) : std::strlen(text);
    for (int i = 0; i < static_cast<int>(std::size(kNames)); ++i) {
      if (std::strlen(kNames[i]) == length && std::strncmp(kNames[i], text, length) == 0) level = i;
    }
    if (colon != nullptr && colon[1] != '\0') {
      const int fd = ::open(colon + 1, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (fd >= 0) g_fd.store(fd, std::memory_order_relaxed);
    }
  }
  g_level.store(level, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) noexcept {
  return static_cast<int>(level) <= g_level.load(std::memory_order_relaxed);
}

void log_line(LogLevel level, const char* format, ...) noexcept {
  const int saved_errno = errno;  // a log line must not change what the application sees
  char line[1024];
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts;
  gmtime_r(&now.tv_sec, &parts);
  int used = std::snprintf(line, sizeof line, "%02d:%02d:%02d.%03ld ava-%s[%d] %s: ", parts.tm_hour,
                           parts.tm_min, parts.tm_sec, now.tv_nsec / 1'000'000,
                           g_who.load(std::memory_order_relaxed), static_cast<int>(getpid()),
                           kNames[static_cast<int>(level)]);
  va_list args;
  va_start(args, format);
  const int wanted =
      std::vsnprintf(line + used, sizeof line - static_cast<size_t>(used), format, args);
  va_end(args);
  used += wanted < 0 ? 0 : wanted;
  if (used > static_cast<int>(sizeof line) - 2) used = static_cast<int>(sizeof line) - 2;
  line[used] = '\n';
  // A log that cannot be written has nowhere to say so.
  [[maybe_unused]] const ssize_t ignored =
      ::write(g_fd.load(std::memory_order_relaxed), line, static_cast<size_t>(used) + 1);
  errno = saved_errno;
}

}  // namespace ava
