// The router's look at one frame, before anything else happens to it: what its header claims, and
// then what the function's generated check says about its body.
//
// Trust: works on a private copy; every byte of it is a guest's. Not here: dependencies, which need
// the other channels (Forwarder::published).
#pragma once

#include "marshal/frame.h"
#include "router/function_table.h"

namespace ava::router {

struct FrameFinding {
  // kOk: forward it, refused or not. Anything else ends the session.
  Error error = Error::kOk;
  uint16_t parameter = kNoParameter;  // whose fault a refusal or an error is
  bool refused = false;
  Cost cost;  // of a call that is not refused
};

// Do the fields that a guest fills in make sense, and are the router's own empty? Errors:
// kBadFrame, kBadId (ids that the guest made).
Error check_header(const marshal::Frame& frame) noexcept;

// `frame` is a call of `function`. Writes the verdict and the cost into the frame's header.
FrameFinding check_frame(const marshal::Frame& frame, const Function& function,
                         const CheckContext& context) noexcept;

}  // namespace ava::router
