// Bulk bytes that outlive their call: outputs that land, and inputs whose memory is given back,
// once a completion slot or a channel's progress says that the server is through with them.
//
// Landing: before any call returns that observes a completion, every output which that completion
// implies is in the application's memory. So whoever got a reply lands what is complete before it
// returns, and holds the mutex while it copies: a second thread that saw the same completion waits
// for the bytes. With nothing pending that costs one load.
//
// A completion slot's word is 0 from before its call is sent until the server stores
// {1, status}, once; a negative status means that the bytes are worth nothing.
//
// Threads: any; one mutex guards everything. Errors: see each.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "guest/scratch.h"
#include "transport/layout.h"

namespace ava::guest {

class Channel;
class Session;

class PendingBulk {
 public:
  explicit PendingBulk(Session& session) noexcept;

  struct Slot {
    uint32_t number;  // for the wire; 0: none is free, or no memory
    uint64_t ticket;  // for cancel()
  };
  // A transfer that a completion slot ends. `destination` is null for an input. Before the call is
  // sent: its completion may be observed at once.
  Slot add(const Block& block, uint64_t size, void* destination) noexcept;
  // The call on `channel` did not happen, or failed: nobody will complete the slot.
  void cancel(uint64_t ticket, Channel& channel) noexcept;
  // An input that the call at `position` of `channel` reads.
  void add_until_executed(const Block& block, uint32_t channel, uint64_t position) noexcept;

  // Lands and gives back what is through. False: the session ended, and bytes are missing.
  bool land() noexcept;

 private:
  struct Transfer {
    uint64_t ticket;
    Block block;
    uint64_t size;
    void* destination;
    uint32_t slot;  // 0: until executed
    uint32_t channel;
    uint64_t position;
  };
  bool through(const Transfer& transfer, int32_t& status) const noexcept;
  void drop(size_t index) noexcept;

  Session& session_;
  std::atomic<uint32_t> count_{0};  // of transfers_; written under the mutex
  std::mutex mutex_;                // guards everything below
  std::vector<Transfer> transfers_;
  std::vector<uint32_t> free_slots_;
  uint64_t last_ticket_ = 0;
};

}  // namespace ava::guest
