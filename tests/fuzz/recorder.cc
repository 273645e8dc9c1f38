// A router module that stands before an API's own and writes the calls that come by as a seed of
// that API's fuzzer (record.py). All that a guest could tell is in it: the frames' headers, too.
//
//   AVA_RECORD_MODULE   the API's router module
//   AVA_RECORD_DOUBLE   its double, which knows what requests consist of
//   AVA_RECORD_FILE     the seed
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>

#include "base/export.h"
#include "marshal/frame.h"
#include "router/module.h"
#include "tests/fuzz/calls.h"

namespace ava::fuzz {
namespace {

// A seed is small: no long program, and none of its largest calls.
constexpr size_t kMaxCalls = 100;
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

// Memory that the library allocated to be mirrored lies elsewhere than the double's: each address
// in a request is replaced by the one that the double's has. Replies are not seen here, so that an
// unknown address is taken for the beginning of what was allocated first and not used so far.
class Mirrors {
 public:
  void translate(std::vector<std::byte>& body, const Request& request) {
    if (request.mirrors != 0) {
      const uint64_t size = number_in(body, request, request.mirrors);
      if (size != 0 && size < kMirrorRoom) unused_.push_back(size);
      return;
    }
    for (size_t at = 0; at + sizeof(uint64_t) <= body.size(); at += sizeof(uint32_t)) {
      uint64_t word = 0;
      std::memcpy(&word, body.data() + at, sizeof word);
      if (word < kLowest || word >= kHighest) continue;
      if (!replace(word, request.unmirrors)) continue;
      std::memcpy(body.data() + at, &word, sizeof word);
    }
  }

 private:
  struct Mirror {
    uint64_t address, size;
  };
  // Between these are addresses of Linux processes, heaps and mappings, and hardly anything else.
  static constexpr uint64_t kLowest = uint64_t{0x5500} << 32;
  static constexpr uint64_t kHighest = uint64_t{0x8000} << 32;

  bool replace(uint64_t& word, bool ends) {
    auto at = std::find_if(known_.begin(), known_.end(), [&](const Mirror& mirror) {
      return word >= mirror.address && word - mirror.address < mirror.size;
    });
    if (at == known_.end()) {
      if (unused_.empty()) return false;
      at = known_.insert(at, {word, unused_.front()});
      unused_.pop_front();
    }
    const uint64_t offset = word - at->address;
    word = kMirrors + static_cast<uint64_t>(at - known_.begin()) * kMirrorRoom + offset;
    if (ends) at->size = 0;  // the next there is another one
    return true;
  }

  std::vector<Mirror> known_;
  std::deque<uint64_t> unused_;  // sizes
};

void record(size_t row, std::span<const std::byte> body) {
  static std::mutex mutex;
  static size_t calls = 0;
  static const Api& api = symbol<Api>("AVA_RECORD_DOUBLE", "ava_fuzz_api");
  static Mirrors mirrors;
  const std::lock_guard lock(mutex);
  const marshal::FrameHeader* header = header_of(body);
  if (header == nullptr || calls == kMaxCalls) return;
  std::vector<uint8_t> bytes;
  if (calls == 0) bytes.push_back(1);  // the dice
  Call call{marshal::kFirstApiFunction + static_cast<uint32_t>(row),
            0,
            (header->flags & marshal::kWantsReply) != 0,
            header->first_new_id,
            header->new_id_count,
            {body.begin(), body.end()}};
  mirrors.translate(call.body, api.requests[row]);
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
