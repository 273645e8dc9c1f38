// The sending half of callbacks; call.h declares it.
#include <cstring>

#include "base/log.h"
#include "server/call.h"
#include "server/session.h"

namespace ava::server {

Upcall::Upcall(void* closure, uint32_t number, bool awaited) noexcept
    : closure_(*static_cast<Closure*>(closure)), number_(number), awaited_(awaited) {
  closure_.session->upcalls().begin_call();
}

Upcall::~Upcall() {
  Session& session = *closure_.session;
  session.kept_objects().let_go(kept_);  // where it was not sent
  session.upcalls().end_call(closure_);
}

uint64_t Upcall::closure_number() const noexcept { return closure_.number; }

marshal::ObjectId Upcall::id_of(const void* object, marshal::TypeId type) noexcept {
  if (object == nullptr) return 0;
  try {
    return closure_.session->kept_objects().take(const_cast<void*>(object), type, kept_);
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Upcall::bytes(const void* data, uint64_t size) {
  if (data == nullptr) return {};
  return builder_.CreateVector(static_cast<const uint8_t*>(data), size);
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Upcall::string(const char* text) {
  return bytes(text, text == nullptr ? 0 : std::strlen(text) + 1);
}

void Upcall::send(const void* data, uint64_t size) noexcept {
  Session& session = *closure_.session;
  const marshal::UpcallHeader header{closure_.number, session.kept_objects().keep(kept_, awaited_)};
  if (session.upcalls().post(number_, header, {static_cast<const std::byte*>(data), size})) {
    if (awaited_ && header.ticket != 0) session.kept_objects().await(header.ticket);
    return;
  }
  session.kept_objects().done(header.ticket);
  if (session.may_log()) AVA_WARN("a callback is lost: out of memory");
}

}  // namespace ava::server
