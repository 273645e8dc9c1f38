// The host's half of a virtual machine's memory (ivshmem_layout.h): a sealed memfd and two sets of
// eventfds, made for one QEMU, and its words.
//
// Trust: the guest can write all of it at any moment. Sizes and offsets come from here; what is
// read out of the memory is a lease, a counter, or a copied message, and callers judge it.
// Threads: any; each slice's control words are one thread's at a time.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "transport/host_memory.h"
#include "transport/ivshmem_layout.h"

namespace ava::transport {

class IvshmemMemory {
 public:
  struct Shape {
    uint64_t size;          // bytes, a power of two
    uint32_t slices;        // 1 to AVA_IVSHMEM_MAX_SLICES
    bool doorbells = true;  // the guest can ring; else both sides look from time to time
  };
  // The bytes of an arena in each slice of such a memory; 0 where it does not have that many
  // slices.
  static uint64_t arena_size(const Shape& shape) noexcept;

  // Errors: kSystem, logged. `shape` has an arena.
  static Result<std::unique_ptr<IvshmemMemory>> create(const Shape& shape);

  // Tells a QEMU that has just connected by `socket` (a stream, non-blocking) what there is, by
  // the protocol of its ivshmem server specification. Errors: kClosed (it went or does not read).
  Result<void> introduce(int socket) const noexcept;

  uint32_t slices() const noexcept { return shape_.slices; }
  bool doorbells() const noexcept { return shape_.doorbells; }
  int fd() const noexcept { return memory_.fd(); }

  // --- one slice; `slice` < slices() ---
  uint64_t region_offset(uint32_t slice) const noexcept;  // in the memfd
  std::span<std::byte> region(uint32_t slice) const noexcept;
  int doorbell(uint32_t slice) const noexcept { return doorbells_[1 + slice].get(); }
  int interrupt_fd(uint32_t slice) const noexcept { return interrupts_[1 + slice].get(); }
  void interrupt(uint32_t slice) const noexcept;
  // Rings the slice's doorbell for a guest that cannot, if it has left a notice in its region.
  bool ring_for_guest(uint32_t slice) const noexcept;
  uint32_t lease(uint32_t slice) const noexcept;
  // Makes the slice zero. Touches what is backed by memory; not for a thread in a hurry. Errors:
  // kSystem, logged.
  Result<void> clean(uint32_t slice) const noexcept;
  // It was made zero when the lease was `lease`.
  void announce_clean(uint32_t slice, uint32_t lease) const noexcept;
  // The number of the guest's last question.
  uint32_t asked(uint32_t slice) const noexcept;
  using Message = std::array<std::byte, AVA_IVSHMEM_MESSAGE_BYTES>;
  // A copy, after asked() named it.
  void copy_question(uint32_t slice, Message& question) const noexcept;
  // Answers question number `number`. `answer` is no longer than a Message.
  void answer(uint32_t slice, uint32_t number, std::span<const std::byte> answer) const noexcept;
  // A sign of life for who asks for one.
  void return_ping(uint32_t slice) const noexcept;

  // --- all of them ---
  int control_doorbell() const noexcept { return doorbells_[0].get(); }

 private:
  IvshmemMemory(const Shape& shape, SharedMemory memory) noexcept;
  void format() noexcept;
  std::span<std::byte> slice(uint32_t slice) const noexcept;
  ava_ivshmem_control& control(uint32_t slice) const noexcept;

  const Shape shape_;
  const uint64_t slice_size_;
  SharedMemory memory_;
  std::vector<UniqueFd> doorbells_;   // by vector: the guest rings
  std::vector<UniqueFd> interrupts_;  // by vector: the host does
};

}  // namespace ava::transport
