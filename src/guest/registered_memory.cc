// Memory that the application lends to the library until another call gives it back. Its bytes go
// to the library's private copy with the call that lends it, and what the library left there comes
// with the call that gives it back. What is lent stands among the mappings, as that of no object.
#include "guest/bulk.h"
#include "guest/call.h"
#include "guest/channel.h"
#include "guest/session.h"

namespace ava::guest {
namespace {

constexpr marshal::ObjectId kNoObject = 0;

}  // namespace

void Call::land_registered(const void* data, uint64_t size, uint64_t number,
                           bool comes_back) noexcept {
  if (failed() || number == 0) return;
  Mapping mapping;
  mapping.number = number;
  mapping.object = kNoObject;
  mapping.pointer = const_cast<void*>(data);
  mapping.box = marshal::one_row(size);
  mapping.writes = comes_back;
  if (!channel_->session().mappings().add(mapping)) fail(marshal::Outcome::kExhausted);
}

Unregister Call::unregister(const void* data, unsigned parameter) noexcept {
  pointer(parameter, data);
  Unregister result;
  if (failed()) return result;
  CallScratch& scratch = channel_->scratch();
  scratch.unmapped = channel_->session().mappings().take(data, kNoObject);
  if (!scratch.unmapped) return result;  // what is wrong with it, the library says
  result.number = scratch.unmapped->number;
  if (!scratch.unmapped->writes) return result;
  result.data = scratch.unmapped->pointer;
  result.output = out(result.data, marshal::content(scratch.unmapped->box), parameter);
  return result;
}

}  // namespace ava::guest
