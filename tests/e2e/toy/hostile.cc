// A guest that has gone mad: it stores to every word of its region that means something to the
// host, sends records that are no frames, and writes garbage at full speed. Whenever the host ends
// the session it connects again.
//
//   hostile words | records | hammer     prints how the host took it, as JSON
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>
#include <thread>

#include "raw_client.h"
#include "toy_api.h"
#include "toy_generated.h"
#include "transport/ring.h"

namespace {

namespace wire = ava::toy::wire;
using ava::tests::RawClient;
using namespace ava::transport;

constexpr uint32_t kVictim = 0;   // the channel whose words are attacked
constexpr uint32_t kWitness = 1;  // one whose words are left alone: its replies say that the router
                                  // has had its turn

struct Report {
  uint64_t stores = 0;
  uint64_t records = 0;
  uint64_t ended = 0;    // sessions that the host ended
  uint64_t unheard = 0;  // calls on the witness that nobody answered although the session lived
};

class Hostile {
 public:
  void connect() { client_.emplace(ava::toy::kApi, ava::toy::kWireHash); }
  RawClient& client() { return *client_; }
  Report& report() { return report_; }

  // Has the host the time to look, and does it still serve an honest call? Connects again where it
  // ended the session.
  void settle() {
    client_->ring(kVictim);
    const wire::toy_null_request request(0);
    const uint64_t position =
        client_->post(kWitness, ava::toy::kFn_toy_null, std::as_bytes(std::span(&request, 1)));
    const auto answer = client_->wait(kWitness, position);
    if (!answer && !client_->ended()) ++report_.unheard;
    // The router looks at the witness and the victim in one turn, in some order.
    if (answer) client_->ring(kVictim);
    if (!answer || client_->ended()) {
      ++report_.ended;
      connect();
    }
  }

  void store(uint64_t offset, uint64_t value) {
    std::memcpy(client_->bytes().data() + offset, &value, sizeof value);
    ++report_.stores;
  }

 private:
  std::optional<RawClient> client_;
  Report report_;
};

// Every word from `begin` to `end` in turn; the host is given a chance to look after each `step`.
void attack(Hostile& hostile, uint64_t begin, uint64_t end, uint64_t value, uint64_t step) {
  uint64_t count = 0;
  for (uint64_t offset = begin; offset < end; offset += sizeof value) {
    hostile.store(offset, value);
    if (++count % step == 0) hostile.settle();
  }
  hostile.settle();
}

void words(Hostile& hostile) {
  constexpr uint64_t kReplyEnd = kReplyControlOffset + sizeof(ReplyControl);
  for (const uint64_t value : {UINT64_MAX, uint64_t{1}, uint64_t{0x4141'4141'4141'4141},
                               uint64_t{kRingCapacity} + 8, uint64_t{1} << 63, uint64_t{0}}) {
    attack(hostile, 0, sizeof(RegionHeader), value, 1);
    attack(hostile, kUpcallOffset, kUpcallOffset + sizeof(RingControl), value, 1);
    attack(hostile, kChannelOffset, kChannelOffset + kReplyEnd, value, 1);
    // A channel that was never granted.
    const uint64_t other = kChannelOffset + (kMaxChannels - 1) * kChannelStride;
    attack(hostile, other, other + kReplyEnd, value, 8);
  }
  // Bytes rather than words: rings, replies, completion slots, the arena's start.
  const uint64_t garbage = 0xdead'beef'dead'beef;
  attack(hostile, kPage, kChannelOffset, garbage, 1024);
  attack(hostile, kChannelOffset + kPage, kChannelOffset + kChannelStride, garbage, 1024);
  attack(hostile, kArenaOffset, kArenaOffset + 16 * kPage, garbage, 1024);
}

void records(Hostile& hostile) {
  std::mt19937_64 random(7);
  std::vector<std::byte> payload(4096);
  for (int i = 0; i < 2000; ++i) {
    for (auto& byte : payload) byte = static_cast<std::byte>(random());
    ava::marshal::FrameHeader header{};
    if (i % 2 == 0) {  // a header that makes sense, around a body that does not
      header.flags = ava::marshal::kWantsReply;
      header.body_size = static_cast<uint32_t>(random() % 128);
      std::memcpy(payload.data(), &header, sizeof header);
    }
    const uint64_t size = i % 2 == 0 ? sizeof header + header.body_size : random() % 200;
    const auto tag = static_cast<uint32_t>(i % 3 == 0 ? random() : random() % 96);
    hostile.client().post_record(kVictim, tag, std::span(payload).first(size));
    ++hostile.report().records;
    hostile.settle();
  }
}

void hammer(Hostile& hostile) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  std::mt19937_64 random(11);
  while (std::chrono::steady_clock::now() < end) {
    const RawClient& client = hostile.client();
    for (int i = 0; i < 2000; ++i) {
      // Mostly the control words of a few channels, where the host looks all the time.
      const uint64_t at = random() % 4 == 0
                              ? random() % (kChannelOffset + 4 * kChannelStride)
                              : kChannelOffset + random() % 4 * kChannelStride + random() % 512;
      const uint64_t value = random() % 3 == 0 ? random() : random() % (2 * kRingCapacity);
      hostile.store(at & ~uint64_t{7}, value);
    }
    for (uint32_t channel = 0; channel < 4; ++channel) hostile.client().ring(channel);
    if (client.ended()) {
      ++hostile.report().ended;
      hostile.connect();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  Hostile hostile;
  try {
    hostile.connect();
    if (what == "words") {
      words(hostile);
    } else if (what == "records") {
      records(hostile);
    } else if (what == "hammer") {
      hammer(hostile);
    } else {
      std::fprintf(stderr, "usage: hostile words | records | hammer\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  const Report& report = hostile.report();
  std::printf("{\"stores\": %lu, \"records\": %lu, \"ended\": %lu, \"unheard\": %lu}\n",
              report.stores, report.records, report.ended, report.unheard);
  return 0;
}
