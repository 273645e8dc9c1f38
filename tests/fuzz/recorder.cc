// A router module that stands before an API's own and writes the calls that come by as a seed of
// that API's fuzzer (record.py). All that a guest could tell is in it: the frames' headers, too.
//
//   AVA_RECORD_MODULE   the API's router module
//   AVA_RECORD_DOUBLE   its double, which knows what requests consist of
//   AVA_RECORD_FILE     the seed
#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/export.h"
#include "marshal/frame.h"
#include "router/module.h"
#include "tests/fuzz/calls.h"

namespace ava::fuzz {
namespace {

// A seed is small: no long program, and none of its largest calls.
constexpr size_t kMaxCalls = 80;
constexpr size_t kMaxCallBytes = 1500;
constexpr size_t kMaxRows = 512;

template <typename T>
const T& symbol(const char* library, const char* name) {
  void* handle = ::dlopen(std::getenv(library), RTLD_NOW | RTLD_LOCAL);
  void* found = handle == nullptr ? nullptr : ::dlsym(handle, name);
  if (found == nullptr) {
    std::fprintf(stderr, "recorder: %s: %s\n", library, ::dlerror());
    std::abort();
  }
  return *static_cast<const T*>(found);
}

const router::Module& real() {
  static const auto& module = symbol<router::Module>("AVA_RECORD_MODULE", AVA_ROUTER_MODULE_SYMBOL);
  return module;
}

// The header that precedes a body in its payload, behind which there are up to four dependencies.
const marshal::FrameHeader* header_of(std::span<const std::byte> body) {
  for (size_t count = 0; count <= marshal::kMaxDependencies; ++count) {
    const auto* header = reinterpret_cast<const marshal::FrameHeader*>(
        body.data() - count * sizeof(marshal::Dependency) - sizeof(marshal::FrameHeader));
    if (header->dependency_count == count && header->body_size == body.size()) return header;
  }
  return nullptr;
}

void record(size_t row, std::span<const std::byte> body) {
  static std::mutex mutex;
  static size_t calls = 0;
  static const Api& api = symbol<Api>("AVA_RECORD_DOUBLE", "ava_fuzz_api");
  const std::lock_guard lock(mutex);
  const marshal::FrameHeader* header = header_of(body);
  if (header == nullptr || calls == kMaxCalls) return;
  std::vector<uint8_t> bytes;
  if (calls == 0) bytes.push_back(1);  // the dice
  const Call call{marshal::kFirstApiFunction + static_cast<uint32_t>(row),
                  0,
                  (header->flags & marshal::kWantsReply) != 0,
                  header->first_new_id,
                  header->new_id_count,
                  {body.begin(), body.end()}};
  if (!append_call(call, api, bytes) || bytes.size() > kMaxCallBytes) return;
  std::FILE* file = std::fopen(std::getenv("AVA_RECORD_FILE"), "ab");
  if (file == nullptr) return;
  std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::fclose(file);
  ++calls;
}

// Checks know no closure: a function for each row.
template <size_t row>
router::CheckResult check(std::span<const std::byte> body,
                          const router::CheckContext& context) noexcept {
  const router::CheckResult result = real().functions[row].check(body, context);
  if (result.error == Error::kOk) record(row, body);
  return result;
}

using Rows = std::array<router::Function, kMaxRows>;

template <size_t... rows>
Rows make(std::index_sequence<rows...>) {
  constexpr decltype(router::Function::check) kChecks[] = {check<rows>...};
  Rows all{};
  const auto functions = real().functions;
  for (size_t row = 0; row < functions.size() && row < kMaxRows; ++row) {
    all[row] = functions[row];
    all[row].check = kChecks[row];
  }
  return all;
}

const Rows kRows = make(std::make_index_sequence<kMaxRows>());

}  // namespace
}  // namespace ava::fuzz

extern "C" AVA_EXPORT const ava::router::Module ava_router_module;
const ava::router::Module ava_router_module = {
    ava::fuzz::real().abi, ava::fuzz::real().api, ava::fuzz::real().wire_hash,
    std::span(ava::fuzz::kRows).first(ava::fuzz::real().functions.size())};
