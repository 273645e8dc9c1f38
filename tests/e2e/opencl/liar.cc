// A client without guest library that lies about how many bytes there are where only the server can
// know: pixels, rectangles, and memory that it shares with the server's library. Prints a line for
// each lie, "refused" where the server did; between them, an honest call must work.
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "marshal/bulk.h"
#include "opencl_api.h"
#include "opencl_generated.h"
#include "raw_client.h"

namespace ava::opencl {
namespace {

using ava::wire::Box;
using ava::wire::Bulk;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::Vector;
using marshal::Outcome;

constexpr uint64_t kSide = 512;  // of the image; its pixels have four bytes
using Triple = std::array<uint64_t, 3>;
constexpr Triple kOrigin = {0, 0, 0};
constexpr Triple kRegion = {kSide, kSide, 1};

template <typename T>
Offset<Vector<uint8_t>> bytes(FlatBufferBuilder& builder, const T& value) {
  return builder.CreateVector(reinterpret_cast<const uint8_t*>(&value), sizeof value);
}
constexpr uint64_t present(std::initializer_list<unsigned> parameters) {
  uint64_t bits = 0;
  for (const unsigned parameter : parameters) bits |= uint64_t{1} << parameter;
  return bits;
}
Bulk place(marshal::Space space, uint64_t offset, uint64_t size) {
  return {offset, size, static_cast<uint32_t>(space), 0};
}

class Liar {
 public:
  Liar() : client_(kApi, kWireHash) {
    const wire::clGetPlatformIDs_request platforms(present({1}), 1);
    call(kFn_clGetPlatformIDs, platforms);
    const uint64_t platform = table<wire::clGetPlatformIDs_reply>().platforms()->Get(0);
    const wire::clGetDeviceIDs_request devices(present({3}), platform, CL_DEVICE_TYPE_ALL, 1);
    call(kFn_clGetDeviceIDs, devices);
    const uint64_t device = table<wire::clGetDeviceIDs_reply>().devices()->Get(0);
    FlatBufferBuilder builder;
    const auto list = builder.CreateVector(&device, 1);
    call(kFn_clCreateContext, builder,
         wire::CreateclCreateContext_request(builder, present({2, 5}), 0, 1, list, 0));
    context_ = fixed<wire::clCreateContext_reply>().ret();
    const wire::clCreateCommandQueue_request queue(present({3}), context_, device, 0);
    call(kFn_clCreateCommandQueue, queue);
    queue_ = fixed<wire::clCreateCommandQueue_reply>().ret();
    image_ = create_image(0, 0);
    builder.Clear();
    call(kFn_clCreateBuffer, builder,
         wire::CreateclCreateBuffer_request(builder, present({4}), context_, 0, 1 << 20, 0, 0));
    buffer_ = fixed<wire::clCreateBuffer_reply>().ret();
    if (context_ == 0 || queue_ == 0 || image_ == 0 || buffer_ == 0) {
      throw std::runtime_error("an honest call failed");
    }
  }

  void lie() {
    const auto arena = marshal::Space::kArena;
    const auto missing = marshal::Space::kMissing;
    const uint64_t whole = kSide * kSide * 4;
    say("honest read", read(kRegion, 0, 0, place(arena, 0, whole)));
    say("a byte too little", read(kRegion, 0, 0, place(arena, 0, whole - 1)));
    say("inline", read(kRegion, 0, 0, place(marshal::Space::kInline, 0, 16)));
    say("rows apart", read(kRegion, kSide * 4 + 64, 0, place(arena, 0, whole)));
    say("rows apart in nothing", read(kRegion, kSide * 8, 0, place(missing, 0, whole * 2)));
    say("no region", read(std::nullopt, 0, 0, place(arena, 0, 16)));
    say("a region that changes", read(kRegion, 0, 0, place(arena, 0, whole), true));
    say("honest write", write(whole));
    say("a short write", write(whole - 1));
    say("honest rectangle", rectangle({0, 0, 0}, 4096));
    say("a short rectangle", rectangle({0, 0, 0}, 4095));
    say("a rectangle elsewhere", rectangle({1 << 20, 0, 0}, 4096));
    say("a rectangle far away", rectangle({UINT64_MAX - 64, 0, 0}, 4096));
    say("honest pixels", image_of(CL_MEM_COPY_HOST_PTR, whole));
    say("too few pixels", image_of(CL_MEM_COPY_HOST_PTR, whole - 4));
    say("pixels to keep", image_of(CL_MEM_USE_HOST_PTR, whole));
    say("honest mapping", map({kSide * 4, kSide, 1, kSide * 4, whole}, whole));
    say("a mapping of more rows", map({kSide * 4, 2 * kSide, 1, kSide * 4, 2 * whole}, 2 * whole));
    say("a mapping of longer rows", map({kSide * 8, kSide, 1, kSide * 8, 2 * whole}, 2 * whole));
    say("a mapping of other rows", map({whole, 1, 1, whole, whole}, whole));
    say("a mapping into less", map({kSide * 4, kSide, 1, kSide * 4, whole}, whole - 1));
    lie_about_shared_memory();
  }

  // Addresses of the server's own, which no request may name.
  void lie_about_shared_memory() {
    constexpr uint64_t kSize = 4096;
    const uint64_t memory = allocate(0, kSize);
    if (memory == 0) throw std::runtime_error("no shared memory");
    const uint64_t elsewhere = memory + (uint64_t{1} << 32);
    const Bulk all = place(marshal::Space::kMirrored, memory, kSize);
    const Bulk foreign = place(marshal::Space::kMirrored, elsewhere, kSize);
    const Bulk beyond = place(marshal::Space::kMirrored, memory + 1, kSize);
    const Bulk arena = place(marshal::Space::kArena, 0, kSize);
    say("honest fill", fill(memory, kSize));
    say("a fill beyond", fill(memory + 4, kSize));
    say("a fill elsewhere", fill(elsewhere, 4));
    say("a fill before", fill(memory - 4, 4));
    say("a fill of everything", fill(memory, UINT64_MAX - 3));
    say("honest copy", copy(arena, all));
    say("a copy from elsewhere", copy(arena, foreign));
    say("a copy to elsewhere", copy(foreign, arena));
    say("a copy from beyond", copy(arena, beyond));
    say("a copy to beyond", copy(beyond, arena));
    say("a view of what lies beyond", show(memory, kSize + 1));
    say("a view of what lies elsewhere", show(elsewhere, 16));
    say("the end of a view elsewhere", hide(elsewhere));
    say("a list that leads elsewhere", migrate({memory, elsewhere}));
    say("a buffer over what lies elsewhere", buffer_over(foreign));
    say("a buffer over what lies beyond", buffer_over(beyond));
    say("a buffer over the arena", buffer_over(arena));
    say("the end of a part", free(memory + 8));
    say("the end of what is elsewhere", free(elsewhere));
    say("honest end", free(memory));
    say("another end", free(memory));
    say("a fill of what has ended", fill(memory, 4));
  }

 private:
  using MaybeTriple = std::optional<Triple>;

  void say(const char* what, const std::string& how) {
    std::printf("%s: %s\n", what, how.c_str());
    if (client_.ended()) throw std::runtime_error("the session ended");
    if (read(kRegion, 0, 0, place(marshal::Space::kArena, 0, kSide * kSide * 4)) != "0") {
      throw std::runtime_error("an honest call failed");
    }
  }

  std::string read(MaybeTriple region, uint64_t row_pitch, uint64_t slice_pitch, const Bulk& to,
                   bool in_arena = false) {
    FlatBufferBuilder builder;
    const auto origin = bytes(builder, kOrigin);
    const bool inline_region = region && !in_arena;
    const auto region_bytes = inline_region ? bytes(builder, *region) : 0;
    const Bulk moved = place(marshal::Space::kArena, 0, sizeof(Triple));
    const std::string how = call(
        kFn_clEnqueueReadImage, builder,
        wire::CreateclEnqueueReadImage_request(
            builder, region ? present({3, 4, 7}) : present({3, 7}), queue_, image_, 1, origin,
            nullptr, region_bytes, in_arena ? &moved : nullptr, row_pitch, slice_pitch, &to, 0, 0));
    return how.empty() ? std::to_string(table<wire::clEnqueueReadImage_reply>().ret()) : how;
  }

  std::string write(uint64_t size) {
    FlatBufferBuilder builder;
    const auto origin = bytes(builder, kOrigin);
    const auto region = bytes(builder, kRegion);
    const Bulk from = place(marshal::Space::kArena, 0, size);
    const std::string how = call(kFn_clEnqueueWriteImage, builder,
                                 wire::CreateclEnqueueWriteImage_request(
                                     builder, present({3, 4, 7}), queue_, image_, 1, origin,
                                     nullptr, region, nullptr, 0, 0, 0, &from, 0, 0));
    return how.empty() ? std::to_string(fixed<wire::clEnqueueWriteImage_reply>().ret()) : how;
  }

  std::string rectangle(const Triple& host_origin, uint64_t size) {
    FlatBufferBuilder builder;
    const auto from = bytes(builder, kOrigin);
    const auto origin = bytes(builder, host_origin);
    const auto region = bytes(builder, Triple{64, 64, 1});
    const Bulk to = place(marshal::Space::kArena, 0, size);
    const std::string how =
        call(kFn_clEnqueueReadBufferRect, builder,
             wire::CreateclEnqueueReadBufferRect_request(builder, present({3, 4, 5, 10}), queue_,
                                                         buffer_, 1, from, nullptr, origin, nullptr,
                                                         region, nullptr, 0, 0, 0, 0, &to, 0, 0));
    return how.empty() ? std::to_string(table<wire::clEnqueueReadBufferRect_reply>().ret()) : how;
  }

  uint64_t create_image(uint64_t flags, uint64_t size) {
    const std::string how = image_of(flags, size);
    return how == "0" ? fixed<wire::clCreateImage_reply>().ret() : 0;
  }

  std::string image_of(uint64_t flags, uint64_t size) {
    FlatBufferBuilder builder;
    const auto format = bytes(builder, cl_image_format{CL_RGBA, CL_UNORM_INT8});
    struct {
      uint64_t objects = 1;
      marshal::GraphObject object{kShape_struct_cl_image_desc, 0, sizeof(cl_image_desc)};
      cl_image_desc desc{};
    } graph;
    cl_image_desc& desc = graph.desc;
    desc.image_type = CL_MEM_OBJECT_IMAGE2D;
    desc.image_width = desc.image_height = kSide;
    const auto description = bytes(builder, graph);
    const Bulk pixels = place(marshal::Space::kArena, 0, size);
    const std::string how =
        call(kFn_clCreateImage, builder,
             wire::CreateclCreateImage_request(
                 builder, size != 0 ? present({2, 3, 4, 5}) : present({2, 3, 5}), context_, flags,
                 format, nullptr, description, 0, nullptr, 0, size != 0 ? &pixels : nullptr));
    return how.empty() ? std::to_string(fixed<wire::clCreateImage_reply>().errcode_ret()) : how;
  }

  std::string map(const Box& box, uint64_t room) {
    FlatBufferBuilder builder;
    const auto origin = bytes(builder, kOrigin);
    const auto region = bytes(builder, kRegion);
    const Bulk to(0, room, static_cast<uint32_t>(marshal::Space::kArena), ++slot_);
    const std::string how =
        call(kFn_clEnqueueMapImage, builder,
             wire::CreateclEnqueueMapImage_request(builder, present({4, 5, 6, 7, 11}), queue_,
                                                   image_, 1, CL_MAP_READ, origin, nullptr, region,
                                                   nullptr, 0, 0, &box, &to));
    return how.empty() ? std::to_string(fixed<wire::clEnqueueMapImage_reply>().errcode_ret()) : how;
  }

  uint64_t allocate(uint64_t flags, uint64_t size) {
    const wire::clSVMAlloc_request request(0, context_, flags, size, 0);
    return call(kFn_clSVMAlloc, request).empty() ? fixed<wire::clSVMAlloc_reply>().ret() : 0;
  }

  std::string free(uint64_t address) {
    const wire::clSVMFree_request request(present({1}), context_, address);
    const std::string how = call(kFn_clSVMFree, request);
    return how.empty() ? "0" : how;
  }

  std::string fill(uint64_t address, uint64_t size) {
    FlatBufferBuilder builder;
    const auto pattern = bytes(builder, uint32_t{7});
    const std::string how =
        call(kFn_clEnqueueSVMMemFill, builder,
             wire::CreateclEnqueueSVMMemFill_request(builder, present({1, 2}), queue_, address,
                                                     pattern, nullptr, 4, size, 0, 0));
    return how.empty() ? std::to_string(fixed<wire::clEnqueueSVMMemFill_reply>().ret()) : how;
  }

  std::string copy(const Bulk& to, const Bulk& from) {
    FlatBufferBuilder builder;
    const std::string how =
        call(kFn_clEnqueueSVMMemcpy, builder,
             wire::CreateclEnqueueSVMMemcpy_request(builder, present({2, 3}), queue_, 1, &to, 0,
                                                    &from, from.size(), 0, 0));
    return how.empty() ? std::to_string(table<wire::clEnqueueSVMMemcpy_reply>().ret()) : how;
  }

  std::string show(uint64_t address, uint64_t size) {
    FlatBufferBuilder builder;
    const Box box(size, 1, 1, size, size);
    const Bulk to(0, size, static_cast<uint32_t>(marshal::Space::kArena), ++slot_);
    const std::string how =
        call(kFn_clEnqueueSVMMap, builder,
             wire::CreateclEnqueueSVMMap_request(builder, present({3}), queue_, 1, CL_MAP_READ,
                                                 address, size, 0, 0, &box, &to));
    return how.empty() ? std::to_string(fixed<wire::clEnqueueSVMMap_reply>().ret()) : how;
  }

  std::string hide(uint64_t address) {
    FlatBufferBuilder builder;
    const std::string how = call(kFn_clEnqueueSVMUnmap, builder,
                                 wire::CreateclEnqueueSVMUnmap_request(
                                     builder, present({1}), queue_, 1, nullptr, address, 0, 0));
    return how.empty() ? std::to_string(fixed<wire::clEnqueueSVMUnmap_reply>().ret()) : how;
  }

  std::string migrate(const std::array<uint64_t, 2>& addresses) {
    FlatBufferBuilder builder;
    const auto list = bytes(builder, addresses);
    const std::string how =
        call(kFn_clEnqueueSVMMigrateMem, builder,
             wire::CreateclEnqueueSVMMigrateMem_request(builder, present({2}), queue_, 2, list,
                                                        nullptr, 0, nullptr, 0, 0, 0));
    return how.empty() ? std::to_string(fixed<wire::clEnqueueSVMMigrateMem_reply>().ret()) : how;
  }

  std::string buffer_over(const Bulk& memory) {
    FlatBufferBuilder builder;
    const std::string how =
        call(kFn_clCreateBuffer, builder,
             wire::CreateclCreateBuffer_request(builder, present({3, 4}), context_,
                                                CL_MEM_USE_HOST_PTR, memory.size(), 0, &memory));
    return how.empty() ? std::to_string(fixed<wire::clCreateBuffer_reply>().errcode_ret()) : how;
  }

  template <typename T>
  std::string call(uint32_t function, FlatBufferBuilder& builder, Offset<T> root) {
    builder.Finish(root);
    return post(function, std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
  }
  template <typename T>
  std::string call(uint32_t function, const T& request) {
    return post(function, std::as_bytes(std::span(&request, 1)));
  }
  // Empty where the call was made.
  std::string post(uint32_t function, std::span<const std::byte> body) {
    const auto status = client_.wait(0, client_.post(0, function, body));
    if (!status) return client_.ended() ? "ended" : "unanswered";
    switch (marshal::unpack_outcome(*status)) {
      case Outcome::kOk:
        return "";
      case Outcome::kRefused:
        return "refused";
      default:
        return "failed";
    }
  }

  template <typename T>
  const T& table() {
    return *flatbuffers::GetRoot<T>(client_.region().reply_bytes(0).data());
  }
  template <typename T>
  const T& fixed() {
    return *reinterpret_cast<const T*>(client_.region().reply_bytes(0).data());
  }

  tests::RawClient client_;
  uint64_t context_ = 0;
  uint64_t queue_ = 0;
  uint64_t image_ = 0;
  uint64_t buffer_ = 0;
  uint32_t slot_ = 0;
};

}  // namespace
}  // namespace ava::opencl

int main() {
  try {
    ava::opencl::Liar().lie();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
