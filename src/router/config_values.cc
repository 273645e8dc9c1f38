#include "router/config_values.h"

#include <algorithm>
#include <charconv>

#include "marshal/bulk.h"
#include "transport/layout.h"

namespace ava::router {

std::optional<uint64_t> parse_size(std::string_view text) noexcept {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return {};
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  uint64_t factor = 1;
  if (!unit.empty()) {
    constexpr std::string_view kUnits = "KMGT";
    const size_t power = kUnits.find(unit.front());
    unit.remove_prefix(1);
    if (power == std::string_view::npos || !(unit.empty() || unit == "iB" || unit == "B")) {
      return {};
    }
    factor = uint64_t{1} << (10 * (power + 1));
  }
  const uint64_t bytes = marshal::saturating_mul(number, factor);
  if (bytes > UINT64_MAX - transport::kPage) return {};
  return (bytes + transport::kPage - 1) & ~(transport::kPage - 1);
}

bool valid_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace ava::router
