// AvA's own requests (marshal/frame.h, RuntimeFunction): polling for completions, and spills.
#pragma once

#include "marshal/frame.h"

namespace ava::server {

class Call;
class Session;

// Answers the call, or leaves an unknown number unanswered: the Call then says kUnsupported.
void serve_runtime_call(Session& session, Call& call, uint32_t number, const marshal::Frame& frame);

}  // namespace ava::server
