// What every transport of a guest says first, and what it makes of the answer.
#pragma once

#include <string>

#include "transport/control.h"
#include "transport/guest_transport.h"

namespace ava::transport {

using Refused = tl::unexpected<ConnectError>;

inline Refused refuse(Error error, std::string sentence) {
  return Refused({error, std::move(sentence)});
}

// Errors: kUnknownApi (no name of an API).
tl::expected<HelloMessage, ConnectError> hello_message(const Hello& hello);

// `router` names it, for a person: "the router on /run/ava/ava.sock".
Refused explain_refusal(const std::string& router, const RefusalMessage& refusal);

// What only the router could have got wrong is still checked: a clear sentence beats a crash.
bool is_sound(const WelcomeMessage& welcome) noexcept;

}  // namespace ava::transport
