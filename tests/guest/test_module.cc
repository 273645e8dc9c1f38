#include "test_module.h"

namespace ava::guest {
namespace {

constexpr int kTable = 0;
constexpr Type kTypes[] = {{"box", &kTable}, {"job", nullptr}};
constexpr const char* kFunctions[] = {"call", "make", "use", "scale", "join"};

// The body is the id of a box, or 0; the function takes that and the user data.
void deliver_box(Delivery& delivery, std::span<const std::byte> body) {
  uint64_t id = 0;
  std::memcpy(&id, body.data(), sizeof id);
  const auto function = reinterpret_cast<void (*)(void*, void*)>(delivery.function());
  function(delivery.land_handle(id, kBox), delivery.user_data());
}
constexpr UpcallHandler kUpcalls[] = {deliver_box};

void lose_box(Delivery& delivery, void* handle) {
  reinterpret_cast<void (*)(void*, void*)>(delivery.function())(handle, delivery.user_data());
}
constexpr LossHandler kLosses[] = {lose_box};

}  // namespace

const void* const kBoxDispatch = &kTable;
const Module kModule = {"test", 0x7e57, kTypes, kFunctions, kUpcalls, kLosses};

}  // namespace ava::guest
