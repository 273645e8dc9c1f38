#include "transport/slabs.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "transport/layout.h"

namespace ava::transport {
namespace {

constexpr uint16_t blocks_of(uint8_t size_class) noexcept {
  return static_cast<uint16_t>(Slabs::kPages * kPage / Slabs::kSizes[size_class]);
}
static_assert(blocks_of(0) <= 64 * kFreeMapWords);

// Size to class, by cache lines.
constexpr auto kClasses = [] {
  std::array<uint8_t, Slabs::kLargest / Slabs::kAlign + 1> classes{};
  for (size_t lines = 0; lines < classes.size(); ++lines) {
    while (Slabs::kSizes[classes[lines]] < lines * Slabs::kAlign) ++classes[lines];
  }
  return classes;
}();

}  // namespace

Slabs::~Slabs() {
  for (Set& slabs : with_room_) slabs.clear();
}

uint8_t Slabs::class_of(uint64_t size) noexcept { return kClasses[(size + kAlign - 1) / kAlign]; }

uint64_t Slabs::take(uint8_t size_class) noexcept {
  Set& slabs = with_room_[size_class];
  if (slabs.empty()) return ~uint64_t{0};
  Page& slab = *slabs.begin();
  uint32_t word = 0;
  while (slab.free_map[word] == 0) ++word;
  const auto bit = static_cast<uint32_t>(std::countr_zero(slab.free_map[word]));
  slab.free_map[word] &= slab.free_map[word] - 1;
  if (--slab.free_blocks == 0) slabs.erase(slabs.begin());
  return slab.start * kPage + (word * 64 + bit) * size_of(size_class);
}

void Slabs::add_slab(uint8_t size_class, uint32_t first_page) noexcept {
  for (uint32_t i = 0; i < kPages; ++i) {
    runs_->page(first_page + i).state = Page::State::kSlab;
    runs_->page(first_page + i).start = first_page;
  }
  Page& slab = runs_->page(first_page);
  slab.size_class = size_class;
  slab.free_blocks = blocks_of(size_class);
  for (uint32_t word = 0; word < kFreeMapWords; ++word) {
    const int blocks = std::clamp(slab.free_blocks - static_cast<int>(word * 64), 0, 64);
    slab.free_map[word] = blocks == 64 ? ~uint64_t{0} : (uint64_t{1} << blocks) - 1;
  }
  with_room_[size_class].insert(slab);
}

Slabs::Freed Slabs::free(uint64_t offset) noexcept {
  Page& slab = runs_->page(runs_->page(static_cast<uint32_t>(offset / kPage)).start);
  const auto block =
      static_cast<uint32_t>((offset - slab.start * kPage) / size_of(slab.size_class));
  slab.free_map[block / 64] |= uint64_t{1} << (block % 64);
  Set& slabs = with_room_[slab.size_class];
  if (slab.free_blocks++ == 0) slabs.insert(slab);
  // The last one with room stays: a block that is taken and freed in turn must not make and unmake
  // its slab each time.
  const bool only = slabs.begin() == std::prev(slabs.end());
  if (slab.free_blocks < blocks_of(slab.size_class) || only) return {slab.size_class, kNoPage};
  slabs.erase(slabs.iterator_to(slab));
  return {slab.size_class, slab.start};
}

uint32_t Slabs::remove_unused() noexcept {
  for (uint8_t size_class = 0; size_class < kSizes.size(); ++size_class) {
    for (Page& slab : with_room_[size_class]) {
      if (slab.free_blocks < blocks_of(size_class)) continue;
      with_room_[size_class].erase(with_room_[size_class].iterator_to(slab));
      return slab.start;
    }
  }
  return kNoPage;
}

}  // namespace ava::transport
