#include "router/frame_check.h"

#include "marshal/bounds.h"

namespace ava::router {
namespace {

// A range of ids that the guest made for the results of this call.
Error check_new_ids(const marshal::FrameHeader& header) noexcept {
  if (header.new_id_count == 0) {
    return header.first_new_id == 0 ? Error::kOk : Error::kBadFrame;
  }
  const marshal::ObjectId first = header.first_new_id;
  if (header.new_id_count > marshal::kMaxList) return Error::kBadId;
  if (!marshal::id_guest_made(first) || marshal::id_type(first) == 0) return Error::kBadId;
  // Cannot overflow: an index has 32 bits, the sum 64.
  const uint64_t behind = uint64_t{marshal::id_index(first)} + header.new_id_count;
  return marshal::id_index(first) != 0 && behind <= marshal::kMaxObjects ? Error::kOk
                                                                         : Error::kBadId;
}

}  // namespace

Error check_header(const marshal::Frame& frame) noexcept {
  const marshal::FrameHeader& header = *frame.header;
  constexpr auto kKnownFlags = static_cast<uint16_t>(marshal::kWantsReply);
  if ((header.flags & ~kKnownFlags) != 0) return Error::kBadFrame;
  // The router's fields: a guest that fills them in tries to speak in its name.
  if (header.verdict != marshal::Verdict::kPass || header.verdict_detail != 0 ||
      header.cost_ns != 0) {
    return Error::kBadFrame;
  }
  for (const marshal::Dependency& dependency : frame.dependencies) {
    if (dependency.reserved != 0) return Error::kBadFrame;
  }
  return check_new_ids(header);
}

FrameFinding check_frame(const marshal::Frame& frame, const Function& function,
                         const CheckContext& context) noexcept {
  FrameFinding finding;
  const CheckResult result = function.check(frame.body, context);
  finding.parameter = result.parameter;
  if (result.error == Error::kOk) {
    finding.cost = function.cost(frame.body);
    frame.header->cost_ns = finding.cost.device_time_ns;
  } else if (result.error == Error::kBadArgument) {
    finding.refused = true;
    frame.header->verdict = marshal::Verdict::kRefused;
    frame.header->verdict_detail = result.parameter;
  } else {
    finding.error = result.error;
  }
  return finding;
}

}  // namespace ava::router
