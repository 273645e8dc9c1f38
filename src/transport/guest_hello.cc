#include "transport/guest_hello.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ava::transport {
namespace {

std::string versions(uint32_t oldest, uint32_t newest) {
  return oldest == newest ? std::to_string(newest)
                          : std::to_string(oldest) + " to " + std::to_string(newest);
}

}  // namespace

tl::expected<HelloMessage, ConnectError> hello_message(const Hello& hello) {
  if (hello.api.empty() || hello.api.size() >= kApiNameBytes) {
    return refuse(Error::kUnknownApi, "an API's name has 1 to " +
                                          std::to_string(kApiNameBytes - 1) +
                                          " characters, unlike '" + hello.api + "'");
  }
  HelloMessage message{};
  message.header = {kControlMagic, ControlKind::kHello, sizeof message, 0};
  message.layout_version = kLayoutVersion;
  message.layout_version_min = kLayoutVersionMin;
  message.wire_hash = hello.wire_hash;
  message.pid = static_cast<uint32_t>(::getpid());
  hello.api.copy(message.api, sizeof message.api - 1);
  ::strncpy(message.program, program_invocation_short_name, sizeof message.program - 1);
  return message;
}

Refused explain_refusal(const std::string& router, const RefusalMessage& refusal) {
  const std::string text(refusal.text, ::strnlen(refusal.text, sizeof refusal.text));
  if (refusal.error == static_cast<uint32_t>(Error::kVersionMismatch)) {
    return refuse(Error::kVersionMismatch,
                  "layouts differ: " + router + " speaks layout " +
                      versions(refusal.layout_version_min, refusal.layout_version) +
                      ", this guest library " + versions(kLayoutVersionMin, kLayoutVersion) +
                      "; upgrade the older one");
  }
  return refuse(static_cast<Error>(refusal.error), router + " refused: " + text);
}

bool is_sound(const WelcomeMessage& welcome) noexcept {
  return welcome.layout_version >= kLayoutVersionMin && welcome.layout_version <= kLayoutVersion &&
         welcome.region_size > kArenaOffset && welcome.channels <= kMaxChannels;
}

}  // namespace ava::transport
