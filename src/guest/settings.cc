#include "guest/settings.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace ava::guest {
namespace {

std::string_view variable(const char* name) noexcept {
  const char* text = ::secure_getenv(name);
  return text != nullptr ? text : std::string_view{};
}

// Is `word` one of the comma-separated words of `list`?
bool names(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

Settings Settings::from_environment() noexcept {
  Settings settings;
  const std::string_view disabled = variable("AVA_DISABLE");
  settings.always_wait = variable("AVA_FIDELITY") == "strict" || names(disabled, "async");
  settings.learns = !names(disabled, "learn");
  settings.quiet = !names(disabled, "quiet");
  settings.trace = variable("AVA_TRACE") == "1";
  settings.corrupt_replies = variable("AVA_TEST_BREAK") == "corrupt";
  if (const char* text = ::secure_getenv("AVA_ARENA_WAIT_MS"); text != nullptr) {
    settings.arena_wait_ns = std::clamp<int64_t>(std::atoll(text), 0, 600'000) * kMillisecond;
  }
  return settings;
}

}  // namespace ava::guest
