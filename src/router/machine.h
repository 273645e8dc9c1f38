// A virtual machine: its memory, and who has which slice of it. It ends when its QEMU goes; the
// sessions in it keep the memory until they are over.
//
//   the guest's lease      what the machine does
//   -----------------      ---------------------
//   as it was cleaned      nothing: nobody has the slice
//   one more, odd          waits for a hello, then lets a session have the slice
//   anything else          ends the session that has the slice; when nothing of that is left, makes
//                          the slice zero and says so
//
// Trust: every word in the memory is the guest's. What was cleaned and who has a slice is known
// from records of this object. A guest that rings without pause has all its slices looked at once a
// millisecond or two; of each a few questions are answered at most. One that cannot ring is looked
// at from time to time: the more often, the less time has passed since it had something. Threads:
// the main thread's. The janitor does the cleaning.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "router/client.h"
#include "router/janitor.h"
#include "transport/ivshmem_memory.h"

namespace ava::router {

class SliceClient;

class Machine : public std::enable_shared_from_this<Machine> {
 public:
  struct Options {
    Loop& loop;
    Janitor& janitor;
    std::string guest;                 // its name, for logs
    transport::PeerCredentials owner;  // of its QEMU
    std::function<void(Visitor)> admit;
  };
  Machine(const Options& options, std::shared_ptr<const transport::IvshmemMemory> memory);
  ~Machine();

  // Starts to listen to the guest. Errors: kSystem.
  Result<void> start();
  // Its QEMU is gone, and so are all clients in it.
  void lose();
  // It has no hypervisor now, and may get another one: all clients end, and what a kernel had lent
  // is taken back.
  void vacate();

  const std::shared_ptr<const transport::IvshmemMemory>& memory() const noexcept { return memory_; }

  // --- for the clients in it ---
  // A session gets the slice, until what is returned is destroyed. Errors: kClosed (not this
  // slice's time).
  Result<std::unique_ptr<HostEndpoint>> occupy(uint32_t slice, uint64_t arena_size);
  // Whom to tell about the slice; null: nobody.
  void listen(uint32_t slice, SliceClient* client) noexcept;
  // Looks at all slices once more after others had their turn.
  void look_later();

 private:
  // What is known of a slice, whatever the memory says.
  struct Slice {
    uint32_t cleaned = 0;           // the lease after which it was made zero
    uint32_t heard = 0;             // the lease whose hello was heard, good or bad
    uint32_t lease = 0;             // while occupied: whose session that is
    std::optional<uint32_t> left;   // the lease of a machine that is gone
    bool occupied = false;          // a session has it, living or on its way out
    bool cleaning = false;          // the janitor has it
    SliceClient* client = nullptr;  // of that session, while it lives
  };

  void rung();
  void poll(int64_t nap_ns);
  void look();
  // Rings the doorbells that the guest cannot. True if there was one to ring.
  bool ring_for_guest();
  void look_at(uint32_t number);
  void hear_hello(uint32_t number, uint32_t lease);
  void clean(uint32_t number, uint32_t lease);
  void cleaned(uint32_t number, uint32_t lease, bool done);
  void released(uint32_t number);

  const Options options_;
  std::shared_ptr<const transport::IvshmemMemory> memory_;
  std::vector<Slice> slices_;
  bool resting_ = false;  // a look was just taken; the next is due by a timer
  Loop::Watch watch_;     // destroyed before the memory
};

}  // namespace ava::router
