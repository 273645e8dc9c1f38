#include "habits/value_names.h"

#include <algorithm>

namespace avagen {

const std::vector<std::string>* values_of(const Header& header, const CType& type) {
  for (const std::string& name : type.chain) {
    const auto known = header.constants_of.find(name.starts_with("enum ") ? name.substr(5) : name);
    if (known != header.constants_of.end() && !known->second.empty()) return &known->second;
  }
  return nullptr;
}

ValueNames::ValueNames(const std::vector<std::string>& constants,
                       const std::set<std::string>& handles) {
  for (const std::string& handle : handles) {
    Words words = words_of(handle);
    if (words.size() > 1) words.erase(words.begin());
    while (words.size() > 1 && is_one_of(words.back(), {"t", "id", "handle", "object"})) {
      words.pop_back();
    }
    handles_.emplace_back(handle, std::move(words));
  }
  shared_ = words_of(constants.front());
  shared_.pop_back();
  for (const std::string& constant : constants) {
    const Words words = words_of(constant);
    const auto differs = std::mismatch(shared_.begin(), shared_.end(), words.begin(), words.end());
    shared_.erase(differs.first, shared_.end());
  }
}

ValueNames::Meaning ValueNames::of(const std::string& constant) const {
  Words words = words_of(constant);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shared_.size()));
  for (std::string& word : words) word = singular(word);
  // How many there are, of what kind or how large: a number or a text, whatever it is about.
  if (has_one_of(words, {"num", "count", "size", "type", "version", "name", "max", "min", "status",
                         "mode", "flag"})) {
    return {};
  }
  for (const auto& [handle, own] : handles_) {
    if (words == own) return {handle, false};
    if (std::search(words.begin(), words.end(), own.begin(), own.end()) != words.end()) {
      return {"", true};
    }
  }
  return {"", has_one_of(words, {"ptr", "pointer", "property", "binary", "parent", "object",
                                 "handle", "associated", "callback", "data"})};
}

}  // namespace avagen
