#include "transport/resident.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>

#include "transport/layout.h"

namespace ava::transport {

uint64_t resident_bytes(std::span<std::byte> bytes) noexcept {
  std::array<unsigned char, 4096> pages;
  uint64_t present = 0;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min<size_t>(bytes.size(), pages.size() * kPage));
    if (::mincore(part.data(), part.size(), pages.data()) != 0) return 0;
    const auto end = pages.begin() + static_cast<ptrdiff_t>((part.size() + kPage - 1) / kPage);
    present += static_cast<uint64_t>(
        std::count_if(pages.begin(), end, [](unsigned char page) { return (page & 1) != 0; }));
    bytes = bytes.subspan(part.size());
  }
  return present * kPage;
}

}  // namespace ava::transport
