#include "server/edit.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace ava::server {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// What is zero-terminated within `size` bytes, which may be none at all.
std::string_view text_at(const std::byte* bytes, size_t size) {
  if (size == 0) return {};
  const auto* text = reinterpret_cast<const char*>(bytes);
  return {text, ::strnlen(text, size)};
}

}  // namespace

void EditedValue::replace(std::string_view text) {
  bytes_.resize(text.size() + 1);
  std::memcpy(bytes_.data(), text.data(), text.size());
  bytes_.back() = std::byte{0};
}

void EditedValue::drop_suffix(std::string_view suffix) {
  std::string_view text = text_at(bytes_.data(), bytes_.size());
  suffix.remove_prefix(std::min(suffix.find_first_not_of(' '), suffix.size()));
  if (!text.ends_with(suffix)) return;
  text.remove_suffix(suffix.size());
  while (text.ends_with(' ')) text.remove_suffix(1);
  replace(std::string(text));
}

void EditedValue::drop_words(std::initializer_list<std::string_view> words) {
  const std::string_view text = text_at(bytes_.data(), bytes_.size());
  std::string kept;
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, stop - at);
    at = stop + 1;
    if (word.empty() || is_one_of(word, words)) continue;
    if (!kept.empty()) kept += ' ';
    kept += word;
  }
  replace(kept);
}

void EditedValue::drop_entries(size_t element, size_t offset,
                               std::initializer_list<std::string_view> names) {
  size_t kept = 0;
  for (size_t at = 0; at + element <= bytes_.size(); at += element) {
    if (is_one_of(text_at(bytes_.data() + at + offset, element - offset), names)) continue;
    std::memmove(bytes_.data() + kept, bytes_.data() + at, element);
    kept += element;
  }
  bytes_.resize(kept);
}

void clear_bits(void* value, uint64_t size, uint64_t bits) noexcept {
  if (value == nullptr) return;
  uint64_t number = 0;
  const size_t width = std::min<uint64_t>(size, sizeof number);
  std::memcpy(&number, value, width);
  number &= ~bits;
  std::memcpy(value, &number, width);
}

void replace_value(void* value, uint64_t size, uint64_t number) noexcept {
  if (value == nullptr) return;
  std::memset(value, 0, size);
  std::memcpy(value, &number, std::min<uint64_t>(size, sizeof number));
}

}  // namespace ava::server
