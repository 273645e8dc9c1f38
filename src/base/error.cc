#include "base/error.h"

namespace ava {

const char* error_name(Error error) noexcept {
  switch (error) {
    case Error::kOk:
      return "ok";
    case Error::kWouldBlock:
      return "would-block";
    case Error::kClosed:
      return "closed";
    case Error::kTimedOut:
      return "timed-out";
    case Error::kExhausted:
      return "exhausted";
    case Error::kIndexJump:
      return "index-jump";
    case Error::kFrameTooLarge:
      return "frame-too-large";
    case Error::kFrameTooSmall:
      return "frame-too-small";
    case Error::kBadFunction:
      return "bad-function";
    case Error::kBadFrame:
      return "bad-frame";
    case Error::kBadBody:
      return "bad-body";
    case Error::kBadReference:
      return "bad-reference";
    case Error::kBadId:
      return "bad-id";
    case Error::kBadDependency:
      return "bad-dependency";
    case Error::kBadArgument:
      return "bad-argument";
    case Error::kBadMessage:
      return "bad-message";
    case Error::kVersionMismatch:
      return "version-mismatch";
    case Error::kUnknownApi:
      return "unknown-api";
    case Error::kPermission:
      return "permission";
    case Error::kNotFound:
      return "not-found";
    case Error::kSystem:
      return "system";
    case Error::kServerDied:
      return "server-died";
    case Error::kShutdown:
      return "shutdown";
    case Error::kClientGone:
      return "client-gone";
  }
  return "unknown";
}

}  // namespace ava
