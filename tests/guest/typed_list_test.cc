// Handles among plain values: in lists of key and value, and in bytes that may be one.
#include <gtest/gtest.h>

#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;

constexpr uint64_t kParent = 7;  // the key whose value is a box
constexpr marshal::ListEntry kEntries[] = {{kParent, kBox}};

Answer empty(const Request&) { return Answer::fixed(Numbers{}); }

// What a list becomes on the wire. toy_run's targets are such a vector.
struct Sent {
  Outcome outcome;
  bool present;
  std::vector<uint64_t> words;
};
Sent send(const void* pairs) {
  Call call(kCall);
  const Words words = call.list(pairs, 3, kEntries);
  if (call.failed()) return {call.outcome(), false, {}};
  auto& builder = call.builder();
  const auto root =
      toy::wire::Createtoy_run_request(builder, call.present(), 0, 0, nullptr, 0, words);
  builder.Finish(root);
  const auto* request =
      flatbuffers::GetRoot<toy::wire::toy_run_request>(builder.GetBufferPointer());
  Sent sent{Outcome::kOk, (request->present() >> 3 & 1) != 0, {}};
  if (request->targets() != nullptr) {
    sent.words.assign(request->targets()->begin(), request->targets()->end());
  }
  return sent;
}

TEST(TypedLists, CarryIdsInPlaceOfHandlesAndOtherValuesAsTheyAre) {
  HostDouble host(empty);
  void* const box = land_box(box_id(5), true);
  const uint64_t pairs[] = {1, 99, kParent, reinterpret_cast<uint64_t>(box), 2, 0, 0};
  const Sent sent = send(pairs);
  EXPECT_TRUE(sent.present);
  EXPECT_EQ(sent.words, (std::vector<uint64_t>{1, 99, kParent, box_id(5), 2, 0}));
}

TEST(TypedLists, MayBeEmptyOrNull) {
  HostDouble host(empty);
  const uint64_t nothing[] = {0};
  EXPECT_TRUE(send(nothing).present);
  EXPECT_TRUE(send(nothing).words.empty());
  EXPECT_FALSE(send(nullptr).present);
}

TEST(TypedLists, WithAHandleThatIsNoneFailTheCall) {
  HostDouble host(empty);
  int other = 0;
  const uint64_t pairs[] = {kParent, reinterpret_cast<uint64_t>(&other), 0};
  EXPECT_EQ(send(pairs).outcome, Outcome::kInvalidHandle);
}

TEST(TypedLists, WithoutAnEndAreTooLong) {
  HostDouble host(empty);
  const std::vector<uint64_t> endless(marshal::kMaxList + 2, 1);
  EXPECT_EQ(send(endless.data()).outcome, Outcome::kExhausted);
}

TEST(TypedLists, ComeBackWithHandlesInPlaceOfIds) {
  HostDouble host(empty);
  void* const box = land_box(box_id(5), true);
  uint64_t pairs[] = {1, 99, kParent, box_id(5), 0};
  Call call(kCall);
  call.translate_list(pairs, sizeof pairs, kEntries);
  EXPECT_EQ(pairs[1], 99u);
  EXPECT_EQ(pairs[3], reinterpret_cast<uint64_t>(box));
  // Only what was written is looked at.
  uint64_t cut[] = {kParent, box_id(5)};
  call.translate_list(cut, sizeof(uint64_t), kEntries);
  EXPECT_EQ(cut[1], box_id(5));
  call.translate_list(nullptr, 64, kEntries);
}

TEST(BytesThatMayBeAHandle, AreOneOnlyIfTheyAreItsSizeAndLive) {
  HostDouble host(empty);
  void* const box = land_box(box_id(5), true);
  const void* const stranger = &host;
  const void* const null = nullptr;
  const auto inside = [](const void* data, uint64_t size, marshal::TypeId type) {
    Call call(kCall);
    const marshal::ObjectId id = call.handle_inside(data, size, {kJob, type});
    EXPECT_FALSE(call.failed());
    return id;
  };
  EXPECT_EQ(inside(&box, sizeof box, kBox), box_id(5));
  EXPECT_EQ(inside(&box, sizeof box, kJob), 0u);
  EXPECT_EQ(inside(&box, sizeof box - 1, kBox), 0u);
  EXPECT_EQ(inside(&stranger, sizeof stranger, kBox), 0u);
  EXPECT_EQ(inside(&null, sizeof null, kBox), 0u);
  EXPECT_EQ(inside(nullptr, sizeof box, kBox), 0u);
}

}  // namespace
}  // namespace ava::guest
