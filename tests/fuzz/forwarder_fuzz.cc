// A session between a client and a server that both write what they like, in any order with the
// router's own steps. Whatever they do, what reaches the server is whole, known and in order.
#include "router/forwarder.h"

#include "tests/fuzz/fuzz.h"
#include "tests/router/session_double.h"

namespace {

using namespace ava;
using namespace ava::router;

constexpr uint32_t kChannels = 3;  // of those granted, so that they meet often

// A frame whose header is mostly what a genuine guest would write.
void publish(SessionDouble& session, uint32_t channel, fuzz::Input& input) {
  Sent sent;
  sent.function = input.number<uint8_t>() % 70;
  const auto fault = input.number<uint8_t>();
  sent.header.flags = fault & 1;
  if ((fault & 0x10) != 0) sent.header.body_size = input.number<uint8_t>();
  if ((fault & 0x20) != 0) sent.header.new_id_count = input.number<uint8_t>();
  if ((fault & 0x40) != 0) sent.header.first_new_id = input.number<uint64_t>();
  if ((fault & 0x80) != 0) sent.header.verdict = marshal::Verdict::kRefused;
  for (int i = (fault >> 1) % 4; i > 0; --i) {
    sent.dependencies.push_back({input.number<uint8_t>() % 9u, 0, input.number<uint8_t>() * 8u});
  }
  for (int i = (fault >> 2) % 4; i > 0; --i) sent.arguments.push_back(input.number<uint16_t>());
  session.publish(channel, sent);
}

// Something that the router forwarded.
void take(SessionDouble& session, uint32_t channel, uint64_t& position) {
  const auto arrived = session.take_one(channel);
  if (!arrived) return;
  FUZZ_CHECK(session.functions.find(arrived->function) != nullptr);
  FUZZ_CHECK(arrived->position > position);
  position = arrived->position;
  std::vector<std::byte> copy = arrived->payload;
  FUZZ_CHECK(marshal::parse_frame(copy));
  FUZZ_CHECK(arrived->header.cost_ns == 0 || arrived->header.cost_ns == kProbeCost);
}

void scribble(std::span<std::byte> bytes, fuzz::Input& input) {
  const size_t offset = input.number<uint16_t>() % (bytes.size() - 8);
  const auto value = input.bytes(8);
  std::memcpy(bytes.data() + offset, value.data(), value.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  SessionDouble session;
  uint64_t positions[kChannels] = {};
  bool server_lied = false;
  for (int64_t now = 1; !input.empty(); ++now) {
    const auto step = input.number<uint8_t>();
    const uint32_t channel = step / 16 % kChannels;
    switch (step % 12) {
      case 0:
        session.request(channel).tail.store(input.number<uint64_t>());
        break;
      case 1:
        session.request(channel).tail.store(positions[channel] + input.number<uint16_t>());
        break;
      case 2:
        scribble(session.region().request_bytes(channel).first(4096), input);
        break;
      case 3:
        session.region().header().pending[0].store(input.number<uint64_t>());
        break;
      case 4:
        // From here the server's own positions prove nothing.
        session.server.control(channel).head.store(input.number<uint64_t>());
        server_lied = true;
        break;
      case 5:
        session.forwarder.retry();
        break;
      case 6:
        session.forwarder.park_idle(now);
        break;
      case 7:
        if (!server_lied) take(session, channel, positions[channel]);
        break;
      case 8:
        session.forwarder.collect();
        break;
      case 9:
        session.turn(now);
        break;
      default:
        publish(session, channel, input);
        session.forwarder.collect();
        session.turn(now);
    }
  }
  if (session.forwarder.violation()) FUZZ_CHECK(session.violation() != Error::kOk);
  return 0;
}
