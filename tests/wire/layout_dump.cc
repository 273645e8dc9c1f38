// Prints, as JSON, what the sources say about the wire: constants, the place and size of each
// field, and samples. layout_test.py holds docs/wire-format.md and the client against it.
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "marshal/bounds.h"
#include "marshal/frame.h"
#include "marshal/wire_generated.h"
#include "transport/control.h"
#include "transport/ivshmem_layout.h"
#include "transport/layout.h"

using namespace ava;
using namespace ava::transport;
using namespace ava::marshal;

namespace {

const char* separator = "\n";

void constant(const char* name, uint64_t value) {
  std::printf("%s  \"%s\": %llu", separator, name, static_cast<unsigned long long>(value));
  separator = ",\n";
}

void field(const char* name, size_t offset, size_t size) {
  std::printf("%s  \"%s\": [%zu, %zu]", separator, name, offset, size);
  separator = ",\n";
}

void sample(const char* name, const void* data, size_t size) {
  std::printf("%s  \"%s\": \"", separator, name);
  for (size_t i = 0; i < size; ++i) std::printf("%02x", static_cast<const uint8_t*>(data)[i]);
  std::printf("\"");
}

#define CONSTANT(name) constant(#name, name)
#define FIELD(type, member) field(#type "." #member, offsetof(type, member), sizeof(type::member))

void virtual_machines() {
  FIELD(ava_ivshmem_header, magic);
  FIELD(ava_ivshmem_header, version);
  FIELD(ava_ivshmem_header, version_min);
  FIELD(ava_ivshmem_header, size);
  FIELD(ava_ivshmem_header, instance);
  FIELD(ava_ivshmem_header, slices);
  FIELD(ava_ivshmem_header, vectors);
  FIELD(ava_ivshmem_header, host_peer);
  FIELD(ava_ivshmem_header, reserved);
  FIELD(ava_ivshmem_header, slice_offset);
  FIELD(ava_ivshmem_header, slice_size);
  FIELD(ava_ivshmem_header, region_offset);
  FIELD(ava_ivshmem_header, end_offset);
  FIELD(ava_ivshmem_header, end_value);
  FIELD(ava_ivshmem_header, reserved2);
  FIELD(ava_ivshmem_header, pad);
  FIELD(ava_ivshmem_header, cleaned);
  FIELD(ava_ivshmem_leases, lease);
  FIELD(ava_ivshmem_control, asked);
  FIELD(ava_ivshmem_control, ping);
  FIELD(ava_ivshmem_control, pad);
  FIELD(ava_ivshmem_control, answered);
  FIELD(ava_ivshmem_control, pong);
  FIELD(ava_ivshmem_control, pad2);
  FIELD(ava_ivshmem_control, asker_parked);
  FIELD(ava_ivshmem_control, pad3);
  FIELD(ava_ivshmem_control, question);
  FIELD(ava_ivshmem_control, answer);
  FIELD(ava_ivshmem_control, pad4);
}

void control_messages() {
  FIELD(ControlHeader, magic);
  FIELD(ControlHeader, kind);
  FIELD(ControlHeader, size);
  FIELD(ControlHeader, reserved);
  FIELD(HelloMessage, header);
  FIELD(HelloMessage, layout_version);
  FIELD(HelloMessage, layout_version_min);
  FIELD(HelloMessage, features);
  FIELD(HelloMessage, wire_hash);
  FIELD(HelloMessage, pid);
  FIELD(HelloMessage, reserved);
  FIELD(HelloMessage, api);
  FIELD(HelloMessage, program);
  FIELD(WelcomeMessage, header);
  FIELD(WelcomeMessage, layout_version);
  FIELD(WelcomeMessage, channels);
  FIELD(WelcomeMessage, features);
  FIELD(WelcomeMessage, region_size);
  FIELD(WelcomeMessage, session);
  FIELD(RefusalMessage, header);
  FIELD(RefusalMessage, error);
  FIELD(RefusalMessage, layout_version);
  FIELD(RefusalMessage, layout_version_min);
  FIELD(RefusalMessage, reserved);
  FIELD(RefusalMessage, text);
  FIELD(GrowChannelsMessage, header);
  FIELD(GrowChannelsMessage, count);
  FIELD(GrowChannelsMessage, reserved);
  FIELD(ChannelsMessage, header);
  FIELD(ChannelsMessage, granted);
  FIELD(ChannelsMessage, error);
  CONSTANT(kControlMagic);
}

void regions() {
  FIELD(RegionHeader, magic);
  FIELD(RegionHeader, layout_version);
  FIELD(RegionHeader, layout_version_min);
  FIELD(RegionHeader, features);
  FIELD(RegionHeader, region_size);
  FIELD(RegionHeader, upcall_offset);
  FIELD(RegionHeader, completion_offset);
  FIELD(RegionHeader, channel_offset);
  FIELD(RegionHeader, channel_stride);
  FIELD(RegionHeader, arena_offset);
  FIELD(RegionHeader, arena_size);
  FIELD(RegionHeader, upcall_capacity);
  FIELD(RegionHeader, ring_capacity);
  FIELD(RegionHeader, reply_capacity);
  FIELD(RegionHeader, channel_max);
  FIELD(RegionHeader, completion_count);
  FIELD(RegionHeader, session_end);
  FIELD(RegionHeader, pending);
  FIELD(ServerRegionHeader, magic);
  FIELD(ServerRegionHeader, pending);
  FIELD(ServerRegionHeader, acceptor_parked);
  FIELD(RingControl, tail);
  FIELD(RingControl, head);
  FIELD(RingControl, consumer_parked);
  FIELD(RingControl, producer_parked);
  FIELD(ReplyControl, completion);
  FIELD(ReplyControl, reply_size);
  FIELD(ReplyControl, guest_parked);
  FIELD(ReplyControl, executed);
  FIELD(RecordHeader, size);
  FIELD(RecordHeader, tag);
  CONSTANT(kRegionMagic);
  CONSTANT(kServerRegionMagic);
  CONSTANT(kLayoutVersion);
  CONSTANT(kUpcallOffset);
  CONSTANT(kUpcallCapacity);
  CONSTANT(kCompletionOffset);
  CONSTANT(kCompletionSlots);
  CONSTANT(kChannelOffset);
  CONSTANT(kChannelStride);
  CONSTANT(kMaxChannels);
  CONSTANT(kArenaOffset);
  CONSTANT(kReplyControlOffset);
  CONSTANT(kRingBytesOffset);
  CONSTANT(kRingCapacity);
  CONSTANT(kReplyBytesOffset);
  CONSTANT(kReplyCapacity);
  CONSTANT(kServerChannelStride);
  CONSTANT(kServerRegionSize);
}

void requests() {
  FIELD(FrameHeader, flags);
  FIELD(FrameHeader, dependency_count);
  FIELD(FrameHeader, reserved);
  FIELD(FrameHeader, verdict);
  FIELD(FrameHeader, verdict_detail);
  FIELD(FrameHeader, body_size);
  FIELD(FrameHeader, new_id_count);
  FIELD(FrameHeader, first_new_id);
  FIELD(FrameHeader, cost_ns);
  FIELD(Dependency, channel);
  FIELD(Dependency, reserved);
  FIELD(Dependency, position);
  FIELD(UpcallHeader, closure);
  FIELD(UpcallHeader, ticket);
  CONSTANT(kFirstApiFunction);
  CONSTANT(kPoll);
  CONSTANT(kSpillWrite);
  CONSTANT(kSpillRead);
  CONSTANT(kSpillFree);
  CONSTANT(kUpcallDone);
  CONSTANT(kOutputRead);
  CONSTANT(kFileAnswer);
  CONSTANT(kAsksForFile);
  CONSTANT(kMaxPath);
  CONSTANT(kMaxFile);
  CONSTANT(kMaxFrame);
  CONSTANT(kMaxInline);
  CONSTANT(kMaxInlineTotal);
  CONSTANT(kMaxList);
  CONSTANT(kMaxDependencies);
  CONSTANT(kMaxTableDepth);
  CONSTANT(kMaxTables);
  CONSTANT(kMaxObjects);
  CONSTANT(kMaxSpill);
  // Flatbuffers' structs have no members to take offsets of.
  const ava::wire::Bulk bulk(1, 2, 3, 4);
  sample("Bulk", &bulk, sizeof bulk);
}

void samples() {
  HelloMessage hello{};
  hello.header = {kControlMagic, ControlKind::kHello, sizeof hello, 0};
  hello.layout_version = kLayoutVersion;
  hello.layout_version_min = kLayoutVersionMin;
  hello.wire_hash = 0x0123456789abcdef;
  hello.pid = 4711;
  std::strcpy(hello.api, "toy");
  std::strcpy(hello.program, "sample");
  sample("HelloMessage", &hello, sizeof hello);

  struct {
    FrameHeader header;
    Dependency dependencies[2];
    uint64_t body;
  } request{};
  request.header.flags = kWantsReply;
  request.header.dependency_count = 2;
  request.header.body_size = sizeof request.body;
  request.dependencies[0] = {3, 0, 0x1122334455667788};
  request.dependencies[1] = {1023, 0, 8};
  request.body = 0x8877665544332211;
  sample("request", &request, sizeof request);
}

void errors() {
  std::printf("%s  \"errors\": [", separator);
  const char* comma = "";
  for (int i = 0; std::string_view(error_name(static_cast<Error>(i))) != "unknown"; ++i) {
    std::printf("%s\"%s\"", comma, error_name(static_cast<Error>(i)));
    comma = ", ";
  }
  std::printf("]");
}

}  // namespace

int main() {
  std::printf("{");
  control_messages();
  virtual_machines();
  regions();
  requests();
  samples();
  errors();
  std::printf("\n}\n");
}
