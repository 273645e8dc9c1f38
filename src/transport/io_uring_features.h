// Each io_uring operation and flag that AvA uses, and the Linux release that brought it.
//
// Debian 12's 6.1 must suffice: what is newer may only be used where it was detected at run time. A
// test holds both the list to that rule and the sources to the list.
#pragma once

#include <compare>
#include <span>
#include <string_view>

namespace ava::transport {

struct KernelVersion {
  int major, minor;
  auto operator<=>(const KernelVersion&) const = default;
};

inline constexpr KernelVersion kRequiredKernel{6, 1};

struct IoUringFeature {
  std::string_view name;  // as the sources spell it
  KernelVersion since;
  bool detected;  // looked for at run time, done without where missing
  std::string_view purpose;
};

std::span<const IoUringFeature> io_uring_features() noexcept;

}  // namespace ava::transport
