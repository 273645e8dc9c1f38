// Names as people read them: "param_value_size_ret" and "paramValueSizeRet" are the same words.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace avagen {

using Words = std::vector<std::string>;  // in lower case, in their order

Words words_of(std::string_view name);
std::string singular(const std::string& word);

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const std::string_view candidate : words) {
    if (word == candidate) return true;
  }
  return false;
}
inline bool has_one_of(const Words& words, std::initializer_list<std::string_view> wanted) {
  for (const std::string& word : words) {
    if (is_one_of(word, wanted)) return true;
  }
  return false;
}

}  // namespace avagen
