// Where bulk bytes go: the arena, or, where it could never hold them, or has no room and the call
// may not wait for some, a *spill*: memory of the server's own, which the guest fills and reads in
// pieces through its ring.
//
// Threads: any. Errors: see each; a session that ended is kClosed.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "guest/scratch.h"
#include "marshal/box.h"

namespace ava::guest {

class Channel;
class Session;
struct Settings;

// Makes room by taking what the server is through with, again and again: at first only what it has
// completed by itself, then after asking it to look, with naps in between.
class Reclaim {
 public:
  Reclaim(Session& session, const Settings& settings) noexcept;
  // Returns when it is worth another try. Errors: kExhausted (the settings' patience is spent);
  // kClosed.
  Result<void> again() noexcept;

 private:
  Session& session_;
  int64_t patience_ns_;
  int64_t deadline_ns_ = 0;  // 0: did not ask the server yet
  int64_t nap_ns_;
  bool first_ = true;
};

enum class OnFull { kWait, kSpill };

// Room for `size` > 0 bytes. Errors: kExhausted (after waiting, or at once for what is larger than
// a spill may be), kClosed.
Result<Block> take_block(Session& session, const Settings& settings, uint64_t size,
                         OnFull on_full) noexcept;
// `channel`: where the block's bytes were sent, if they may be on their way; null: anywhere.
void give_back(Session& session, const Block& block, Channel* channel = nullptr) noexcept;

// Fills a block front to back; a spill's bytes go ahead of the call, on the same channel.
class BlockWriter {
 public:
  BlockWriter(Channel& channel, const Block& block, uint64_t total) noexcept
      : channel_(channel), block_(block), total_(total) {}
  // Errors: kClosed.
  Result<void> append(const void* data, uint64_t size) noexcept;
  Result<void> append_box(const void* data, const marshal::Box& box) noexcept;

 private:
  Channel& channel_;
  Block block_;
  uint64_t total_;     // bytes of the whole block
  uint64_t used_ = 0;  // so far
};

// Copies a block's bytes, `from` there on, into the box at `destination`. False: the session ended.
bool fetch(Session& session, const Block& block, void* destination, const marshal::Box& box,
           uint64_t from = 0) noexcept;

}  // namespace ava::guest
