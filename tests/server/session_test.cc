// Workers and calls, with the toy API's module and the toy's vendor library behind them.
#include "server/session.h"

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>

#include "../guest/allocations.h"
#include "fake_native.h"
#include "server/call.h"
#include "server_double.h"
#include "toy.h"
#include "toy_api.h"
#include "toy_generated.h"

extern "C" const ava::server::Module ava_server_module;

namespace ava::server {
namespace {

namespace wire = ava::toy::wire;
using ava::wire::Bulk;
using marshal::ObjectId;
using marshal::Outcome;
using marshal::Space;

constexpr uint64_t all_present() { return ~uint64_t{0}; }

Bulk bulk(Space space, uint64_t offset, uint64_t size, uint32_t slot = 0) {
  return Bulk(offset, size, static_cast<uint32_t>(space), slot);
}

class SessionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string why;
    ASSERT_TRUE(ava_server_module.load(why)) << why;
  }

  ObjectId make_ctx(uint32_t flags = 0, uint32_t channel = 0) {
    const auto reply = server_.channel(channel).call_fixed(
        toy::kFn_toy_ctx_create, wire::toy_ctx_create_request(all_present(), flags));
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    return reply.fixed<wire::toy_ctx_create_reply>().ctx();
  }
  int64_t sum(ObjectId ctx, uint32_t channel = 0, const PostOptions& with = {}) {
    const auto reply = server_.channel(channel).call_fixed(
        toy::kFn_toy_sum, wire::toy_sum_request(all_present(), ctx), with);
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    return reply.fixed<wire::toy_sum_reply>().sum();
  }
  uint64_t post_add(ObjectId ctx, int64_t value, uint32_t channel = 0) {
    return server_.channel(channel).post_fixed(
        toy::kFn_toy_add, wire::toy_add_request(all_present(), ctx, TOY_ADD, value), {.flags = 0});
  }
  uint32_t references(ObjectId ctx) {
    flatbuffers::FlatBufferBuilder builder;
    const Bulk out = bulk(Space::kInline, 0, 4);
    builder.Finish(wire::Createtoy_ctx_info_request(builder, all_present(), ctx,
                                                    TOY_INFO_REFERENCES, 4, &out));
    const auto reply = server_.channel().call(toy::kFn_toy_ctx_info, builder);
    uint32_t value = 0;
    const auto* bytes = reply.table<wire::toy_ctx_info_reply>()->value();
    EXPECT_EQ(bytes->size(), 4u);
    std::memcpy(&value, bytes->data(), sizeof value);
    return value;
  }
  // Starts a job that fills `out`; returns its id.
  ObjectId start_job(ObjectId ctx, uint8_t fill, const Bulk& out) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(
        wire::Createtoy_job_start_request(builder, all_present(), ctx, fill, out.size(), &out));
    const auto reply = server_.channel().call(toy::kFn_toy_job_start, builder);
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    return reply.table<wire::toy_job_start_reply>()->ret();
  }
  // Scales four floats; the caller says where the input and the output are.
  Reply scale(ObjectId ctx, float factor, const std::vector<float>* in, const Bulk* in_ref,
              const Bulk& out) {
    flatbuffers::FlatBufferBuilder builder;
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> bytes;
    if (in != nullptr) {
      bytes = builder.CreateVector(reinterpret_cast<const uint8_t*>(in->data()), in->size() * 4);
    }
    builder.Finish(
        wire::Createtoy_scale_request(builder, all_present(), ctx, factor, 4, bytes, in_ref, &out));
    return server_.channel().call(toy::kFn_toy_scale, builder);
  }
  void wait_for_slot(uint32_t slot) {
    const int64_t deadline = now_ns() + 10 * kSecond;
    while (server_.region().completion(slot).load(std::memory_order_acquire) == 0) {
      ASSERT_LT(now_ns(), deadline);
      server_.channel().call_fixed(marshal::kPoll, ava::wire::PollRequest(0));
    }
  }

  struct Upcall {
    marshal::UpcallHeader header;
    wire::toy_callback_upcall body;
  };
  // Waits for the next record of the upcall ring.
  Upcall next_upcall() {
    transport::RingControl& control = server_.region().upcall_control();
    Upcall upcall{};
    for (;;) {
      const auto record = upcalls_.try_read(std::as_writable_bytes(std::span(&upcall, 1)));
      if (record) {
        EXPECT_EQ(record->tag, toy::kUp_toy_callback);
        EXPECT_EQ(record->payload.size(), sizeof upcall);
        transport::wake_producer(control);
        return upcall;
      }
      const auto parked = transport::park_channel(upcalls_);
      if (parked && *parked) transport::futex_park(control.consumer_parked, kSecond);
    }
  }

  ServerDouble server_{ava_server_module};
  transport::RingReader upcalls_{server_.region().upcall_control(), server_.region().upcall_bytes(),
                                 0};
};

TEST_F(SessionTest, ACallIsAnsweredInItsReplySpace) {
  const auto reply = server_.channel().call_fixed(toy::kFn_toy_null, wire::toy_null_request(0));
  EXPECT_EQ(reply.outcome, Outcome::kOk);
  EXPECT_EQ(reply.fixed<wire::toy_null_reply>().ret(), TOY_OK);
}

TEST_F(SessionTest, CallsOfOneChannelRunInOrder) {
  const ObjectId ctx = make_ctx();
  for (int i = 0; i < 100; ++i) post_add(ctx, i);
  EXPECT_EQ(sum(ctx), 4950);
}

TEST_F(SessionTest, ExecutedSaysHowFarAChannelIs) {
  const ObjectId ctx = make_ctx();
  const uint64_t position = post_add(ctx, 1);
  EXPECT_TRUE(server_.session().order().wait(0, position));
  sum(ctx);  // whoever has the next reply sees the word
  EXPECT_GE(server_.channel().executed(), position);
}

TEST_F(SessionTest, ANullIdIsTheLibrarysToJudge) {
  const auto reply =
      server_.channel().call_fixed(toy::kFn_toy_sum, wire::toy_sum_request(all_present(), 0));
  EXPECT_EQ(reply.outcome, Outcome::kOk);
  EXPECT_EQ(reply.fixed<wire::toy_sum_reply>().ret(), TOY_EHANDLE);
}

TEST_F(SessionTest, AStaleIdFailsTheCallWithItsType) {
  const ObjectId ctx = make_ctx();
  server_.channel().call_fixed(toy::kFn_toy_ctx_release,
                               wire::toy_ctx_release_request(all_present(), ctx));
  const auto reply =
      server_.channel().call_fixed(toy::kFn_toy_sum, wire::toy_sum_request(all_present(), ctx));
  EXPECT_EQ(reply.outcome, Outcome::kInvalidHandle);
  EXPECT_EQ(reply.detail, toy::kType_toy_ctx);
  EXPECT_EQ(server_.session().objects().size(), 0u);
}

TEST_F(SessionTest, ARefusedFrameIsAnsweredWithoutACall) {
  const ObjectId ctx = make_ctx();
  post_add(ctx, 5);
  PostOptions refused{.verdict = marshal::Verdict::kRefused, .verdict_detail = 2};
  const auto reply = server_.channel().call_fixed(
      toy::kFn_toy_add, wire::toy_add_request(all_present(), ctx, TOY_ADD, 100), refused);
  EXPECT_EQ(reply.outcome, Outcome::kRefused);
  EXPECT_EQ(reply.detail, 2);
  EXPECT_EQ(sum(ctx), 5);
}

TEST_F(SessionTest, AFrameOverAQuotaIsAnsweredWithoutACall) {
  const auto reply = server_.channel().call_fixed(toy::kFn_toy_null, wire::toy_null_request(0),
                                                  {.verdict = marshal::Verdict::kExhausted});
  EXPECT_EQ(reply.outcome, Outcome::kExhausted);
}

TEST_F(SessionTest, AnUnknownFunctionIsAnswered) {
  EXPECT_EQ(server_.channel().call_fixed(9999, wire::toy_null_request(0)).outcome,
            Outcome::kUnsupported);
  EXPECT_EQ(server_.channel().call_fixed(17, wire::toy_null_request(0)).outcome,
            Outcome::kUnsupported);
}

TEST_F(SessionTest, InputsAndOutputsTravelInline) {
  const ObjectId ctx = make_ctx();
  const std::vector<float> in{1, 2, 3, 4};
  const auto reply = scale(ctx, 2, &in, nullptr, bulk(Space::kInline, 0, 16));
  float out[4];
  const auto* bytes = reply.table<wire::toy_scale_reply>()->out();
  ASSERT_EQ(bytes->size(), sizeof out);
  std::memcpy(out, bytes->data(), sizeof out);
  EXPECT_EQ(out[3], 8);
}

TEST_F(SessionTest, InputsAndOutputsTravelThroughTheArena) {
  const ObjectId ctx = make_ctx();
  const float in[4] = {1, 2, 3, 4};
  std::memcpy(server_.arena().data() + 64, in, sizeof in);
  const Bulk from = bulk(Space::kArena, 64, 16);
  const auto reply = scale(ctx, 3, nullptr, &from, bulk(Space::kArena, 4096, 16));
  EXPECT_EQ(reply.outcome, Outcome::kOk);
  float out[4];
  std::memcpy(out, server_.arena().data() + 4096, sizeof out);
  EXPECT_EQ(out[3], 12);
}

TEST_F(SessionTest, InputsAndOutputsTravelThroughSpills) {
  const ObjectId ctx = make_ctx();
  struct {
    ava::wire::SpillWrite header{1, 16, 16};
    float in[4] = {1, 2, 3, 4};
  } write;
  server_.channel().post_fixed(marshal::kSpillWrite, write, {.flags = 0});
  const Bulk from = bulk(Space::kSpill, 1, 16);
  EXPECT_EQ(scale(ctx, 4, nullptr, &from, bulk(Space::kSpill, 2, 16)).outcome, Outcome::kOk);
  const auto read =
      server_.channel().call_fixed(marshal::kSpillRead, ava::wire::SpillRead(2, 12, 4));
  EXPECT_EQ(read.fixed<float>(), 16);
  server_.channel().post_fixed(marshal::kSpillFree, ava::wire::SpillRead(2, 0, 0), {.flags = 0});
  EXPECT_EQ(
      server_.channel().call_fixed(marshal::kSpillRead, ava::wire::SpillRead(2, 12, 4)).outcome,
      Outcome::kRefused);
}

TEST_F(SessionTest, MissingInputsAreZerosAndMissingOutputsGoNowhere) {
  const ObjectId ctx = make_ctx();
  const std::vector<float> in{1, 2, 3, 4};
  std::memset(server_.arena().data(), 1, 16);
  const Bulk missing = bulk(Space::kMissing, 0, 16);
  const auto scaled = scale(ctx, 4, nullptr, &missing, bulk(Space::kArena, 0, 16));
  EXPECT_EQ(scaled.outcome, Outcome::kOk);
  for (size_t i = 0; i < 16; ++i) EXPECT_EQ(server_.arena()[i], std::byte{0});
  EXPECT_EQ(scale(ctx, 4, &in, nullptr, missing).outcome, Outcome::kOk);
}

TEST_F(SessionTest, ReferencesOutsideTheArenaAreRefusedHereToo) {
  const ObjectId ctx = make_ctx();
  const std::vector<float> in{1, 2, 3, 4};
  for (const uint64_t offset : {ServerDouble::kArena - 15, ServerDouble::kArena, UINT64_MAX - 7}) {
    EXPECT_EQ(scale(ctx, 2, &in, nullptr, bulk(Space::kArena, offset, 16)).outcome,
              Outcome::kRefused);
  }
  const Bulk huge = bulk(Space::kArena, 0, UINT64_MAX);
  EXPECT_EQ(scale(ctx, 2, nullptr, &huge, bulk(Space::kInline, 0, 16)).outcome, Outcome::kRefused);
  EXPECT_EQ(scale(ctx, 2, &in, nullptr, bulk(static_cast<Space>(9), 0, 16)).outcome,
            Outcome::kRefused);
}

TEST_F(SessionTest, WhatTheLibraryParsesIsTerminated) {
  const ObjectId ctx = make_ctx();
  std::memset(server_.arena().data(), '9', 64);
  std::memcpy(server_.arena().data(), "+40 +2", 6);
  flatbuffers::FlatBufferBuilder builder;
  const Bulk program = bulk(Space::kArena, 0, 6);
  const auto targets = builder.CreateVector(std::vector<uint64_t>{ctx});
  builder.Finish(wire::Createtoy_run_request(builder, all_present(), ctx, 0, &program, 1, targets));
  EXPECT_EQ(server_.channel().call(toy::kFn_toy_run, builder).fixed<wire::toy_run_reply>().ret(),
            TOY_OK);
  EXPECT_EQ(sum(ctx), 42);
}

TEST_F(SessionTest, AListOfStringsThatClaimsMoreBytesThanThereAreIsRefused) {
  const ObjectId ctx = make_ctx();
  flatbuffers::FlatBufferBuilder builder;
  const auto bytes = builder.CreateVector(std::vector<uint8_t>{'a', 'b', 'c'});
  const auto sizes = builder.CreateVector(std::vector<uint64_t>{2, 2});
  builder.Finish(wire::Createtoy_join_request(builder, 1 << 2 | 1 << 4, ctx, 2, bytes, nullptr,
                                              sizes, 0, nullptr));
  EXPECT_EQ(server_.channel().call(toy::kFn_toy_join, builder).outcome, Outcome::kRefused);
}

TEST_F(SessionTest, AListOfStringsArrivesWithNullsAndLengths) {
  const ObjectId ctx = make_ctx();
  const auto join = [&](std::vector<uint64_t> lengths) {
    flatbuffers::FlatBufferBuilder builder;
    const auto bytes = builder.CreateVector(std::vector<uint8_t>{'a', 'b', 'c'});
    const auto sizes = builder.CreateVector(lengths);
    builder.Finish(wire::Createtoy_join_request(builder, 1 << 2 | 1 << 4, ctx, 2, bytes, nullptr,
                                                sizes, 0, nullptr));
    return server_.channel().call(toy::kFn_toy_join, builder).fixed<wire::toy_join_reply>();
  };
  EXPECT_EQ(join({1, 2}).hash(), join({3, 0}).hash());
  EXPECT_EQ(join({1, UINT64_MAX}).ret(), TOY_EINVAL) << "the toy takes no null strings";
}

TEST_F(SessionTest, HandlesInsideOutputsAreIdsForTheGuest) {
  const ObjectId ctx = make_ctx();
  for (const Space space : {Space::kInline, Space::kArena}) {
    flatbuffers::FlatBufferBuilder builder;
    const Bulk out = bulk(space, 0, 8);
    builder.Finish(
        wire::Createtoy_ctx_info_request(builder, all_present(), ctx, TOY_INFO_PARENT, 8, &out));
    const auto reply = server_.channel().call(toy::kFn_toy_ctx_info, builder);
    const auto* inline_bytes = reply.table<wire::toy_ctx_info_reply>()->value();
    ObjectId parent = 0;
    std::memcpy(&parent,
                space == Space::kInline ? static_cast<const void*>(inline_bytes->data())
                                        : server_.arena().data(),
                sizeof parent);
    EXPECT_EQ(parent, ctx);
  }
}

TEST_F(SessionTest, RetainAndReleaseReachTheLibraryOneToOne) {
  const ObjectId ctx = make_ctx();
  server_.channel().call_fixed(toy::kFn_toy_ctx_retain,
                               wire::toy_ctx_retain_request(all_present(), ctx));
  EXPECT_EQ(references(ctx), 2u);
  server_.channel().call_fixed(toy::kFn_toy_ctx_release,
                               wire::toy_ctx_release_request(all_present(), ctx));
  EXPECT_EQ(references(ctx), 1u);
}

TEST_F(SessionTest, AnOutputCompletesWhenItsJobDoes) {
  const ObjectId ctx = make_ctx(TOY_FLAG_CHECKED);
  const ObjectId job = start_job(ctx, 0x5a, bulk(Space::kArena, 0, 100, 9));
  EXPECT_EQ(server_.region().completion(9).load(), 0u);
  EXPECT_EQ(server_.channel()
                .call_fixed(marshal::kPoll, ava::wire::PollRequest(0))
                .fixed<ava::wire::PollReply>()
                .outstanding(),
            1u);
  server_.channel().post_fixed(toy::kFn_toy_gate_open,
                               wire::toy_gate_open_request(all_present(), ctx), {.flags = 0});
  const auto waited = server_.channel().call_fixed(toy::kFn_toy_job_wait,
                                                   wire::toy_job_wait_request(all_present(), job));
  EXPECT_EQ(waited.outcome, Outcome::kOk);
  EXPECT_NE(server_.region().completion(9).load(), 0u) << "the reply overtook the completion";
  EXPECT_EQ(server_.arena()[99], std::byte{0x5a});
}

TEST_F(SessionTest, AJobThatIsReleasedEarlyStillCompletes) {
  const ObjectId ctx = make_ctx(TOY_FLAG_CHECKED);
  const ObjectId job = start_job(ctx, 0x5a, bulk(Space::kArena, 0, 100, 9));
  const auto released = server_.channel().call_fixed(
      toy::kFn_toy_job_release, wire::toy_job_release_request(all_present(), job));
  EXPECT_EQ(released.fixed<wire::toy_job_release_reply>().ret(), TOY_OK);
  EXPECT_EQ(server_.channel()
                .call_fixed(toy::kFn_toy_job_poll, wire::toy_job_poll_request(all_present(), job))
                .outcome,
            Outcome::kInvalidHandle);
  server_.channel().post_fixed(toy::kFn_toy_gate_open,
                               wire::toy_gate_open_request(all_present(), ctx), {.flags = 0});
  wait_for_slot(9);
  EXPECT_EQ(server_.arena()[99], std::byte{0x5a});
}

TEST_F(SessionTest, APostedCallThatFailsGivesItsSlotBack) {
  const Bulk out = bulk(Space::kArena, 0, 64, 9);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(wire::Createtoy_job_start_request(
      builder, all_present(), marshal::make_id(toy::kType_toy_ctx, 1, 77, false), 1, 64, &out));
  server_.channel().post(toy::kFn_toy_job_start,
                         std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())),
                         {.flags = 0});
  wait_for_slot(9);
  EXPECT_LT(transport::completion_status(server_.region().completion(9).load()), 0);
}

TEST_F(SessionTest, AnOutputInASpillOutlivesTheGuestsFree) {
  const ObjectId ctx = make_ctx(TOY_FLAG_CHECKED);
  start_job(ctx, 0x5a, bulk(Space::kSpill, 3, 1 << 16, 9));
  server_.channel().post_fixed(marshal::kSpillFree, ava::wire::SpillRead(3, 0, 0), {.flags = 0});
  server_.channel().post_fixed(toy::kFn_toy_gate_open,
                               wire::toy_gate_open_request(all_present(), ctx), {.flags = 0});
  wait_for_slot(9);  // under ASan the job would have written freed memory
}

TEST_F(SessionTest, ABlockedWorkerBlocksNobodyElse) {
  const ObjectId ctx = make_ctx(TOY_FLAG_CHECKED);
  const ObjectId job = start_job(ctx, 1, bulk(Space::kInline, 0, 0));
  const uint64_t blocked = server_.channel(1).post_fixed(
      toy::kFn_toy_job_wait, wire::toy_job_wait_request(all_present(), job));
  for (uint32_t channel = 2; channel < 5; ++channel) {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(sum(ctx, channel), 0);
  }
  EXPECT_EQ(server_.channel(1).executed(), 0u);
  // The thread that opens the gate is another than the one that waits for it.
  server_.channel(2).post_fixed(toy::kFn_toy_gate_open,
                                wire::toy_gate_open_request(all_present(), ctx), {.flags = 0});
  EXPECT_EQ(server_.channel(1).wait(blocked).outcome, Outcome::kOk);
}

TEST_F(SessionTest, ACallWaitsForWhatItDependsOn) {
  const ObjectId ctx = make_ctx();
  const ObjectId gated = make_ctx(TOY_FLAG_CHECKED);
  const ObjectId job = start_job(gated, 1, bulk(Space::kInline, 0, 0));
  server_.channel(1).post_fixed(toy::kFn_toy_job_wait,
                                wire::toy_job_wait_request(all_present(), job), {.flags = 0});
  const uint64_t added = post_add(ctx, 7, 1);  // behind the wait
  const uint64_t dependent =
      server_.channel(2).post_fixed(toy::kFn_toy_sum, wire::toy_sum_request(all_present(), ctx),
                                    {.dependencies = {{1, 0, added}}});
  EXPECT_EQ(sum(ctx, 3), 0) << "unrelated calls go on";
  server_.channel(3).post_fixed(toy::kFn_toy_gate_open,
                                wire::toy_gate_open_request(all_present(), gated), {.flags = 0});
  EXPECT_EQ(server_.channel(2).wait(dependent).fixed<wire::toy_sum_reply>().sum(), 7);
}

TEST_F(SessionTest, TheEndReleasesAWorkerThatWaitsForADependency) {
  const ObjectId ctx = make_ctx();
  server_.channel(2).post_fixed(toy::kFn_toy_sum, wire::toy_sum_request(all_present(), ctx),
                                {.dependencies = {{1, 0, 4096}}});
  EXPECT_EQ(sum(ctx, 3), 0);
  // The fixture's destructor joins the workers.
}

TEST_F(SessionTest, ManyFramesWrapTheRingWithoutLosingOne) {
  const ObjectId ctx = make_ctx();
  int64_t expected = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 500; ++i, ++expected) post_add(ctx, 1);
    ASSERT_EQ(sum(ctx), expected);
  }
}

TEST_F(SessionTest, NonsenseFromTheRouterEndsTheSessionWithItsReason) {
  const std::vector<std::byte> nonsense(64, std::byte{0xff});
  server_.channel().post_nonsense(nonsense);
  const std::atomic<uint32_t>& end = server_.region().header().session_end;
  const int64_t deadline = now_ns() + 10 * kSecond;
  while (end.load() == 0 && now_ns() < deadline) std::this_thread::yield();
  EXPECT_EQ(end.load(), static_cast<uint32_t>(Error::kBadFrame));
}

TEST_F(SessionTest, ACallbackArrivesWithItsClosure) {
  const ObjectId ctx = make_ctx();
  post_add(ctx, 21);
  server_.channel().call_fixed(toy::kFn_toy_on_flush,
                               wire::toy_on_flush_request(all_present(), ctx, 77));
  server_.channel().call_fixed(toy::kFn_toy_flush, wire::toy_flush_request(all_present(), ctx));

  const Upcall upcall = next_upcall();
  EXPECT_EQ(upcall.header.closure, 77u);
  EXPECT_EQ(upcall.body.ctx(), ctx);
  EXPECT_EQ(upcall.body.sum(), 21);
}

TEST_F(SessionTest, AGuestThatReadsNoCallbacksHoldsUpNoCalls) {
  const ObjectId ctx = make_ctx();
  server_.channel().call_fixed(toy::kFn_toy_on_flush,
                               wire::toy_on_flush_request(all_present(), ctx, 77));
  const uint64_t records = transport::kUpcallCapacity / 32;  // more than the ring holds
  for (uint64_t i = 0; i < records; ++i) {
    server_.channel().call_fixed(toy::kFn_toy_flush, wire::toy_flush_request(all_present(), ctx));
  }
  EXPECT_EQ(sum(ctx), 0);
  // None is lost once the guest reads again.
  for (uint64_t i = 0; i < records; ++i) ASSERT_EQ(next_upcall().header.closure, 77u);
}

// A library whose objects cannot be asked about while it calls back.
std::mutex g_library;
int32_t locked_completion(void*) {
  const std::lock_guard lock(g_library);
  return 0;
}
constexpr Type kLockingTypes[] = {{"locked", nullptr, locked_completion, nullptr, nullptr}};
constexpr Module kLockingModule = {kModuleAbi, "locking", 0, kLockingTypes, {}, nullptr};

TEST(SessionCallbacks, ALibraryMayHoldItsLocksWhileItCallsBack) {
  ServerDouble server(kLockingModule);
  Session& session = server.session();
  constexpr uint32_t kSlot = 5;
  int object = 0;
  session.completions().add(&object, 1, kSlot, false, {});
  Closure* closure = session.upcalls().closure(77, true);
  {
    const std::lock_guard lock(g_library);
    Upcall upcall(closure, 0);
    upcall.send_fixed(wire::toy_callback_upcall(77, 0, 0));
  }
  transport::RingControl& control = server.region().upcall_control();
  transport::RingReader upcalls(control, server.region().upcall_bytes(), 0);
  std::byte bytes[64];
  while (!upcalls.try_read(bytes)) {
    const auto parked = transport::park_channel(upcalls);
    if (parked && *parked) transport::futex_park(control.consumer_parked, kSecond);
  }
  // What the callback may prove was said before.
  EXPECT_NE(server.region().completion(kSlot).load(), 0u);
}

// A module that does what generated code should not.
void serve_throwing(Call&) { throw std::runtime_error("from a native library"); }
void serve_silent(Call&) {}
void serve_too_large(Call& call) {
  uint8_t* bytes = nullptr;
  call.builder().CreateUninitializedVector(transport::kReplyCapacity * 2, &bytes);
}

constexpr Function kBadFunctions[] = {
    {"throwing", serve_throwing}, {"silent", serve_silent}, {"too_large", serve_too_large}};
constexpr Module kBadModule = {kModuleAbi, "bad", 0, {}, kBadFunctions, nullptr};

TEST(SessionBadModule, WhateverHappensTheGuestIsAnswered) {
  ServerDouble server(kBadModule);
  const auto outcome = [&](uint32_t row) {
    return server.channel()
        .call_fixed(marshal::kFirstApiFunction + row, wire::toy_null_request(0))
        .outcome;
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(outcome(0), Outcome::kExhausted);
    EXPECT_EQ(outcome(1), Outcome::kUnsupported);
    EXPECT_EQ(outcome(2), Outcome::kExhausted);
  }
}

// Small calls in the steady state: an object made, named in a table, and released.
FakeObject g_object;

void serve_make(Call& call) {
  g_object.references = 1;
  call.reply_fixed(call.id_of(&g_object, kCounted, true));
}
void serve_use(Call& call) {
  const auto id = call.fixed<wire::toy_sum_request>().ctx();
  void* object = call.object<void*>(id, kCounted);
  void** objects = call.out_objects<void*>(4, 1);
  if (call.failed()) return;
  objects[0] = object;
  const auto ids = call.ids_of(objects, 4, kCounted, false);
  const Bulk bulk(0, 64, static_cast<uint32_t>(Space::kInline), 0);
  const auto bytes = call.reply_bytes(&bulk, call.out(&bulk, 1), 64);
  call.reply_table(wire::Createtoy_run_request(call.builder(), 0, 0, bytes, nullptr, 0, ids));
}
void serve_release(Call& call) {
  const auto id = call.fixed<wire::toy_sum_request>().ctx();
  if (call.releases(id)) --g_object.references;
  call.settle(true);
  call.reply_fixed(guest::allocations());
}
constexpr Function kSteadyFunctions[] = {
    {"make", serve_make}, {"use", serve_use}, {"release", serve_release}};
constexpr Module kSteadyModule = {kModuleAbi, "steady", 0, kFakeTypes, kSteadyFunctions, nullptr};

TEST(SessionSteadyState, CallsAllocateNothing) {
  ServerDouble server(kSteadyModule);
  uint64_t allocations = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto call = [&](uint32_t row, ObjectId id) {
      return server.channel().call_fixed(marshal::kFirstApiFunction + row,
                                         wire::toy_sum_request(all_present(), id));
    };
    const auto id = call(0, 0).fixed<ObjectId>();
    ASSERT_EQ(call(1, id).outcome, Outcome::kOk);
    const auto so_far = call(2, id).fixed<uint64_t>();
    if (round == 1500) allocations = so_far;  // warm by now: a thousand indices are resting
    if (round >= 1500) {
      ASSERT_EQ(so_far, allocations) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace ava::server
