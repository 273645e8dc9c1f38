// Edits of what the native library answers, so that info never claims what a stub refuses.
//
// An edit that keeps the size works on the answer in place. One that changes it must also change
// what the library says about the size, in the call that asks for the size alone as in the one that
// asks for the value: edited_query asks for the whole value each time, and then answers as the
// library would for the edited one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/export.h"

namespace ava::server {

class AVA_EXPORT EditedValue {
 public:
  explicit EditedValue(size_t size) : bytes_(size) {}

  std::byte* data() noexcept { return bytes_.data(); }
  size_t size() const noexcept { return bytes_.size(); }

  // The value is this text, with its zero.
  void replace(std::string_view text);
  // Drops words from a text of words with one space between them.
  void drop_words(std::initializer_list<std::string_view> words);
  // Drops `suffix` from the end of a text, if it ends so, with the spaces before it.
  void drop_suffix(std::string_view suffix);
  // Drops those elements of an array whose zero-terminated text at `offset` is one of `names`.
  void drop_entries(size_t element, size_t offset, std::initializer_list<std::string_view> names);

 private:
  std::vector<std::byte> bytes_;
};

// Clears bits of a number of `size` bytes.
AVA_EXPORT void clear_bits(void* value, uint64_t size, uint64_t bits) noexcept;
// Stores a number of `size` bytes, of which the first 8 get `number` and the others are zero.
AVA_EXPORT void replace_value(void* value, uint64_t size, uint64_t number) noexcept;

// `ask(size, value, size_ret)` calls the library; `edit` changes an EditedValue, where this query
// is one that is edited at all. Returns what the library returns: where the application's room is
// too small for the edited value, its own error for too little room.
template <typename Status, typename Ask, typename Edit>
Status edited_query(bool is_edited, size_t size, void* value, size_t& size_ret, Status success,
                    Ask ask, Edit edit) {
  if (!is_edited) return ask(size, value, &size_ret);
  size_t whole = 0;
  if (const Status status = ask(0, nullptr, &whole); status != success) return status;
  EditedValue edited(whole);
  if (const Status status = ask(whole, edited.data(), &whole); status != success) return status;
  edit(edited);
  if (value != nullptr && size < edited.size()) return ask(0, value, nullptr);
  if (value != nullptr) {
    for (size_t i = 0; i < edited.size(); ++i) static_cast<std::byte*>(value)[i] = edited.data()[i];
  }
  size_ret = edited.size();
  return success;
}

}  // namespace ava::server
