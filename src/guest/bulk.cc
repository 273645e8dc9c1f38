#include "guest/bulk.h"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "guest/request.h"
#include "guest/session.h"
#include "marshal/wire_generated.h"

namespace ava::guest {
namespace {

using marshal::Space;

// Bytes of a spill in one frame or reply: large enough that the frame's cost is lost in the copy,
// small enough that a ring holds several.
constexpr uint64_t kPiece = 32 * 1024;

// The frame's body: the struct, then the bytes.
struct SpillPiece {
  wire::SpillWrite head;
  std::byte bytes[kPiece];
};

Result<void> write_spill(Channel& channel, uint64_t spill, const std::byte* data, uint64_t size,
                         uint64_t total) noexcept {
  while (size != 0) {
    const uint64_t length = std::min(size, kPiece);
    SpillPiece piece;
    piece.head = wire::SpillWrite(spill, length, total);
    std::memcpy(piece.bytes, data, length);
    const auto body = std::as_bytes(std::span(&piece, 1)).first(sizeof piece.head + length);
    if (auto sent = tell(channel, marshal::kSpillWrite, body); !sent) return sent;
    data += length;
    size -= length;
  }
  return {};
}

bool read_spill(Session& session, uint64_t spill, void* data, const marshal::Box& box,
                uint64_t from) noexcept {
  // A channel of its own: the caller's reply space may still be read by a stub.
  const ChannelLease lease(session.channels());
  if (lease.get() == nullptr) return false;
  const uint64_t size = marshal::content(box);
  for (uint64_t at = 0; at < size;) {
    const wire::SpillRead request(spill, from + at, std::min(size - at, kPiece));
    const auto status = ask(*lease.get(), marshal::kSpillRead, {}, body_of(request));
    if (!status || *status < 0) return false;
    const auto bytes = lease.get()->reply();
    if (bytes.empty() || bytes.size() > request.size()) return false;
    marshal::unpack(data, box, at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  return true;
}

}  // namespace

Reclaim::Reclaim(Session& session, const Settings& settings) noexcept
    : session_(session), patience_ns_(settings.arena_wait_ns), nap_ns_(50 * kMicrosecond) {}

Result<void> Reclaim::again() noexcept {
  if (!std::exchange(first_, false)) {
    const int64_t now = now_ns();
    if (deadline_ns_ == 0) {
      deadline_ns_ = now + patience_ns_;
    } else {
      if (now >= deadline_ns_) return fail(Error::kExhausted);
      const timespec nap{0, nap_ns_};
      ::nanosleep(&nap, nullptr);
      nap_ns_ = std::min(nap_ns_ * 2, 10 * kMillisecond);
    }
    if (auto polled = poll(session_); !polled) return polled;
  }
  if (!session_.pending().land()) return fail(Error::kClosed);
  return {};
}

Result<Block> take_block(Session& session, const Settings& settings, uint64_t size,
                         OnFull on_full) noexcept {
  const auto spill = [&]() -> Result<Block> {
    if (size > marshal::kMaxSpill) return fail(Error::kExhausted);
    return Block{Space::kSpill, session.new_spill()};
  };
  if (size > session.arena().bytes().size()) return spill();  // no waiting helps
  Reclaim reclaim(session, settings);
  for (int tries = 0;; ++tries) {
    if (auto offset = session.arena().allocate(size)) return Block{Space::kArena, *offset};
    if (on_full == OnFull::kSpill && tries != 0) return spill();
    if (auto room = reclaim.again(); !room) return fail(room.error());
  }
}

void give_back(Session& session, const Block& block, Channel* channel) noexcept {
  if (block.space == Space::kNone) return;
  if (block.space == Space::kArena) return session.arena().free(block.offset);
  const wire::SpillRead request(block.offset, 0, 0);
  // Where there is no channel the session ended, and the server's memory with it.
  if (channel != nullptr) {
    static_cast<void>(tell(*channel, marshal::kSpillFree, body_of(request)));
  } else if (const ChannelLease lease(session.channels()); lease.get() != nullptr) {
    static_cast<void>(tell(*lease.get(), marshal::kSpillFree, body_of(request)));
  }
}

Result<void> BlockWriter::append(const void* data, uint64_t size) noexcept {
  if (block_.space == Space::kArena) {
    std::memcpy(channel_.session().arena().at(block_.offset + used_), data, size);
  } else if (auto sent = write_spill(channel_, block_.offset, static_cast<const std::byte*>(data),
                                     size, total_);
             !sent) {
    return sent;
  }
  used_ += size;
  return {};
}

Result<void> BlockWriter::append_box(const void* data, const marshal::Box& box) noexcept {
  if (marshal::is_packed(box)) return append(data, marshal::content(box));
  Result<void> result;
  marshal::for_each_row(box, [&](uint64_t at) {
    if (result) result = append(static_cast<const std::byte*>(data) + at, box.row_bytes);
  });
  return result;
}

bool fetch(Session& session, const Block& block, void* destination, const marshal::Box& box,
           uint64_t from) noexcept {
  if (block.space == Space::kSpill) {
    return read_spill(session, block.offset, destination, box, from);
  }
  marshal::copy_box(destination, box, session.arena().at(block.offset + from),
                    marshal::packed(box));
  return !session.vanished();
}

}  // namespace ava::guest
