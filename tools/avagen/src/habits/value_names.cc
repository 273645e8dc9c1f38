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

Words noun_of(const std::string& handle) {
  Words words = words_of(handle);
  if (words.size() > 1) words.erase(words.begin());
  while (words.size() > 1 && is_one_of(words.back(), {"t", "id", "handle", "object"})) {
    words.pop_back();
  }
  return words;
}

namespace {
bool begins_with(const Words& words, const Words& prefix) {
  return words.size() > prefix.size() && std::equal(prefix.begin(), prefix.end(), words.begin());
}
}  // namespace

ValueNames::ValueNames(const std::vector<std::string>& constants, const Nouns& handles)
    : handles_(handles) {
  // With which nearly all begin; some stand in a group for other reasons.
  shared_ = words_of(constants.front());
  shared_.pop_back();
  const auto begins = [&](const std::string& constant) {
    return begins_with(words_of(constant), shared_);
  };
  const auto enough = static_cast<std::ptrdiff_t>(constants.size() - constants.size() / 10);
  while (!shared_.empty() && std::count_if(constants.begin(), constants.end(), begins) < enough) {
    shared_.pop_back();
  }
}

ValueNames::Meaning ValueNames::of(const std::string& constant) const {
  Words words = words_of(constant);
  const size_t known = begins_with(words, shared_) ? shared_.size() : 1;
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(known));
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
