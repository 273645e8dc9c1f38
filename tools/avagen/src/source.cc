#include "source.h"

#include <algorithm>

namespace avagen {

uint32_t Sources::add(std::string path, std::string text) {
  files_.push_back({std::move(path), std::move(text)});
  return static_cast<uint32_t>(files_.size() - 1);
}

std::string_view Sources::text(Span span) const {
  return text(span.file).substr(span.begin, span.end - span.begin);
}

Location Sources::locate(Span span) const {
  const std::string_view all = text(span.file);
  const size_t at = std::min<size_t>(span.begin, all.size());
  const size_t newline = at == 0 ? std::string_view::npos : all.rfind('\n', at - 1);
  const size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const size_t stop = std::min(all.find('\n', at), all.size());
  Location place;
  place.path = path(span.file);
  place.line = 1 + static_cast<uint32_t>(std::count(all.begin(), all.begin() + start, '\n'));
  place.column = static_cast<uint32_t>(at - start) + 1;
  place.line_text = all.substr(start, stop - start);
  return place;
}

uint32_t Sources::find(std::string_view path) const {
  uint32_t file = 0;
  while (file < files_.size() && files_[file].path != path) ++file;
  return file;
}

Span Sources::line(uint32_t file, uint32_t line, uint32_t column) const {
  const std::string_view all = text(file);
  size_t start = 0;
  for (uint32_t i = 1; i < line && start < all.size(); ++i) {
    const size_t newline = all.find('\n', start);
    start = newline == std::string_view::npos ? all.size() : newline + 1;
  }
  const size_t stop = std::min(all.find('\n', start), all.size());
  const size_t at = std::min(start + column - 1, stop);
  return {file, static_cast<uint32_t>(at), static_cast<uint32_t>(stop)};
}

}  // namespace avagen
