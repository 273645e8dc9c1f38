#include "habits/lengths.h"

#include <algorithm>

namespace avagen {
namespace {

bool is_count_word(std::string_view word) {
  return is_one_of(word, {"num", "n", "nb", "number", "count", "cnt", "size", "len", "length", "cb",
                          "bytes", "nbytes", "capacity", "avail", "entries", "dim", "dims"});
}
// Of words that may count bytes where elements are wider.
bool counts_bytes_perhaps(const Words& words) {
  return has_one_of(words,
                    {"size", "len", "length", "cb", "bytes", "nbytes", "capacity", "avail"}) &&
         !has_one_of(words, {"num", "n", "count"});
}
bool is_named_like_a_count(const SignatureParameter& parameter) {
  return parameter.is_count() &&
         std::any_of(parameter.words.begin(), parameter.words.end(), is_count_word);
}

// What a name is about: "num_events_in_wait_list" and "event_wait_list" are about event, wait.
Words subject(const Words& words) {
  Words all;
  for (const std::string& word : words) {
    if (!is_count_word(word)) all.push_back(singular(word));
  }
  Words some;
  for (const std::string& word : all) {
    if (!is_one_of(word, {"list", "in", "of", "out", "the", "ptr", "array", "ret"})) {
      some.push_back(word);
    }
  }
  return some.empty() ? all : some;
}

bool leads_to_data(const SignatureParameter& parameter) {
  return parameter.c.is_pointer() && !parameter.c.is_function_pointer();
}

// The count that is about the same as the pointer.
int count_about(const Signature& signature, const SignatureParameter& pointer) {
  const Words wanted = subject(pointer.words);
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const SignatureParameter& candidate = signature.parameters[i];
    if (is_named_like_a_count(candidate) && !wanted.empty() && subject(candidate.words) == wanted) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

// Is this count about another pointer?
bool belongs_elsewhere(const Signature& signature, size_t count, size_t pointer) {
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const SignatureParameter& other = signature.parameters[i];
    if (i == pointer || !leads_to_data(other)) continue;
    if (count_about(signature, other) == static_cast<int>(count)) return true;
  }
  return false;
}

// What the function may only read: also a list of texts, whose pointers need not be const.
bool is_input(const SignatureParameter& parameter) {
  const CType& element = *parameter.c.pointee;
  return element.is_const ||
         (element.is_pointer() && element.pointee != nullptr && element.pointee->is_const);
}
bool is_text(const SignatureParameter& parameter) {
  return parameter.c.pointee->spelling == "char";
}
// What comes after a count and needs none.
bool needs_no_count(const SignatureParameter& parameter) {
  if (parameter.c.pointee->kind == CType::Kind::kVoid && !parameter.c.pointee->is_const)
    return true;
  return parameter.is_scalar_pointer() && !parameter.c.pointee->is_const;
}

// The count right before the pointer, or before the pointers right before it; else right behind it.
int count_beside(const Signature& signature, size_t pointer) {
  const std::vector<SignatureParameter>& all = signature.parameters;
  size_t at = pointer;
  const bool read = is_input(all[pointer]);
  while (at > 0 && leads_to_data(all[at - 1]) && is_input(all[at - 1]) == read) --at;
  if (at > 0 && is_named_like_a_count(all[at - 1])) {
    // Where pointers lie between, the count is about the first of them, and all are of one list.
    // A text among them ends by itself.
    const bool next = at == pointer;
    const bool shared = !next && !is_text(all[pointer]);
    if (shared || (next && !belongs_elsewhere(signature, at - 1, pointer))) {
      return static_cast<int>(at - 1);
    }
  }
  const size_t behind = pointer + 1;
  if (behind < all.size() && is_named_like_a_count(all[behind]) &&
      !belongs_elsewhere(signature, behind, pointer)) {
    // "n, values" elsewhere: the count is that of what follows it.
    const bool of_the_next = behind + 1 < all.size() && leads_to_data(all[behind + 1]) &&
                             !needs_no_count(all[behind + 1]) &&
                             count_about(signature, all[behind + 1]) < 0;
    if (!of_the_next) return static_cast<int>(behind);
  }
  return -1;
}

std::string spelled(const NamingRule& rule, const std::string& parameter) {
  std::string name;
  for (const NamingRule::Part& part : rule.parts) {
    name += part.is_parameter ? parameter : part.text;
  }
  return name;
}

Length made_of(const Signature& signature, size_t pointer, int count, std::string reason) {
  const SignatureParameter& number = signature.parameters[static_cast<size_t>(count)];
  const CType& element = *signature.parameters[pointer].c.pointee;
  const bool wide = element.kind != CType::Kind::kVoid && element.size != 1;
  return {number.name, std::move(reason), wide && counts_bytes_perhaps(number.words)};
}

}  // namespace

int named_by_rule(const Signature& signature, const std::string& parameter,
                  const std::vector<NamingRule>& rules, std::string_view what) {
  for (const NamingRule& rule : rules) {
    if (rule.what != what) continue;
    const std::string wanted = spelled(rule, parameter);
    for (size_t i = 0; i < signature.parameters.size(); ++i) {
      if (signature.parameters[i].name == wanted) return static_cast<int>(i);
    }
  }
  return -1;
}

std::optional<Query> query_around(const Signature& signature, size_t pointer) {
  const std::vector<SignatureParameter>& all = signature.parameters;
  const SignatureParameter& value = all[pointer];
  if (!value.c.is_pointer() || value.c.pointee->is_const) return std::nullopt;
  const bool of_bytes = value.c.pointee->kind == CType::Kind::kVoid;
  Query query{-1, -1, of_bytes};
  const auto is_output = [](const SignatureParameter& parameter) {
    return parameter.is_scalar_pointer() && !parameter.c.pointee->is_const;
  };
  for (size_t i = 0; of_bytes && i < all.size(); ++i) {
    if (all[i].name == value.name + "_size" && all[i].is_count()) query.size = static_cast<int>(i);
    if (all[i].name == value.name + "_size_ret" && is_output(all[i])) {
      query.written = static_cast<int>(i);
    }
  }
  if (query.size >= 0 && query.written >= 0) return query;
  if (pointer == 0 || pointer + 1 >= all.size()) return std::nullopt;
  const SignatureParameter& before = all[pointer - 1];
  const SignatureParameter& behind = all[pointer + 1];
  if (!is_named_like_a_count(before) || !is_output(behind)) return std::nullopt;
  const bool says_size =
      of_bytes ? behind.words.size() > 1 && has_one_of(behind.words, {"size", "len", "length"}) &&
                     is_one_of(behind.words.back(), {"ret", "needed", "required", "returned"})
               : has_one_of(behind.words, {"num", "n", "count", "found"});
  if (!says_size) return std::nullopt;
  return Query{static_cast<int>(pointer) - 1, static_cast<int>(pointer) + 1, of_bytes};
}

int written_by_name(const Signature& signature, size_t pointer) {
  const Words& subject_words = signature.parameters[pointer].words;
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const SignatureParameter& other = signature.parameters[i];
    if (i == pointer || !other.is_scalar_pointer() || other.c.pointee->is_const) continue;
    const bool amount = std::any_of(other.words.begin(), other.words.end(), is_count_word) &&
                        has_one_of(other.words, {"actual", "written", "produced", "ret"});
    const bool same =
        std::all_of(subject_words.begin(), subject_words.end(), [&](const auto& word) {
          return std::find(other.words.begin(), other.words.end(), word) != other.words.end();
        });
    if (amount && same) return static_cast<int>(i);
  }
  return -1;
}

std::optional<Length> length_by_name(const Signature& signature, size_t pointer,
                                     const std::vector<NamingRule>& rules) {
  const SignatureParameter& parameter = signature.parameters[pointer];
  if (const int ruled = named_by_rule(signature, parameter.name, rules, "length"); ruled >= 0) {
    return Length{signature.parameters[static_cast<size_t>(ruled)].name,
                  "the convention's name for a length", false};
  }
  if (parameter.extent != 0) {
    return Length{std::to_string(parameter.extent), "the header's prototype has it in brackets",
                  false};
  }
  if (const std::optional<Query> query = query_around(signature, pointer)) {
    return Length{signature.parameters[static_cast<size_t>(query->size)].name,
                  query->of_bytes ? "the size-query pattern" : "the list-query pattern", false};
  }
  if (const int named = count_about(signature, parameter); named >= 0) {
    return made_of(signature, pointer, named,
                   "'" + signature.parameters[static_cast<size_t>(named)].name +
                       "' is named after '" + parameter.name + "'");
  }
  if (const int beside = count_beside(signature, pointer); beside >= 0) {
    Length length = made_of(signature, pointer, beside,
                            "'" + signature.parameters[static_cast<size_t>(beside)].name +
                                "', a count, stands beside it");
    length.by_name = false;
    return length;
  }
  return std::nullopt;
}

}  // namespace avagen
