// Leveled log lines on one descriptor.
//
// The guest library lives inside applications whose stdout and stderr are not ours: it is silent
// unless AVA_LOG asks. That, and the wish to add no dependency to foreign processes, is why this is
// not a logging library (docs/design/0002-logging.md).
//
// AVA_LOG=LEVEL[:FILE]   LEVEL is off, error, warn, info, debug or trace; FILE defaults to stderr.
// Threads: any. A line is written with one write(2), so lines of several processes do not mix.
#pragma once

#include <cstdarg>

namespace ava {

enum class LogLevel : int { kOff = 0, kError, kWarn, kInfo, kDebug, kTrace };

// Sets the threshold and target from AVA_LOG, or `fallback` where the variable is absent or
// unreadable. `who` names the process in each line ("routerd"); borrowed for ever.
void log_init(const char* who, LogLevel fallback) noexcept;

bool log_enabled(LogLevel level) noexcept;
[[gnu::format(printf, 2, 3)]] void log_line(LogLevel level, const char* format, ...) noexcept;

}  // namespace ava

#define AVA_LOG(level, ...)                                             \
  do {                                                                  \
    if (::ava::log_enabled(level)) ::ava::log_line(level, __VA_ARGS__); \
  } while (false)
#define AVA_ERROR(...) AVA_LOG(::ava::LogLevel::kError, __VA_ARGS__)
#define AVA_WARN(...) AVA_LOG(::ava::LogLevel::kWarn, __VA_ARGS__)
#define AVA_INFO(...) AVA_LOG(::ava::LogLevel::kInfo, __VA_ARGS__)
#define AVA_DEBUG(...) AVA_LOG(::ava::LogLevel::kDebug, __VA_ARGS__)
#define AVA_TRACE(...) AVA_LOG(::ava::LogLevel::kTrace, __VA_ARGS__)
