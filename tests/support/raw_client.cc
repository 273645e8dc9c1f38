#include "raw_client.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "base/clock.h"
#include "transport/doorbell.h"
#include "transport/fence.h"

namespace ava::tests {

RawClient::RawClient(const std::string& api, uint64_t wire_hash) {
  const char* test_break = std::getenv("AVA_TEST_BREAK");
  corrupt_ = test_break != nullptr && std::strcmp(test_break, "corrupt") == 0;
  auto connected = transport::connect(transport::default_endpoint(), {api, wire_hash});
  if (!connected) throw std::runtime_error(connected.error().sentence);
  transport_ = std::move(*connected);
  view_ = transport::RegionView(transport_->region());
  for (uint32_t i = 0; i < transport_->channels(); ++i) {
    writers_.emplace_back(view_.request_control(i), view_.request_bytes(i), 0);
  }
}

uint64_t RawClient::post_record(uint32_t channel, uint32_t tag,
                                std::span<const std::byte> payload) {
  const auto position = writers_.at(channel).try_write(tag, payload, {});
  ring(channel);
  return position.value_or(0);
}

uint64_t RawClient::post(uint32_t channel, uint32_t function, std::span<const std::byte> body,
                         uint16_t flags) {
  marshal::FrameHeader header{};
  header.flags = flags;
  header.body_size = static_cast<uint32_t>(body.size());
  std::vector<std::byte> payload(sizeof header + body.size());
  std::memcpy(payload.data(), &header, sizeof header);
  if (!body.empty()) std::memcpy(payload.data() + sizeof header, body.data(), body.size());
  return post_record(channel, function, payload);
}

void RawClient::ring(uint32_t channel) {
  transport::full_fence();
  transport::set_pending(transport::PendingWords(view_.header().pending), channel);
  transport_->ring_doorbell();
}

std::optional<int32_t> RawClient::wait(uint32_t channel, uint64_t position) {
  transport::ReplyControl& control = view_.reply_control(channel);
  const int64_t deadline = now_ns() + 2 * kSecond;
  for (;;) {
    transport::announce_park(control.guest_parked);
    const uint64_t word = control.completion.load(std::memory_order_acquire);
    if (transport::completion_generation(word) == static_cast<uint32_t>(position)) {
      return corrupt_ ? ~transport::completion_status(word) : transport::completion_status(word);
    }
    if (ended() || now_ns() > deadline) return std::nullopt;
    transport_->park(control.guest_parked, 10 * kMillisecond);
  }
}

}  // namespace ava::tests
