#include "transport/residency.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "transport/layout.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14
#endif

namespace ava::transport {
namespace {

constexpr uint32_t kExtentPages = static_cast<uint32_t>(Residency::kExtent / kPage);

// Calls `visit(extent, pages)` for each extent that [first, first + count) has pages in.
template <typename Visit>
void for_extents(uint32_t first, uint32_t count, Visit&& visit) {
  const uint32_t end = first + count;
  while (first < end) {
    const uint32_t extent = first / kExtentPages;
    const uint32_t next = std::min(end, (extent + 1) * kExtentPages);
    visit(extent, next - first);
    first = next;
  }
}

}  // namespace

Residency::Residency(std::span<std::byte> bytes)
    : bytes_(bytes), extents_((bytes.size() + kExtent - 1) / kExtent) {}

std::span<std::byte> Residency::use(uint32_t first, uint32_t count) noexcept {
  size_t begin = extents_.size(), end = 0;  // the extents to prefault, and what lies between
  for_extents(first, count, [&](uint32_t index, uint32_t pages) {
    Extent& extent = extents_[index];
    if (!extent.resident) {
      set_resident(extent, true);
      begin = std::min<size_t>(begin, index);
      end = index + 1;
    } else if (extent.used_pages == 0) {
      idle_.erase(idle_.iterator_to(extent));
    }
    extent.used_pages += pages;
  });
  if (begin >= end) return {};
  const std::span<std::byte> last = bytes_of(end - 1);
  return {bytes_of(begin).data(), last.data() + last.size()};
}

void Residency::disuse(uint32_t first, uint32_t count) noexcept {
  int64_t now = 0;
  for_extents(first, count, [&](uint32_t index, uint32_t pages) {
    Extent& extent = extents_[index];
    extent.used_pages -= pages;
    if (extent.used_pages > 0 || !extent.resident) return;
    if (now == 0) now = now_ns();
    extent.idle_since_ns = now;
    idle_.push_back(extent);
  });
}

void Residency::not_resident(std::span<std::byte> bytes) noexcept {
  const auto offset = static_cast<uint64_t>(bytes.data() - bytes_.data());
  for (uint64_t at = offset; at < offset + bytes.size(); at += kExtent) {
    Extent& extent = extents_[at / kExtent];
    if (extent.resident) set_resident(extent, false);
  }
}

uint64_t Residency::give_back(int64_t idle_before_ns, uint64_t keep, size_t limit) noexcept {
  uint64_t given = 0;
  for (; limit > 0 && idle() > keep; --limit) {
    Extent& extent = idle_.front();
    if (extent.idle_since_ns > idle_before_ns) break;
    const std::span<std::byte> bytes = bytes_of(static_cast<size_t>(&extent - extents_.data()));
    if (::madvise(bytes.data(), bytes.size(), MADV_REMOVE) != 0) {
      // Memory without holes, such as a device's: it stays, and is not asked for again soon.
      AVA_DEBUG("cannot give memory back: %s", std::strerror(errno));
      extent.idle_since_ns = now_ns();
      idle_.splice(idle_.end(), idle_, idle_.iterator_to(extent));
      break;
    }
    idle_.pop_front();
    set_resident(extent, false);
    given += bytes.size();
  }
  return given;
}

bool Residency::prefault(std::span<std::byte> bytes) noexcept {
  if (bytes.empty()) return true;
  int result;
  do {
    result = ::madvise(bytes.data(), bytes.size(), MADV_POPULATE_WRITE);
  } while (result != 0 && (errno == EINTR || errno == EAGAIN));
  if (result == 0) return true;
  if (errno != EINVAL) return false;
  // Before 5.14: touch each page. Adding nothing leaves alone what a neighbour writes meanwhile.
  for (uint64_t at = 0; at < bytes.size(); at += kPage) {
    std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(bytes.data() + at)).fetch_or(0);
  }
  return true;
}

std::span<std::byte> Residency::bytes_of(size_t extent) const noexcept {
  const uint64_t offset = extent * kExtent;
  return bytes_.subspan(offset, std::min(kExtent, bytes_.size() - offset));
}

void Residency::set_resident(Extent& extent, bool resident) noexcept {
  const uint64_t size = bytes_of(static_cast<size_t>(&extent - extents_.data())).size();
  extent.resident = resident;
  resident_ += resident ? size : -size;
}

}  // namespace ava::transport
