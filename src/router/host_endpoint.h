// The router's side of one client's region, whatever memory that is and however the client is
// woken: a memfd and futexes for processes of this host (local_endpoint.h), a device for virtual
// machines. The forwarder and the workers see nothing else of a client.
//
// Threads: wake_guest may be called by the session's worker while the main thread calls the others.
#pragma once

#include "transport/host_memory.h"

namespace ava::router {

class HostEndpoint {
 public:
  virtual ~HostEndpoint() = default;

  virtual transport::RegionView region() const noexcept = 0;
  // Bytes; from the host's own records.
  virtual uint64_t arena_size() const noexcept = 0;
  // Becomes readable each time the client rings. Never needs to be read.
  virtual int doorbell() const noexcept = 0;
  // What a server maps as the region, from this offset.
  virtual int region_fd() const noexcept = 0;
  virtual uint64_t region_offset() const noexcept = 0;
  // An eventfd with which a server wakes the client's threads; -1: it does so by futexes.
  virtual int interrupt_fd() const noexcept = 0;
  // Wakes the guest thread that sleeps on `word`, which lies in the region.
  virtual void wake_guest(transport::ParkWord& word) noexcept = 0;
  // Stores `reason` as the session's end and wakes all who sleep on `channels` channels.
  virtual void end(uint32_t channels, Error reason) noexcept = 0;
  // Bytes of the arena that are backed by memory now, with `channels` granted.
  virtual uint64_t arena_resident(uint32_t channels) const noexcept = 0;
};

}  // namespace ava::router
