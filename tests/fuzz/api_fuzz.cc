// An API's decoders, one after the other as a call meets them: the input's calls (calls.h) go
// through the router's checks, and what those let through is executed by the server, with all its
// threads, on a library (double.h) that touches whatever it is entitled to. The generated modules
// of one API are linked in.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>

#include "router/check.h"
#include "router/frame_check.h"
#include "router/function_table.h"
#include "tests/fuzz/calls.h"
#include "tests/server/server_double.h"

extern "C" const ava::router::Module ava_router_module;
extern "C" const ava::server::Module ava_server_module;

namespace {

using namespace ava;

// Calls of one input; what comes behind them costs time and shows nothing new.
constexpr int kCalls = 100;

// The library in the native one's place. It lies beside this program and says that its name is the
// native one's, by which the server's module finds what is loaded already.
struct Library {
  Library() {
    testing::FLAGS_gtest_break_on_failure = true;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const std::string path = folder / ("lib" + std::string(ava_server_module.api) + "_double.so");
    handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    std::string why;
    FUZZ_CHECK(handle != nullptr && ava_server_module.load(why));
    find("ava_fuzz_api", api);
    find("ava_fuzz_begin", begin);
    find("ava_fuzz_refuse", refuse);
    find("ava_fuzz_finish", finish);
  }

  template <typename T>
  void find(const char* name, T*& symbol) {
    symbol = reinterpret_cast<T*>(::dlsym(handle, name));
    FUZZ_CHECK(symbol != nullptr);
  }

  void* handle = nullptr;
  const fuzz::Api* api = nullptr;
  decltype(&ava_fuzz_begin) begin = nullptr;
  decltype(&ava_fuzz_refuse) refuse = nullptr;
  decltype(&ava_fuzz_finish) finish = nullptr;
};

std::vector<std::byte> payload_of(const fuzz::Call& call) {
  marshal::FrameHeader header{};
  header.flags = call.wants_reply ? marshal::kWantsReply : 0;
  header.body_size = static_cast<uint32_t>(call.body.size());
  header.first_new_id = call.first_new_id;
  header.new_id_count = call.new_ids;
  std::vector<std::byte> payload(sizeof header + call.body.size());
  std::memcpy(payload.data(), &header, sizeof header);
  if (!call.body.empty()) {
    std::memcpy(payload.data() + sizeof header, call.body.data(), call.body.size());
  }
  return payload;
}

// What the router makes of it. False: it ends the session.
bool is_passed_on(uint32_t number, const marshal::Frame& frame) {
  static const router::FunctionTable functions(ava_router_module);
  const router::Function* function = functions.find(number);
  if (function == nullptr || router::check_header(frame) != Error::kOk) return false;
  const router::FrameFinding finding =
      router::check_frame(frame, *function, {.arena_size = fuzz::kArena});
  FUZZ_CHECK(finding.parameter == router::kNoParameter || number < marshal::kFirstApiFunction ||
             finding.parameter < function->parameters.size());
  return finding.error == Error::kOk;
}

// Waits until the server is through with it, or ended. A callback that the library waits for
// returns at once.
void execute(server::ServerDouble& server, const fuzz::Call& call, const marshal::Frame& frame) {
  server::ChannelDouble& channel = server.channel(call.channel);
  const uint64_t position = channel.post(call.function, *frame.header, frame.body);
  server::KeptObjects& kept = server.session().kept_objects();
  while (channel.executed() < position && !server.session().ended()) {
    if (const uint64_t ticket = kept.awaited()) kept.done(ticket);
    ::sched_yield();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Library library;
  fuzz::Input input(data, size);
  library.begin(input.number<uint8_t>());
  server::ServerDouble server(ava_server_module);
  for (int left = kCalls; left > 0 && !input.empty() && !server.session().ended(); --left) {
    const fuzz::Call call = fuzz::next_call(input, *library.api);
    // As large as it is, so that reading behind it shows.
    std::vector<std::byte> payload = payload_of(call);
    const auto frame = marshal::parse_frame(payload);
    if (!frame || payload.size() > marshal::kMaxFrame) continue;
    if (!is_passed_on(call.function, *frame)) continue;
    library.refuse(fuzz::lacks_bytes(call.function, frame->body, *library.api));
    execute(server, call, *frame);
  }
  library.finish();
  return 0;
}
