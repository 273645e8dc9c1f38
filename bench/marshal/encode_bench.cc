// What it costs to make a request and to check it: frames of the toy API, as its guest stubs encode
// them and as the router takes them apart. On one thread, in warm caches; no ring, no wake-up.
//
// The payload buffer plays the router's private copy: building it is not timed in the checks, and
// the checks do not change it.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "harness/micro.h"
#include "marshal/frame.h"
#include "router/module.h"
#include "toy_api.h"
#include "toy_generated.h"

extern "C" const ava::router::Module ava_router_module;

namespace {

using namespace ava;
using marshal::FrameHeader;

constexpr router::CheckContext kContext{.arena_size = uint64_t{1} << 30};
const marshal::ObjectId kCtx = marshal::make_id(toy::kType_toy_ctx, 1, 1, false);

// A request as a record's payload: header and body, 8-byte aligned.
class Payload {
 public:
  Payload(const void* body, uint64_t size) : words_((sizeof(FrameHeader) + size + 7) / 8) {
    FrameHeader header{};
    header.flags = marshal::kWantsReply;
    header.body_size = static_cast<uint32_t>(size);
    std::memcpy(words_.data(), &header, sizeof header);
    std::memcpy(words_.data() + sizeof header / 8, body, size);
    size_ = sizeof header + size;
  }
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)).first(size_); }

 private:
  std::vector<uint64_t> words_;
  uint64_t size_;
};

toy::wire::toy_add_request fixed_request() { return {0, kCtx, 0, 42}; }

void build_table(flatbuffers::FlatBufferBuilder& builder, const std::vector<uint8_t>& in) {
  builder.Clear();
  const wire::Bulk out(0, in.size(), 1, 0);
  const auto bytes = builder.CreateVector(in);
  builder.Finish(toy::wire::Createtoy_scale_request(
      builder, 0x18, kCtx, 1.5f, static_cast<uint32_t>(in.size() / sizeof(float)), bytes, nullptr,
      &out));
}

void BM_EncodeFixed(benchmark::State& state) {
  alignas(8) std::byte frame[sizeof(FrameHeader) + sizeof(toy::wire::toy_add_request)];
  for (auto _ : state) {
    FrameHeader header{};
    const auto request = fixed_request();
    header.body_size = sizeof request;
    std::memcpy(frame, &header, sizeof header);
    std::memcpy(frame + sizeof header, &request, sizeof request);
    benchmark::DoNotOptimize(frame);
  }
}
BENCHMARK(BM_EncodeFixed);

// range(0): inline input bytes.
void BM_EncodeTable(benchmark::State& state) {
  flatbuffers::FlatBufferBuilder builder(8192);
  const std::vector<uint8_t> in(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    build_table(builder, in);
    benchmark::DoNotOptimize(builder.GetBufferPointer());
  }
}
BENCHMARK(BM_EncodeTable)->Arg(16)->Arg(1024);

// What the router does to each copied frame: header, body's structure, every argument, cost.
void verify(benchmark::State& state, Payload payload, uint32_t number) {
  const router::Function& function =
      ava_router_module.functions[number - marshal::kFirstApiFunction];
  for (auto _ : state) {
    const auto frame = marshal::parse_frame(payload.bytes());
    if (!frame || function.check(frame->body, kContext).error != Error::kOk) {
      state.SkipWithError("the frame was refused");
      break;
    }
    benchmark::DoNotOptimize(function.cost(frame->body));
    benchmark::ClobberMemory();
  }
}

void BM_VerifyFixed(benchmark::State& state) {
  const auto request = fixed_request();
  verify(state, Payload(&request, sizeof request), toy::kFn_toy_add);
}
BENCHMARK(BM_VerifyFixed);

void BM_VerifyTable(benchmark::State& state) {
  flatbuffers::FlatBufferBuilder builder;
  build_table(builder, std::vector<uint8_t>(static_cast<size_t>(state.range(0))));
  verify(state, Payload(builder.GetBufferPointer(), builder.GetSize()), toy::kFn_toy_scale);
}
BENCHMARK(BM_VerifyTable)->Arg(16)->Arg(1024);

void conclude(const bench::Medians& medians, bench::Report& report) {
  const auto add = [&](const char* text, const char* name) {
    if (const auto value = medians.find(name)) report.add({"", text, *value, "ns"});
  };
  add("encode a fixed struct", "BM_EncodeFixed");
  add("encode a table, 16 bytes inline", "BM_EncodeTable/16");
  add("encode a table, 1 KiB inline", "BM_EncodeTable/1024");
  add("parse and check a fixed struct", "BM_VerifyFixed");
  add("parse and check a table, 16 bytes inline", "BM_VerifyTable/16");
  add("parse and check a table, 1 KiB inline", "BM_VerifyTable/1024");
}

}  // namespace

int main(int argc, char** argv) {
  return ava::bench::run_micro(argc, argv, "Marshalling: toy_add (fixed) and toy_scale (table)",
                               conclude);
}
