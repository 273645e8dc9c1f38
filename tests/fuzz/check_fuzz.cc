// The input is what a guest sent: a function's number and a frame. It goes through what the router
// does with its private copy: the frame's parser, the toy API's generated checks, and, where those
// pass, the cost model.
//
//   byte 0   function, from the API's first
//   byte 1   0: the rest is the whole payload; else the rest is patches to a genuine frame:
//            {offset 16, value 8} each
#include <vector>

#include "marshal/frame.h"
#include "router/module.h"
#include "tests/fuzz/fuzz.h"
#include "toy_api.h"
#include "toy_generated.h"

extern "C" const ava::router::Module ava_router_module;

namespace {

using namespace ava;
using marshal::FrameHeader;
namespace w = toy::wire;

const marshal::ObjectId kCtx = marshal::make_id(toy::kType_toy_ctx, 1, 1, false);

std::vector<std::byte> frame_of(const void* body, size_t size) {
  FrameHeader header{};
  header.body_size = static_cast<uint32_t>(size);
  std::vector<std::byte> payload(sizeof header + size);
  std::memcpy(payload.data(), &header, sizeof header);
  std::memcpy(payload.data() + sizeof header, body, size);
  return payload;
}

// Two nodes, of which one leads to a text and both to the first.
std::vector<uint8_t> nodes() {
  toy_node list[2] = {};
  list[0].kind = TOY_TEXT;
  list[0].value.text = reinterpret_cast<const char*>(marshal::make_place(2, 0));
  list[1].next = list[0].next = reinterpret_cast<const toy_node*>(marshal::make_place(1, 0));
  list[1].ctx = reinterpret_cast<toy_ctx>(kCtx);
  const uint64_t count = 2;
  const marshal::GraphObject objects[] = {{toy::kShape_struct_toy_node, 0, sizeof list},
                                          {toy::kShape_string, 0, 5}};
  std::vector<uint8_t> graph(sizeof count + sizeof objects + sizeof list);
  std::memcpy(graph.data(), &count, sizeof count);
  std::memcpy(graph.data() + sizeof count, objects, sizeof objects);
  std::memcpy(graph.data() + sizeof count + sizeof objects, list, sizeof list);
  return graph;
}

// A genuine request of each function that takes a table; of the others, one of the right size.
std::vector<std::byte> genuine_frame(uint32_t function) {
  flatbuffers::FlatBufferBuilder builder;
  const std::vector<uint8_t> bytes(16, 0);
  const std::vector<uint64_t> words(2, kCtx);
  const std::vector<uint64_t> sizes = {5, 11};
  const ava::wire::Bulk in_arena(64, 16, 2, 0);
  const ava::wire::Bulk in_reply(0, 16, 1, 0);
  switch (function) {
    case toy::kFn_toy_ctx_info:
      builder.Finish(w::Createtoy_ctx_info_request(builder, 0x18, kCtx, 1, 16, &in_reply));
      break;
    case toy::kFn_toy_scale:
      builder.Finish(w::Createtoy_scale_request(builder, 0x18, kCtx, 2.0f, 4,
                                                builder.CreateVector(bytes), nullptr, &in_arena));
      break;
    case toy::kFn_toy_run:
      builder.Finish(w::Createtoy_run_request(builder, 0xa, kCtx, builder.CreateVector(bytes),
                                              nullptr, 2, builder.CreateVector(words)));
      break;
    case toy::kFn_toy_join:
      builder.Finish(w::Createtoy_join_request(builder, 0x1c, kCtx, 2, builder.CreateVector(bytes),
                                               nullptr, builder.CreateVector(sizes),
                                               builder.CreateVector(bytes), nullptr));
      break;
    case toy::kFn_toy_job_start:
      builder.Finish(w::Createtoy_job_start_request(builder, 0x18, kCtx, 1, 16, &in_arena));
      break;
    case toy::kFn_toy_hash_nodes: {
      const std::vector<uint8_t> graph = nodes();
      builder.Finish(w::Createtoy_hash_nodes_request(builder, 0x6, 2, builder.CreateVector(graph),
                                                     builder.CreateVector(bytes), nullptr));
      break;
    }
    case toy::kFn_toy_null: {
      const w::toy_null_request request(0);
      return frame_of(&request, sizeof request);
    }
    case toy::kFn_toy_add: {
      const w::toy_add_request request(0, kCtx, 0, 1);
      return frame_of(&request, sizeof request);
    }
    default: {
      const uint64_t body[] = {0, kCtx, 0};
      return frame_of(body, sizeof(w::toy_ctx_release_request));
    }
  }
  return frame_of(builder.GetBufferPointer(), builder.GetSize());
}

std::vector<std::byte> payload_of(fuzz::Input& input, uint32_t function) {
  if (input.number<uint8_t>() == 0) {
    const auto rest = input.all();
    return {rest.begin(), rest.end()};
  }
  std::vector<std::byte> payload = genuine_frame(function);
  while (!input.empty()) {
    const size_t at = input.number<uint16_t>() % payload.size();
    payload[at] = input.number<std::byte>();
  }
  return payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const auto& functions = ava_router_module.functions;
  const uint32_t row = input.number<uint8_t>() % static_cast<uint32_t>(functions.size());
  std::vector<std::byte> payload = payload_of(input, marshal::kFirstApiFunction + row);

  const auto frame = marshal::parse_frame(payload);
  if (!frame) return 0;
  const router::CheckContext context{.arena_size = 1 << 20};
  const router::CheckResult result = functions[row].check(frame->body, context);
  FUZZ_CHECK(result.parameter == router::kNoParameter ||
             result.parameter < functions[row].parameters.size());
  if (result.error == Error::kOk) functions[row].cost(frame->body);
  return 0;
}
