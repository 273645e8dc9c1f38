// The values that configuration files and command lines share, and their bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ava::router {

inline constexpr uint64_t kMinArena = uint64_t{1} << 20;  // bytes; below, hardly a buffer fits
inline constexpr uint64_t kMaxArena = uint64_t{1} << 40;  // bytes; far below what addresses allow
inline constexpr unsigned kMaxThreads = 256;
inline constexpr uint32_t kMaxSessions = 65536;

// "4096", "512 MiB", "1G": bytes, rounded up to whole pages. Nothing if it is no size.
std::optional<uint64_t> parse_size(std::string_view text) noexcept;

// Fit for a guest's name, which is also a folder's.
bool valid_name(std::string_view name) noexcept;

}  // namespace ava::router
