// A client in a virtual machine: the control channel at the start of its slice.
#pragma once

#include "router/client.h"
#include "transport/ivshmem_memory.h"

namespace ava::router {

class Machine;

class SliceClient final : public Client {
 public:
  // Its hello was question number `asked`.
  SliceClient(std::shared_ptr<Machine> machine, uint32_t slice, uint32_t asked) noexcept;
  ~SliceClient() override { close(); }

  // A question of a slice, copied and parsed. Errors: kBadMessage.
  static Result<Message> read(const transport::IvshmemMemory& memory, uint32_t slice) noexcept;

  Result<std::unique_ptr<HostEndpoint>> make_endpoint(const GuestConfig& config) override;
  Result<void> watch(Loop& loop, std::function<void()> heard, Left left) override;
  Result<Message> receive() noexcept override;
  void again() override;
  Result<void> welcome(const transport::WelcomeMessage& message,
                       const HostEndpoint& endpoint) noexcept override;
  Result<void> refuse(Error error, const std::string& sentence) noexcept override;
  Result<void> grant(uint32_t granted, Error error) noexcept override;
  void close() noexcept override;

 private:
  friend class Machine;

  template <typename T>
  Result<void> answer(const T& message) noexcept;

  std::weak_ptr<Machine> machine_;  // gone with its QEMU
  std::shared_ptr<const transport::IvshmemMemory> memory_;
  uint32_t slice_;
  uint32_t asked_;  // the question that was received last
  bool closed_ = false;
  std::function<void()> heard_;
  Left left_;
};

}  // namespace ava::router
