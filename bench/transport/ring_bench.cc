// One record written and read back on this thread: each ring's own cost, with no wake-up, no second
// core, no marshalling. The caches are warm, which flatters all of them alike.
#include <benchmark/benchmark.h>

#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <vector>

#include "harness/micro.h"
#include "transport/raw_ring.h"
#include "transport/ring.h"

namespace {

using namespace ava;
using transport::kRingCapacity;

// Records of which a whole number fits in the ring, so that none wraps: sizes are payload bytes.
constexpr int64_t kSizes[] = {24, 56, 120, 504, 4088};

struct Memory {
  transport::RingControl control{};
  alignas(64) std::byte bytes[kRingCapacity] = {};
};

void set_rates(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
}

// What the router does with each frame: positions in private memory, the peer's checked, the
// payload copied out.
void BM_HardenedRing(benchmark::State& state) {
  const auto memory = std::make_unique<Memory>();
  transport::RingWriter writer(memory->control, memory->bytes, 0);
  transport::RingReader reader(memory->control, memory->bytes, 0);
  const std::vector<std::byte> payload(static_cast<size_t>(state.range(0)));
  std::vector<std::byte> scratch(4096);
  for (auto _ : state) {
    benchmark::DoNotOptimize(writer.try_write(7, payload, {}));
    benchmark::DoNotOptimize(reader.try_read(scratch));
    benchmark::ClobberMemory();
  }
  set_rates(state);
}

// The same copies without the checks.
void BM_RawRing(benchmark::State& state) {
  const auto memory = std::make_unique<Memory>();
  bench::RawRing ring(memory->control, memory->bytes);
  const std::vector<std::byte> payload(static_cast<size_t>(state.range(0)));
  std::vector<std::byte> scratch(4096);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ring.write(7, payload));
    benchmark::DoNotOptimize(ring.read(scratch));
    benchmark::ClobberMemory();
  }
  set_rates(state);
}

// One copy less: the reader looks at the record where it lies.
void BM_RawRingInPlace(benchmark::State& state) {
  const auto memory = std::make_unique<Memory>();
  bench::RawRing ring(memory->control, memory->bytes);
  const std::vector<std::byte> payload(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(ring.write(7, payload));
    benchmark::DoNotOptimize(ring.read_in_place(
        [](std::span<const std::byte> bytes) { benchmark::DoNotOptimize(bytes.front()); }));
    benchmark::ClobberMemory();
  }
  set_rates(state);
}

// Elements of one fixed size each, indices in the shared object, inlined.
template <size_t Size>
void BM_BoostSpscQueue(benchmark::State& state) {
  struct Element {
    transport::RecordHeader header;
    std::byte payload[Size];
  };
  boost::lockfree::spsc_queue<Element> queue(kRingCapacity / sizeof(Element));
  const auto in = std::make_unique<Element>();
  const auto out = std::make_unique<Element>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(queue.push(*in));
    benchmark::DoNotOptimize(queue.pop(*out));
    benchmark::ClobberMemory();
  }
  set_rates(state);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t size : kSizes) bench->Arg(size);
}
BENCHMARK(BM_HardenedRing)->Apply(sizes);
BENCHMARK(BM_RawRing)->Apply(sizes);
BENCHMARK(BM_RawRingInPlace)->Apply(sizes);
BENCHMARK(BM_BoostSpscQueue<24>)->Name("BM_BoostSpscQueue")->Arg(24);
BENCHMARK(BM_BoostSpscQueue<56>)->Name("BM_BoostSpscQueue")->Arg(56);
BENCHMARK(BM_BoostSpscQueue<120>)->Name("BM_BoostSpscQueue")->Arg(120);
BENCHMARK(BM_BoostSpscQueue<504>)->Name("BM_BoostSpscQueue")->Arg(504);
BENCHMARK(BM_BoostSpscQueue<4088>)->Name("BM_BoostSpscQueue")->Arg(4088);

void conclude(const bench::Medians& medians, bench::Report& report) {
  for (const int64_t size : kSizes) {
    const std::string bytes = std::to_string(size);
    const auto find = [&](const char* name) {
      return medians.find(std::string(name).append("/").append(bytes));
    };
    const auto hardened = find("BM_HardenedRing");
    if (!hardened) continue;
    report.add({bytes + " bytes", "hardened", *hardened, "ns"});
    // Defences cost the same at any size, but for the copy, which is one, too: a record of a cache
    // line is what the goal means, and past that the copy is what the size costs.
    const auto compare = [&](const char* name, const char* text, bool judged) {
      const auto other = find(name);
      if (!other) return;
      report.add({bytes + " bytes", std::string("hardened - ") + text, *hardened - *other, "ns",
                  judged ? bench::Bound::kAtMost : bench::Bound::kNone, 3});
    };
    compare("BM_RawRing", "raw, copying out", size <= 504);
    compare("BM_RawRingInPlace", "raw, in place", size <= 56);
    compare("BM_BoostSpscQueue", "boost spsc_queue", false);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return ava::bench::run_micro(argc, argv, "Rings: a record written and read back, one thread",
                               conclude);
}
