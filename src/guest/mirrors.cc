#include "guest/mirrors.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>

namespace ava::guest {
namespace {

constexpr uintptr_t kPage = 4096;
constexpr uintptr_t kLimit = uintptr_t{1} << 52;

uintptr_t page_down(uintptr_t address) noexcept { return address & ~(kPage - 1); }
uintptr_t page_up(uintptr_t address) noexcept { return page_down(address + kPage - 1); }

}  // namespace

bool Mirrors::Pages::map() const noexcept {
  if (begin >= end) return true;  // all of them are others', too
  void* const wanted = reinterpret_cast<void*>(begin);
  void* const at = ::mmap(wanted, end - begin, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (at != MAP_FAILED && at != wanted) ::munmap(at, end - begin);  // a kernel before 4.17
  return at == wanted;
}

void Mirrors::Pages::unmap() const noexcept {
  if (begin < end) ::munmap(reinterpret_cast<void*>(begin), end - begin);
}

bool Mirrors::overlaps(const Mirror& mirror) const noexcept {
  const auto next = placed_.upper_bound(mirror.address);
  if (next != placed_.end() && next->first < mirror.address + mirror.size) return true;
  return next != placed_.begin() &&
         std::prev(next)->first + std::prev(next)->second > mirror.address;
}

// What it shares with its neighbors is theirs.
Mirrors::Pages Mirrors::own_pages(const Mirror& mirror) const noexcept {
  Pages pages{page_down(mirror.address), page_up(mirror.address + mirror.size)};
  const auto next = placed_.upper_bound(mirror.address);
  if (next != placed_.end()) pages.end = std::min(pages.end, page_down(next->first));
  if (next != placed_.begin()) {
    const auto& [address, size] = *std::prev(next);
    pages.begin = std::max(pages.begin, page_up(address + size));
  }
  return pages;
}

Mirrors::Added Mirrors::add(const Mirror& mirror) noexcept {
  if (mirror.address >= kLimit || mirror.size >= kLimit || mirror.size == 0) return Added::kFailed;
  const std::lock_guard lock(mutex_);
  any_.store(true, std::memory_order_release);
  try {
    if (!overlaps(mirror)) {
      const Pages pages = own_pages(mirror);  // before it is its own neighbor
      placed_.emplace(mirror.address, mirror.size);
      if (pages.map()) return Added::kPlaced;
      placed_.erase(mirror.address);
    }
    unplaced_.push_back(mirror);
  } catch (const std::bad_alloc&) {
    return Added::kFailed;
  }
  return Added::kConflict;
}

std::optional<Mirror> Mirrors::find(const void* pointer) const noexcept {
  if (!any_.load(std::memory_order_acquire)) return std::nullopt;
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  const std::lock_guard lock(mutex_);
  const auto next = placed_.upper_bound(address);
  if (next == placed_.begin()) return std::nullopt;
  const auto& [begin, size] = *std::prev(next);
  if (address - begin > size) return std::nullopt;
  return Mirror{begin, size};
}

std::optional<Mirror> Mirrors::take(const void* begin) noexcept {
  const auto address = reinterpret_cast<uintptr_t>(begin);
  const std::lock_guard lock(mutex_);
  const auto unplaced = std::find_if(unplaced_.begin(), unplaced_.end(),
                                     [&](const Mirror& each) { return each.address == address; });
  if (unplaced != unplaced_.end()) {
    unplaced_.erase(unplaced);
    return Mirror{address, 0};
  }
  const auto at = placed_.find(address);
  if (at == placed_.end()) return std::nullopt;
  const Mirror mirror{at->first, at->second};
  placed_.erase(at);
  return mirror;
}

void Mirrors::put_back(const Mirror& mirror) noexcept {
  if (mirror.size == 0) return;
  const std::lock_guard lock(mutex_);
  try {
    placed_.emplace(mirror.address, mirror.size);
  } catch (const std::bad_alloc&) {  // its pages stay, and it is ordinary memory from now on
  }
}

void Mirrors::unmap(const Mirror& mirror) noexcept {
  if (mirror.size == 0) return;
  const std::lock_guard lock(mutex_);
  own_pages(mirror).unmap();
}

}  // namespace ava::guest
