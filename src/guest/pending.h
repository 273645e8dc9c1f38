// Bulk bytes that outlive their call: outputs that land, and inputs whose memory is given back,
// once a completion slot or a channel's progress says that the server is through with them.
//
// Landing: before any call returns that observes a completion, every output which that completion
// implies is in the application's memory. So whoever got a reply lands what is complete before it
// returns, and holds the mutex while it copies: a second thread that saw the same completion waits
// for the bytes. With nothing pending that costs one load.
//
// Outputs for one place land in the order of their calls. And what an output will bring may be the
// input of a later call, as where a program reads into its memory and writes from there, and waits
// for neither: that input is no copy of bytes that are not there yet, but the output's own block,
// which the server reads when that call's turn comes.
//
// A completion slot's word is 0 from before its call is sent until the server stores
// {1, status}, once; a negative status means that the bytes are worth nothing.
//
// Threads: any; one mutex guards everything. Errors: see each.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "guest/block.h"
#include "marshal/box.h"
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
  // A transfer that a completion slot ends: of the block's bytes into the box at `destination`,
  // null where they go nowhere (inputs, mapped memory). Before the call is sent: its completion may
  // be observed at once.
  Slot add(const Block& block, void* destination, const marshal::Box& box) noexcept;
  // An input of `size` bytes at `data`: do pending outputs bring some of them?
  enum class Source : uint8_t {
    kMemory,   // none of them: the bytes are there
    kOutput,   // one output brings all of them: `block` and `offset` (bytes in it) say where to
    kSeveral,  // land, and ask again
  };
  // With kOutput the block stays until `slot` is completed or, without `until_complete`, until the
  // ticket is canceled; as from add(), a slot's number may be 0.
  Source source(const void* data, uint64_t size, bool until_complete, Block& block,
                uint64_t& offset, Slot& slot) noexcept;
  // Do pending outputs bring some of the `size` bytes at `data`?
  bool brings(const void* data, uint64_t size) noexcept;
  // The call on `channel` did not happen, or failed: nobody will complete the slot. Or the call for
  // whose length the block was to stay is over.
  void cancel(uint64_t ticket, Channel& channel) noexcept;
  // Nobody wants the bytes any more. False: they have landed.
  bool abandon(uint64_t ticket) noexcept;
  // An input that the call at `position` of `channel` reads.
  void add_until_executed(const Block& block, uint32_t channel, uint64_t position) noexcept;

  // Lands and gives back what is through. False: the session ended, and bytes are missing.
  bool land() noexcept;

 private:
  struct Transfer {
    uint64_t ticket = 0;
    Block block{};
    void* destination = nullptr;
    marshal::Box box{};
    uint32_t slot = 0;  // 0: until executed
    uint32_t channel = 0;
    uint64_t position = 0;
    bool shared = false;   // the block is in shared_
    bool through = false;  // when it was last looked at
    int32_t status = 0;    // if through
  };
  // All of these under the mutex.
  bool append(const Transfer& transfer) noexcept;
  Slot append_with_slot(Transfer transfer) noexcept;
  bool share(Transfer& output) noexcept;
  void look(Transfer& transfer) const noexcept;
  bool overtaken() const noexcept;
  void end(const Transfer& transfer, Channel* channel) noexcept;

  Session& session_;
  std::atomic<uint32_t> count_{0};       // of transfers_; written under the mutex
  std::atomic<uint32_t> outputs_{0};     // of those with a destination; the same
  std::mutex mutex_;                     // guards everything below
  std::vector<Transfer> transfers_;      // in the order of the calls
  std::map<uint64_t, uint32_t> shared_;  // blocks of several transfers, and of how many
  std::vector<uint32_t> free_slots_;
  uint64_t last_ticket_ = 0;
};

}  // namespace ava::guest
