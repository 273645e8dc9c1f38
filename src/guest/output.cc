#include "guest/output.h"

#include <cstdio>

#include "guest/request.h"
#include "guest/session.h"
#include "marshal/wire_generated.h"

namespace ava::guest {

void Output::print() noexcept {
  const std::lock_guard lock(mutex_);
  // Not the caller's channel: its reply is still to be read.
  const auto channel = session_.channels().take();
  if (!channel) return;
  for (;;) {
    const auto status = ask(**channel, marshal::kOutputRead, {}, body_of(wire::OutputRead(0)));
    if (!status || *status < 0) break;
    const auto text = (*channel)->reply();
    if (text.empty()) break;
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  session_.channels().give_back(*channel);
}

}  // namespace ava::guest
