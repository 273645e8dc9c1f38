#include "transport/ring.h"

namespace ava::transport {

RingWriter::RingWriter(RingControl& control, std::span<std::byte> bytes, uint64_t position) noexcept
    : control_(&control), bytes_(bytes), tail_(position), cached_head_(position) {
  // What is not consumed yet is found at the first full-looking moment.
  cached_head_ = position >= bytes.size() ? position - bytes.size() : 0;
}

Result<void> RingWriter::reserve(uint64_t size) noexcept {
  if (size > bytes_.size()) return fail(Error::kFrameTooLarge);  // below, sums cannot overflow
  const uint64_t length = record_length(size);
  if (length > bytes_.size()) return fail(Error::kFrameTooLarge);
  if (tail_ - cached_head_ + length <= bytes_.size()) return {};
  // [consume] Pairs with the release store in RingReader::try_read: once we see the new head, the
  // reader has finished with the bytes before it, and they may be overwritten.
  const uint64_t head = control_->head.load(std::memory_order_acquire);
  if (tail_ - head > bytes_.size() || head < cached_head_) return fail(Error::kIndexJump);
  cached_head_ = head;
  if (tail_ - head + length > bytes_.size()) return fail(Error::kWouldBlock);
  return {};
}

uint64_t RingWriter::next_position(uint64_t size) const noexcept {
  return tail_ + record_length(size);
}

Result<uint64_t> RingWriter::try_write(uint32_t tag, std::span<const std::byte> head,
                                       std::span<const std::byte> body) noexcept {
  const uint64_t size = head.size() + body.size();
  if (auto room = reserve(size); !room) return fail(room.error());
  const RecordHeader record{static_cast<uint32_t>(size), tag};
  // A header never wraps: records start on its size, which divides the capacity.
  std::memcpy(bytes_.data() + (tail_ & (bytes_.size() - 1)), &record, sizeof record);
  if (!head.empty()) put(tail_ + sizeof record, head.data(), head.size());
  if (!body.empty()) put(tail_ + sizeof record + head.size(), body.data(), body.size());
  tail_ += record_length(size);
  // [publish] Pairs with the acquire load in RingReader: whoever sees the new tail sees the record.
  control_->tail.store(tail_, std::memory_order_release);
  return tail_;
}

void RingWriter::put(uint64_t position, const void* data, uint64_t size) noexcept {
  const uint64_t at = position & (bytes_.size() - 1);
  const uint64_t first = bytes_.size() - at;  // until the ring's end
  if (size <= first) [[likely]] {
    std::memcpy(bytes_.data() + at, data, size);
    return;
  }
  std::memcpy(bytes_.data() + at, data, first);
  std::memcpy(bytes_.data(), static_cast<const std::byte*>(data) + first, size - first);
}

RingReader::RingReader(RingControl& control, std::span<std::byte> bytes, uint64_t position) noexcept
    : control_(&control), bytes_(bytes), head_(position), cached_tail_(position) {}

Result<bool> RingReader::ready() noexcept {
  if (cached_tail_ != head_) return true;
  // [publish] Pairs with the release store in RingWriter::try_write: once we see the new tail, the
  // bytes behind it are visible.
  const uint64_t tail = control_->tail.load(std::memory_order_acquire);
  if (tail - head_ > bytes_.size()) return fail(Error::kIndexJump);
  cached_tail_ = tail;
  return tail != head_;
}

Result<Record> RingReader::try_read(std::span<std::byte> scratch) noexcept {
  if (cached_tail_ == head_) {
    const Result<bool> some = ready();
    if (!some) return fail(some.error());
    if (!*some) return fail(Error::kWouldBlock);
  }
  const uint64_t available = cached_tail_ - head_;
  if (available < sizeof(RecordHeader)) return fail(Error::kIndexJump);

  RecordHeader record;  // private copy: the peer may rewrite the original
  std::memcpy(&record, bytes_.data() + (head_ & (bytes_.size() - 1)), sizeof record);
  const uint64_t length = record_length(record.size);
  if (length > available || record.size > scratch.size()) return fail(Error::kFrameTooLarge);
  get(head_ + sizeof record, scratch.data(), record.size);
  head_ += length;
  // [consume] From here the producer may reuse the place.
  control_->head.store(head_, std::memory_order_release);
  return Record{record.tag, scratch.first(record.size), head_};
}

void RingReader::get(uint64_t position, void* data, uint64_t size) const noexcept {
  const uint64_t at = position & (bytes_.size() - 1);
  const uint64_t first = bytes_.size() - at;  // until the ring's end
  if (size <= first) [[likely]] {
    std::memcpy(data, bytes_.data() + at, size);
    return;
  }
  std::memcpy(data, bytes_.data() + at, first);
  std::memcpy(static_cast<std::byte*>(data) + first, bytes_.data(), size - first);
}

}  // namespace ava::transport
