#include "router/slice_client.h"

#include <algorithm>
#include <cstring>

#include "router/machine.h"

namespace ava::router {

SliceClient::SliceClient(std::shared_ptr<Machine> machine, uint32_t slice, uint32_t asked) noexcept
    : machine_(machine), memory_(machine->memory()), slice_(slice), asked_(asked) {}

Result<Client::Message> SliceClient::read(const transport::IvshmemMemory& memory,
                                          uint32_t slice) noexcept {
  transport::IvshmemMemory::Message bytes;
  memory.copy_question(slice, bytes);
  transport::ControlHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return transport::ControlPeer::parse(
      std::span(bytes).first(std::min<size_t>(header.size, bytes.size())));
}

Result<std::unique_ptr<HostEndpoint>> SliceClient::make_endpoint(const GuestConfig& config) {
  const auto machine = machine_.lock();
  if (machine == nullptr) return fail(Error::kClosed);
  return machine->occupy(slice_, config.arena_size);
}

Result<void> SliceClient::watch(Loop&, std::function<void()> heard, Left left) {
  const auto machine = machine_.lock();
  if (machine == nullptr) return fail(Error::kClosed);
  heard_ = std::move(heard);
  left_ = std::move(left);
  machine->listen(slice_, this);
  return {};
}

Result<Client::Message> SliceClient::receive() noexcept {
  if (closed_) return fail(Error::kClosed);
  const uint32_t asked = memory_->asked(slice_);
  if (asked == asked_) return fail(Error::kWouldBlock);
  asked_ = asked;
  return read(*memory_, slice_);
}

void SliceClient::again() {
  if (const auto machine = machine_.lock()) machine->look_later();
}

template <typename T>
Result<void> SliceClient::answer(const T& message) noexcept {
  static_assert(sizeof message <= AVA_IVSHMEM_MESSAGE_BYTES);
  memory_->answer(slice_, asked_, std::as_bytes(std::span(&message, 1)));
  return {};  // whether the guest listens shows in nothing but its silence
}

Result<void> SliceClient::welcome(const transport::WelcomeMessage& message,
                                  const HostEndpoint&) noexcept {
  return answer(transport::ControlPeer::welcome(message));
}

Result<void> SliceClient::refuse(Error error, const std::string& sentence) noexcept {
  return answer(transport::ControlPeer::refusal(error, sentence));
}

Result<void> SliceClient::grant(uint32_t granted, Error error) noexcept {
  return answer(transport::ControlPeer::channels(granted, error));
}

void SliceClient::close() noexcept {
  if (closed_) return;
  closed_ = true;
  if (const auto machine = machine_.lock()) machine->listen(slice_, nullptr);
}

}  // namespace ava::router
