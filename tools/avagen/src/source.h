// The texts of one run, and places in them. A Span is small enough to sit in every node of the
// tree.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace avagen {

struct Span {
  uint32_t file = 0;
  uint32_t begin = 0;  // byte offsets
  uint32_t end = 0;
};

// From the start of `first` to the end of `last`, of one file.
inline Span join(Span first, Span last) { return {first.file, first.begin, last.end}; }

// A place as people read it; line and column count from 1.
struct Location {
  std::string_view path;
  uint32_t line = 1;
  uint32_t column = 1;
  std::string_view line_text;
};

class Sources {
 public:
  uint32_t add(std::string path, std::string text);
  std::string_view path(uint32_t file) const { return files_[file].path; }
  std::string_view text(uint32_t file) const { return files_[file].text; }
  std::string_view text(Span span) const;
  Location locate(Span span) const;
  size_t size() const { return files_.size(); }
  // The file added under this path, or size() where there is none.
  uint32_t find(std::string_view path) const;
  // The span of one line (from 1) of a file, from `column` to its end.
  Span line(uint32_t file, uint32_t line, uint32_t column) const;

 private:
  struct File {
    std::string path;
    std::string text;
  };
  std::deque<File> files_;  // stable addresses: views into the texts stay valid
};

}  // namespace avagen
