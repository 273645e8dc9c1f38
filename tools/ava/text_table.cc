#include "text_table.h"

#include <cstdio>
#include <iterator>

namespace ava::tool {

std::string TextTable::text() const {
  std::string result;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      const std::string& cell = row[column];
      const std::string padding(width(column) - cell.size(), ' ');
      const bool right =
          &row != &rows_.front() && !cell.empty() && cell[0] >= '0' && cell[0] <= '9';
      if (column > 0) line += "  ";
      line += right ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

size_t TextTable::width(size_t column) const {
  size_t widest = 0;
  for (const auto& row : rows_) {
    if (column < row.size()) widest = std::max(widest, row[column].size());
  }
  return widest;
}

std::string bytes_text(uint64_t bytes) {
  constexpr const char* kUnits[] = {"", " K", " M", " G", " T"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 10 && unit > 0 ? "%.1f%s" : "%.0f%s", value,
                kUnits[unit]);
  return text;
}

}  // namespace ava::tool
