// What the names of constants say of the results and the properties that go with them.
#include <algorithm>

#include "habits/reading.h"
#include "habits/value_names.h"

namespace avagen {
namespace {

// A few of many names.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kMost = 4;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMost
             ? text + " or one of " + std::to_string(names.size() - kMost) + " more"
             : text;
}

}  // namespace

void Habits::results(Reading& reading, size_t index, const SignatureParameter& selector) const {
  const std::vector<std::string>* constants = values_of(header_, selector.c);
  if (constants == nullptr) {
    return reading.unresolved(index,
                              "is the result a handle for some values of '" + selector.name + "'?");
  }
  const ValueNames names(*constants, nouns_);
  std::vector<std::string> doubtful;
  for (const std::string& constant : *constants) {
    const ValueNames::Meaning meaning = names.of(constant);
    if (const std::string list = property_list(selector, constant); !list.empty()) {
      reading.add(index, Slot::kTranslation,
                  "if (" + selector.name + " == " + constant + ") " + list,
                  "what functions take as such a list");
      continue;
    }
    if (meaning.is_doubtful) doubtful.push_back(constant);
    if (meaning.handle.empty()) continue;
    reading.add(index, Slot::kTranslation,
                "if (" + selector.name + " == " + constant + ") element { handle(" +
                    meaning.handle + "); }",
                "by the constant's name");
  }
  if (!doubtful.empty()) {
    reading.unresolved(
        index, "what is the result where '" + selector.name + "' is " + some_of(doubtful) + "?");
  }
}

// "VEC_CONTEXT_PROPERTIES" of a "vec_context_info" is a list of "vec_context_properties", if
// functions take such lists.
std::string Habits::property_list(const SignatureParameter& selector,
                                  const std::string& constant) const {
  if (words_of(constant).back() != "properties") return "";
  for (const std::string& type : selector.c.chain) {
    const size_t underscore = type.rfind('_');
    if (underscore == std::string::npos) continue;
    const std::string list = type.substr(0, underscore) + "_properties";
    const auto known = header_.constants_of.find(list);
    if (!lists_.contains(list) || known == header_.constants_of.end()) continue;
    const ValueNames names(known->second, nouns_);
    std::string entries;
    for (const std::string& key : known->second) {
      const ValueNames::Meaning meaning = names.of(key);
      if (meaning.is_doubtful) return "";
      if (!meaning.handle.empty()) entries += key + ": handle(" + meaning.handle + "); ";
    }
    return "list { " + entries + "}";
  }
  return "";
}

void Habits::properties(Reading& reading, size_t index) const {
  const CType& element = *reading.at(index).c.pointee;
  const std::vector<std::string>* constants = values_of(header_, element);
  const bool holds_pointers =
      std::any_of(element.chain.begin(), element.chain.end(), [](const auto& c) {
        return is_one_of(c, {"intptr_t", "uintptr_t"});
      });
  if (element.size == 8 && !holds_pointers) {
    return reading.add(index, Slot::kLength, "list { }",
                       "keys and values, by its name; numbers, for handles would be intptr_t");
  }
  if (constants == nullptr) {
    return reading.unresolved(index, "a zero-terminated list? which values are handles?");
  }
  const ValueNames names(*constants, nouns_);
  std::string entries;
  std::vector<std::string> doubtful;
  for (const std::string& constant : *constants) {
    const ValueNames::Meaning meaning = names.of(constant);
    if (meaning.is_doubtful) doubtful.push_back(constant);
    if (!meaning.handle.empty()) entries += constant + ": handle(" + meaning.handle + "); ";
  }
  if (entries.empty()) {
    return reading.unresolved(index, "a zero-terminated list of keys with one value each?");
  }
  reading.add(index, Slot::kLength, "list { " + entries + "}",
              "keys and values, by its name; the values by their keys' names");
  if (!doubtful.empty())
    reading.unresolved(index, "what are the values of " + some_of(doubtful) + "?");
}

}  // namespace avagen
