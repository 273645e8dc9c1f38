#include "server/runtime_calls.h"

#include <cstring>
#include <optional>

#include "marshal/wire_generated.h"
#include "server/call.h"
#include "server/session.h"

namespace ava::server {
namespace {

using marshal::Outcome;

// The struct at the start of the body; none where the body is shorter.
template <typename T>
std::optional<T> leading(std::span<const std::byte> body) noexcept {
  if (body.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, body.data(), sizeof value);
  return value;
}

void refuse(Call& call, Error error) noexcept {
  call.fail(error == Error::kExhausted ? Outcome::kExhausted : Outcome::kRefused, 0);
}

void spill_write(Session& session, Call& call, std::span<const std::byte> body) {
  const auto request = leading<wire::SpillWrite>(body);
  if (!request) return refuse(call, Error::kBadBody);
  const auto bytes = body.subspan(sizeof *request);
  if (request->size() != bytes.size()) return refuse(call, Error::kBadBody);
  const auto done = session.spills().append(request->spill(), request->total(), bytes);
  if (!done) return refuse(call, done.error());
  call.reply_bare(nullptr, 0);
}

void spill_read(Session& session, Call& call, std::span<const std::byte> body) {
  const auto request = leading<wire::SpillRead>(body);
  if (!request || request->size() > transport::kReplyCapacity) {
    return refuse(call, Error::kBadBody);
  }
  auto* bytes = static_cast<std::byte*>(call.allocate(request->size()));
  if (bytes == nullptr) return;
  const auto done =
      session.spills().read(request->spill(), request->offset(), {bytes, request->size()});
  if (!done) return refuse(call, done.error());
  call.reply_bare(bytes, request->size());
}

void spill_free(Session& session, Call& call, std::span<const std::byte> body) {
  const auto request = leading<wire::SpillRead>(body);
  if (!request) return refuse(call, Error::kBadBody);
  session.spills().free(request->spill());
  call.reply_bare(nullptr, 0);
}

void upcall_done(Session& session, Call& call, std::span<const std::byte> body) {
  const auto request = leading<wire::UpcallDone>(body);
  if (!request) return refuse(call, Error::kBadBody);
  session.kept_objects().done(request->ticket());
  call.reply_bare(nullptr, 0);
}

void output_read(Session& session, Call& call) {
  auto* bytes = static_cast<std::byte*>(call.allocate(transport::kReplyCapacity));
  if (bytes == nullptr) return;
  call.reply_bare(bytes, session.output().take({bytes, transport::kReplyCapacity}));
}

void file_answer(Session& session, Call& call, std::span<const std::byte> body) noexcept {
  const auto answer = leading<wire::FileAnswer>(body);
  if (!answer || !session.files().answer(*answer, body.subspan(sizeof *answer))) {
    return refuse(call, Error::kBadBody);
  }
  call.reply_bare(nullptr, 0);
}

}  // namespace

void serve_runtime_call(Session& session, Call& call, uint32_t number,
                        const marshal::Frame& frame) {
  switch (number) {
    case marshal::kPoll:
      return call.reply_fixed(wire::PollReply(session.completions().sweep()));
    case marshal::kSpillWrite:
      return spill_write(session, call, frame.body);
    case marshal::kSpillRead:
      return spill_read(session, call, frame.body);
    case marshal::kSpillFree:
      return spill_free(session, call, frame.body);
    case marshal::kUpcallDone:
      return upcall_done(session, call, frame.body);
    case marshal::kOutputRead:
      return output_read(session, call);
    case marshal::kFileAnswer:
      return file_answer(session, call, frame.body);
    default:
      return;
  }
}

}  // namespace ava::server
