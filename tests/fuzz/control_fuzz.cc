// Packets on the control socket, as a guest may send them.
#include <algorithm>

#include "tests/fuzz/fuzz.h"
#include "transport/host_control.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ava::transport;
  const auto message = ControlPeer::parse(std::as_bytes(std::span(data, size)));
  if (!message) return 0;
  if (const auto* hello = std::get_if<HelloMessage>(&*message)) {
    for (const std::span<const char> text :
         {std::span<const char>(hello->api), std::span<const char>(hello->program)}) {
      const auto end = std::find(text.begin(), text.end(), '\0');
      FUZZ_CHECK(end != text.end());
      FUZZ_CHECK(std::all_of(text.begin(), end, [](char c) { return c >= ' ' && c <= '~'; }));
    }
  }
  return 0;
}
