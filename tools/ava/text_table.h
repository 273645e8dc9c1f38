// Columns as wide as their widest cell; numbers to the right. What the tool's lists are made of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace ava::tool {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> head) { rows_.push_back(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  std::string text() const;

 private:
  size_t width(size_t column) const;

  std::vector<std::vector<std::string>> rows_;
};

// "1.2 M": of bytes.
std::string bytes_text(uint64_t bytes);

}  // namespace ava::tool
