#include "habits/habits.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "habits/lengths.h"
#include "habits/value_names.h"

namespace avagen {

// What is being found out about one function.
struct Habits::Reading {
  const Signature& signature;
  const Remarks& remarks;
  Role role;
  FunctionFindings found;
  std::vector<bool> is_user_data;
  std::vector<size_t> started_outputs;  // of a function that starts something

  const SignatureParameter& at(size_t index) const { return signature.parameters[index]; }
  const ParameterRemarks* remark(size_t index) const {
    const auto known = remarks.parameters.find(at(index).name);
    return known == remarks.parameters.end() ? nullptr : &known->second;
  }
  void add(size_t index, Slot slot, std::string text, std::string reason) {
    found.parameters[index].push_back({slot, std::move(text), std::move(reason)});
  }
  void unresolved(size_t index, std::string what) {
    add(index, Slot::kUnresolved, "unresolved(\"" + what + "\");", what);
  }
};

namespace {

constexpr const char* kFromReference = "documented: ";

// What a handle leads to; a function that does not change it takes a pointer to const.
std::string object_of(const CType& handle) {
  const std::string& name = handle.chain.back();
  return name.starts_with("const ") ? name.substr(6) : name;
}
bool is_char(const CType& c) { return c.kind == CType::Kind::kInteger && c.size == 1; }
bool is_void(const CType& c) { return c.kind == CType::Kind::kVoid; }

// A parameter that tells the library whether to wait.
bool is_blocking_flag(const SignatureParameter& parameter) {
  return parameter.c.is_number() && has_one_of(parameter.words, {"blocking", "wait", "block"}) &&
         !has_one_of(parameter.words, {"num", "list", "count", "timeout", "size"});
}
bool is_error_word(const std::string& word) {
  return is_one_of(word, {"err", "error", "errcode", "errno", "status"});
}
bool is_named_output(const SignatureParameter& parameter) {
  return is_one_of(parameter.words.front(), {"out", "dst", "dest", "old", "output"}) ||
         is_one_of(parameter.words.back(), {"out", "ret", "dst", "output", "returned"});
}
bool is_property_list(const SignatureParameter& parameter) {
  return parameter.is_scalar_pointer() &&
         has_one_of(parameter.words, {"properties", "property", "attribs", "attributes", "props"});
}
bool is_user_data_name(const SignatureParameter& parameter) {
  return parameter.c.is_pointer() && is_void(*parameter.c.pointee) &&
         is_one_of(parameter.words.back(), {"data", "arg", "context", "ctx", "closure", "opaque",
                                            "cookie", "user", "param", "userdata", "self"});
}
bool happens_once(const Words& noun) {
  return has_one_of(noun, {"event", "job", "fence", "task", "request", "future", "operation"});
}
bool is_plural(const SignatureParameter& parameter) {
  return singular(parameter.words.back()) != parameter.words.back();
}
// "lengths", or "image_sizes" of "images".
bool is_list_of_sizes(const SignatureParameter& sizes, const SignatureParameter& list) {
  const bool numbers = sizes.is_scalar_pointer() && sizes.c.pointee->is_const &&
                       sizes.c.pointee->size == 8 &&
                       is_one_of(sizes.words.back(), {"lengths", "sizes", "lens"});
  if (!numbers || sizes.words.size() == 1) return numbers;
  return sizes.words.size() == list.words.size() + 1 &&
         std::equal(
             list.words.begin(), list.words.end(), sizes.words.begin(),
             [](const std::string& a, const std::string& b) { return singular(a) == singular(b); });
}
// A single number, by its name.
bool says_an_amount(const SignatureParameter& parameter) {
  return is_one_of(parameter.words.back(), {"ret", "returned", "size", "len", "length", "count"});
}
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
// The count of what stands right before an output, if that is a list and no pattern names the
// output.
std::string count_of_neighbour(const Signature& signature, size_t index,
                               const std::vector<NamingRule>& rules) {
  if (index == 0) return "";
  const SignatureParameter& before = signature.parameters[index - 1];
  if (!before.c.is_pointer() || before.c.is_function_pointer()) return "";
  if (before.c.pointee->kind == CType::Kind::kFunction) return "";
  const std::optional<Length> length = length_by_name(signature, index - 1, rules);
  return length && std::isdigit(static_cast<unsigned char>(length->expression[0])) == 0
             ? length->expression
             : "";
}
// A number that says what is asked for: what comes back is of a type that depends on it.
bool selects(const SignatureParameter& parameter) {
  return parameter.c.is_number() &&
         has_one_of(parameter.words, {"name", "pname", "info", "attribute", "attrib", "what",
                                      "query", "key", "property", "param"}) &&
         !has_one_of(parameter.words, {"size", "count", "num"});
}

}  // namespace

Habits::Habits(const Header& header, HandleTest is_handle, std::vector<NamingRule> rules,
               std::string error_name)
    : header_(header),
      is_handle_(std::move(is_handle)),
      rules_(std::move(rules)),
      error_name_(std::move(error_name)) {
  for (const HeaderFunction& function : header.own_functions) {
    const Signature signature = signature_of(function, {});
    learn_words(signature);
    if (role_of(signature) == Role::kFinds) continue;
    if (is_handle_(signature.result)) made_.insert(object_of(signature.result));
    for (const SignatureParameter& parameter : signature.parameters) {
      if (is_handle_pointer(parameter.c) && !parameter.c.pointee->is_const) {
        made_.insert(object_of(*parameter.c.pointee));
      }
    }
  }
}

// What the rest of the API says about names.
void Habits::learn_words(const Signature& signature) {
  const auto add = [&](const CType& handle, Words noun) {
    const std::pair<std::string, Words> pair{handle.chain.front(), std::move(noun)};
    if (std::find(nouns_.begin(), nouns_.end(), pair) == nouns_.end()) nouns_.push_back(pair);
  };
  for (const SignatureParameter& parameter : signature.parameters) {
    if (is_handle_(parameter.c)) add(parameter.c, noun_of(parameter.c.chain.front()));
    if (parameter.c.is_number()) numbers_.insert(parameter.name);
    if (parameter.is_scalar_pointer() && parameter.c.pointee->is_const) {
      lists_.insert(parameter.c.pointee->chain.front());
    }
    knows_depth_ |= has_one_of(parameter.words, {"depth", "slice"});
  }
  // "create buffer" returns what a constant may call a buffer.
  if (!is_handle_(signature.result)) return;
  for (size_t i = 0; i + 1 < signature.words.size(); ++i) {
    if (signature.words[i] != "create") continue;
    Words noun;
    for (size_t j = i + 1; j < signature.words.size(); ++j) {
      if (is_one_of(signature.words[j], {"with", "from", "in", "by", "for"})) break;
      noun.push_back(signature.words[j]);
    }
    if (!noun.empty()) add(signature.result, noun);
  }
}

bool Habits::is_handle_pointer(const CType& c) const {
  return c.is_pointer() && !is_handle_(c) && is_handle_(*c.pointee);
}

FunctionFindings Habits::about(const Signature& signature, const Remarks& remarks) const {
  Reading reading{signature, remarks, role_of(signature), {}, {}, {}};
  const size_t count = signature.parameters.size();
  reading.found.parameters.resize(count);
  reading.is_user_data.resize(count);
  for (size_t i = 0; i < count; ++i) {
    if (signature.parameters[i].c.is_function_pointer()) callback(reading, i);
  }
  for (size_t i = 0; i < count; ++i) {
    const SignatureParameter& parameter = signature.parameters[i];
    if (parameter.c.is_number() || parameter.c.is_function_pointer()) continue;
    if (reading.is_user_data[i]) continue;
    if (is_handle_(parameter.c)) {
      handle(reading, i);
    } else if (parameter.c.is_pointer()) {
      pointer(reading, i);
    } else if (parameter.c.kind != CType::Kind::kRecord) {
      reading.unresolved(i, "it is passed by value as " + parameter.c.spelling);
    } else if (parameter.c.holds_pointers) {
      reading.unresolved(i, "the struct holds pointers");
    }
  }
  lifetimes(reading);

  std::vector<Finding>& function = reading.found.function;
  const auto unresolved = [&](const std::string& what) {
    function.push_back({Slot::kUnresolved, "unresolved(\"" + what + "\");", what});
  };
  if (count > 64) unresolved("it takes more parameters than a request has room for");
  if (signature.variadic) unresolved("it takes a variable number of arguments");
  const CType& result = signature.result;
  if (is_handle_(result)) {
    if (reading.role == Role::kMakes) {
      function.push_back({Slot::kAllocates, "allocates;", "by its name it makes an object"});
    } else if (reading.role != Role::kFinds) {
      unresolved("it returns a handle: is the object new ('allocates') or known?");
    }
  } else if (!is_void(result) && !result.is_number() &&
             (result.kind != CType::Kind::kRecord || result.holds_pointers)) {
    unresolved("it returns " + (result.is_pointer() ? std::string("a pointer to memory of its own")
                                                    : result.spelling));
  }
  return std::move(reading.found);
}

// --- handles ---
void Habits::handle(Reading& reading, size_t index) const {
  const SignatureParameter& parameter = reading.at(index);
  const bool counts = reading.role == Role::kRetains || reading.role == Role::kReleases;
  const size_t others = reading.signature.parameters.size() - 1;
  if (counts && others == 0) {
    const bool retains = reading.role == Role::kRetains;
    reading.add(index, Slot::kReference, retains ? "retains;" : "deallocates;",
                "by the function's name");
    if (has_one_of(reading.signature.words, {"free", "delete"})) {
      reading.add(index, Slot::kNull, "optional;", "to free nothing does nothing, by custom");
      return;
    }
  } else if (counts && index == 0) {
    reading.unresolved(index, "by its name the function gives or takes a reference: of this?");
  }
  const ParameterRemarks* remark = reading.remark(index);
  if (remark != nullptr && remark->nullable) {
    if (remark->nullable->value) {
      reading.add(index, Slot::kNull, "optional;", kFromReference + remark->nullable->quote);
    }
  } else if (!made_.contains(object_of(parameter.c))) {
    reading.unresolved(index, "no function makes one: does null stand for a default?");
  } else if (has_one_of(reading.signature.words, {"sizeof"})) {
    reading.unresolved(index, "is the size of nothing 0, as by custom, or an error?");
  } else if (index != 0 && reading.role == Role::kFinds) {
    reading.unresolved(index, "may it be null where '" + reading.at(0).name + "' says enough?");
  } else if (is_handle_(reading.signature.result) &&
             parameter.c.chain == reading.signature.result.chain &&
             has_one_of(reading.signature.words, {"sub", "view", "part", "slice", "alias"})) {
    reading.unresolved(index, "does the new object share this one's memory ('backs')?");
  }
}

// --- pointers ---
void Habits::pointer(Reading& reading, size_t index) const {
  const SignatureParameter& parameter = reading.at(index);
  const CType& element = *parameter.c.pointee;
  const ParameterRemarks* remark = reading.remark(index);
  if (remark != nullptr && remark->kept) {
    reading.unresolved(index, "read after the call: until which object is destroyed ('keeps')?");
  }
  const bool is_error = parameter.is_scalar_pointer() && !element.is_const &&
                        (error_name_.empty() ? is_handle_(reading.signature.result) &&
                                                   std::any_of(parameter.words.begin(),
                                                               parameter.words.end(), is_error_word)
                                             : parameter.name == error_name_);
  if (is_error) {
    if (error_name_.empty()) {
      reading.add(index, Slot::kDirection, "out;", "the function's error");
      reading.add(index, Slot::kError, "error;",
                  "by its name, of a function that returns a handle");
    }
    return;
  }
  if (remark != nullptr && remark->nullable && !remark->nullable->value) {
    reading.add(index, Slot::kNull, "nonnull;", kFromReference + remark->nullable->quote);
  }
  if (remark != nullptr && remark->way && !element.is_const) {
    const std::string quote = kFromReference + remark->way->quote;
    if (remark->way->value == Way::kIn) {
      reading.add(index, Slot::kDirection, "in;", quote);
      return input(reading, index);
    }
    if (remark->way->value == Way::kOut) return output(reading, index, quote);
    reading.add(index, Slot::kDirection, "inout;", quote);
    const std::optional<Length> length = length_by_name(reading.signature, index, rules_);
    const bool certain = length && !length->elements_or_bytes;
    if (remark->length) {
      reading.add(index, Slot::kLength, "buffer(" + remark->length->value + ");",
                  kFromReference + remark->length->quote);
    } else if (certain) {
      reading.add(index, Slot::kLength, "buffer(" + length->expression + ");", length->reason);
    } else if (element.is_number()) {
      reading.add(index, Slot::kLength, "buffer(1);", "no parameter is named like a length of it");
    } else {
      reading.unresolved(index, "how long is it?");
    }
    return;
  }
  if (element.is_const) {
    reading.add(index, Slot::kDirection, "in;", "the header says const");
    return input(reading, index);
  }
  const std::vector<SignatureParameter>& all = reading.signature.parameters;
  for (size_t i = 0; i < all.size(); ++i) {
    const std::optional<Query> query = query_around(reading.signature, i);
    if (!query || (i != index && query->written != static_cast<int>(index))) continue;
    const char* reason = query->of_bytes ? "the size-query pattern" : "the list-query pattern";
    if (i == index) return output(reading, index, reason);
    return reading.add(index, Slot::kDirection, "out;", reason);
  }
  for (size_t i = 0; i < all.size() && parameter.is_scalar_pointer(); ++i) {
    const bool to_data = all[i].c.is_pointer() && !all[i].c.is_function_pointer();
    if (i == index || !to_data || all[i].c.pointee->is_const || is_handle_(all[i].c)) continue;
    if (written_by_name(reading.signature, i) != static_cast<int>(index)) continue;
    return reading.add(index, Slot::kDirection, "out;",
                       "by its name it says how much of '" + all[i].name + "' was written");
  }
  for (const SignatureParameter& other : all) {
    const int written = named_by_rule(reading.signature, other.name, rules_, "written");
    if (written < 0) continue;
    const char* reason = "a convention names what says how much is written";
    if (&other == &parameter) return output(reading, index, reason);
    if (written == static_cast<int>(index)) {
      return reading.add(index, Slot::kDirection, "out;", reason);
    }
  }
  const std::optional<Length> length = length_by_name(reading.signature, index, rules_);
  if (is_handle_pointer(parameter.c)) {
    const bool one = !is_plural(parameter) && (!length || !length->by_name);
    if (!length || one) return output(reading, index, "a pointer to a handle, not const");
  }
  if (element.is_pointer() && is_char(*element.pointee) && element.pointee->is_const) {
    reading.add(index, Slot::kDirection, "in;", "texts that are const");
    return input(reading, index);
  }
  if (element.is_pointer() && !is_handle_(element)) {
    return reading.unresolved(index, "a pointer to a pointer: whose memory is it?");
  }
  const bool unmaps = has_one_of(reading.signature.words, {"unmap"}) && is_void(element) && !length;
  if (unmaps && index > 0 && is_handle_(reading.at(index - 1).c)) {
    return reading.add(index, Slot::kTranslation, "unmaps(" + reading.at(index - 1).name + ");",
                       "by the function's name, and the object before it");
  }
  if (is_named_output(parameter)) return output(reading, index, "by its name");
  const bool reads = has_one_of(reading.signature.words, {"read", "download", "receive", "recv"});
  if (reads && length && !element.is_number()) {
    return output(reading, index, "by the function's name");
  }
  const bool asks = has_one_of(reading.signature.words, {"get", "query", "read"});
  if (asks && parameter.is_scalar_pointer() && !length) {
    return output(reading, index, "one number, and by its name the function asks");
  }
  if (parameter.is_scalar_pointer() && !length && numbers_.contains(parameter.name)) {
    return output(reading, index, "where '" + parameter.name + "' is given, it is by value");
  }
  if (length && !length->elements_or_bytes) {
    reading.add(index, Slot::kLength, "buffer(" + length->expression + ");", length->reason);
  }
  reading.unresolved(index, "is it read, written, or both?");
}

void Habits::output(Reading& reading, size_t index, const std::string& reason) const {
  const SignatureParameter& parameter = reading.at(index);
  const CType& element = *parameter.c.pointee;
  const ParameterRemarks* remark = reading.remark(index);
  reading.add(index, Slot::kDirection, "out;", reason);
  const std::optional<Query> query = query_around(reading.signature, index);
  std::optional<Length> length = length_by_name(reading.signature, index, rules_);
  const bool is_amount = element.is_number() && says_an_amount(parameter);
  if (is_amount && length && !length->by_name) length.reset();
  const bool one_handle = is_handle_pointer(parameter.c) && !is_plural(parameter);
  if (one_handle && length && !length->by_name) length.reset();
  if (remark != nullptr && remark->length) {
    if (length && length->expression != remark->length->value && !query &&
        !length->elements_or_bytes) {
      reading.unresolved(index, "by its name the length is " + length->expression +
                                    ", by its description " + remark->length->value);
    } else if (!query) {
      length = Length{remark->length->value, kFromReference + remark->length->quote, false};
    }
  }
  if (length && length->elements_or_bytes) {
    reading.unresolved(index, "does '" + length->expression + "' count elements or bytes?");
  } else if (length) {
    reading.add(index, Slot::kLength, "buffer(" + length->expression + ");", length->reason);
  } else if (is_void(element) || (is_handle_pointer(parameter.c) && is_plural(parameter))) {
    reading.unresolved(index, "how long is it?");
  } else if (element.kind == CType::Kind::kRecord && element.holds_pointers) {
    reading.unresolved(index, "the struct holds pointers");
  } else if (const std::string count = count_of_neighbour(reading.signature, index, rules_);
             !count.empty() && !is_amount && !one_handle) {
    reading.unresolved(index, "is it one, or as many as '" + count + "'?");
  }
  const bool starts = has_one_of(reading.signature.words,
                                 {"start", "submit", "enqueue", "launch", "begin", "post"});
  if (starts && !is_handle_pointer(parameter.c) && !query) {
    reading.started_outputs.push_back(index);
  }
  int written = named_by_rule(reading.signature, parameter.name, rules_, "written");
  std::string why = "the convention's name";
  if (written < 0 && query) {
    written = query->written;
    why = query->of_bytes ? "the size-query pattern" : "the list-query pattern";
  }
  if (written < 0 && length) {
    written = written_by_name(reading.signature, index);
    why = "by its name";
  }
  // "size_t compress(..., void* out, size_t room)": the result may well be how much there is.
  const CType& result = reading.signature.result;
  const bool counts = result.kind == CType::Kind::kInteger && result.size == 8;
  if (written < 0 && length && remark != nullptr && remark->written_by_result && counts) {
    reading.add(index, Slot::kWritten, "written(return);",
                kFromReference + remark->written_by_result->quote);
  } else if (written < 0 && length && is_void(element) && counts) {
    reading.unresolved(index, "does the result say how much was written?");
  }
  if (written >= 0) {
    reading.add(index, Slot::kWritten,
                "written(*" + reading.at(static_cast<size_t>(written)).name + ");", why);
  }
  if (is_handle_pointer(parameter.c) && reading.role != Role::kFinds) {
    reading.add(index, Slot::kAllocates, "element { allocates; }",
                "handles that a function gives out are new, unless by its name it looks them up");
  }
  if (query && query->of_bytes) {
    for (const SignatureParameter& other : reading.signature.parameters) {
      if (!selects(other)) continue;
      results(reading, index, other);
      break;
    }
  }
}

void Habits::input(Reading& reading, size_t index) const {
  const SignatureParameter& parameter = reading.at(index);
  const CType& element = *parameter.c.pointee;
  const ParameterRemarks* remark = reading.remark(index);
  std::optional<Length> length = length_by_name(reading.signature, index, rules_);
  if (is_property_list(parameter) && length && !length->by_name) length.reset();
  if (remark != nullptr && remark->is_string && is_char(element)) {
    reading.add(index, Slot::kLength, "string;", kFromReference + remark->is_string->quote);
    return;
  }
  if (remark != nullptr && remark->length) {
    if (length && length->expression != remark->length->value && !length->elements_or_bytes) {
      return reading.unresolved(index, "by its name the length is " + length->expression +
                                           ", by its description " + remark->length->value);
    }
    length = Length{remark->length->value, kFromReference + remark->length->quote, false};
  }
  if (length && !length->by_name && is_char(element) && element.spelling == "char") {
    return reading.unresolved(index, "a string, or as long as '" + length->expression + "' says?");
  }
  if (!length && is_char(element) && element.spelling == "char") {
    reading.add(index, Slot::kLength, "string;", "const char* without a length");
    return;
  }
  if (!length && is_property_list(parameter)) return properties(reading, index);
  if (!length && knows_depth_ && element.kind == CType::Kind::kInteger &&
      is_one_of(parameter.words.back(), {"origin", "region", "extent"})) {
    reading.add(index, Slot::kLength, "buffer(3);",
                "a place or an extent, and the API knows depth: three numbers");
    return;
  }
  if (element.kind == CType::Kind::kRecord && element.holds_pointers) {
    return reading.unresolved(index, "the struct holds pointers");
  }
  if (!length && element.kind == CType::Kind::kRecord && element.complete) {
    reading.add(index, Slot::kLength, "buffer(1);", "one struct: nothing is named like a length");
    return;
  }
  if (!length) return reading.unresolved(index, "how long is it?");
  if (length->elements_or_bytes) {
    return reading.unresolved(index, "does '" + length->expression + "' count elements or bytes?");
  }
  reading.add(index, Slot::kLength, "buffer(" + length->expression + ");", length->reason);
  if (element.is_pointer() && !is_handle_(element)) {
    if (!is_char(*element.pointee)) {
      return reading.unresolved(index, "a list of pointers: how long is what each leads to?");
    }
    for (const SignatureParameter& other : reading.signature.parameters) {
      if (!is_list_of_sizes(other, parameter)) continue;
      const bool text = element.pointee->spelling == "char";
      reading.add(index, Slot::kLength,
                  text ? "element { string(" + other.name + "); }"
                       : "element { buffer(" + other.name + "[index]); }",
                  "'" + other.name + "' stands beside it");
      return;
    }
    reading.add(index, Slot::kLength, "element { string; }", "texts without a list of lengths");
    return;
  }
  if (is_void(element) && parameter.words.back() == "value" && reading.role != Role::kFinds) {
    reading.unresolved(index, "may the bytes be a handle?");
  } else if (is_void(element) &&
             has_one_of(reading.signature.words, {"create", "load", "compile", "parse", "link"})) {
    reading.add(index, Slot::kTranslation, "parsed;",
                "an object is made of the bytes: a private copy is right in any case");
  }
}

// --- constants that say what a value is ---
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

// --- callbacks ---
void Habits::callback(Reading& reading, size_t index) const {
  const std::vector<SignatureParameter>& all = reading.signature.parameters;
  int user_data = named_by_rule(reading.signature, all[index].name, rules_, "user_data");
  for (size_t i = index + 1; user_data < 0 && i < all.size(); ++i) {
    if (is_user_data_name(all[i])) user_data = static_cast<int>(i);
  }
  for (size_t i = index; user_data < 0 && i-- > 0;) {
    if (is_user_data_name(all[i])) user_data = static_cast<int>(i);
  }
  if (user_data < 0) return reading.unresolved(index, "which parameter is its user data?");
  const SignatureParameter& data = all[static_cast<size_t>(user_data)];
  reading.is_user_data[static_cast<size_t>(user_data)] = true;
  reading.add(index, Slot::kCallback, "user_data(" + data.name + ");", "by its name");
  const Words& words = reading.signature.words;
  const bool lasting =
      has_one_of(words, {"register", "subscribe", "on", "handler", "listener", "hook", "logger"}) ||
      has_one_of(words, {"create", "open", "init", "new"});
  if (lasting) {
    reading.add(index, Slot::kCallback, "registered;", "by the function's name");
  } else if (has_one_of(words, {"when", "once", "after"})) {
    reading.add(index, Slot::kCallback, "notify;", "by the function's name");
  } else if (has_one_of(words, {"destructor", "destroy", "release", "delete", "free"})) {
    reading.add(index, Slot::kCallback, "notify;", "by the function's name: what ends, ends once");
  } else if (is_handle_(all[0].c) && happens_once(noun_of(all[0].c.chain.front()))) {
    reading.add(index, Slot::kCallback, "notify;", "what the object stands for happens once");
  } else if (has_one_of(words, {"build", "compile", "link", "run", "start", "submit", "launch"})) {
    reading.add(index, Slot::kCallback, "notify;", "the function starts work, which ends once");
  } else {
    reading.unresolved(index, "'registered' (called any number of times) or 'notify' (once)?");
  }
}

FunctionFindings Habits::about_callback(const CType& function) const {
  Signature signature;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    SignatureParameter& parameter = signature.parameters.emplace_back();
    const bool named = i < function.parameter_names.size() && !function.parameter_names[i].empty();
    parameter.name = named ? function.parameter_names[i] : "argument_" + std::to_string(i);
    parameter.c = function.parameters[i];
    parameter.words = words_of(parameter.name);
  }
  const Remarks none;
  Reading reading{signature, none, Role::kOther, {}, {}, {}};
  reading.found.parameters.resize(signature.parameters.size());
  const std::vector<SignatureParameter>& all = signature.parameters;
  for (size_t i = 0; i < all.size(); ++i) {
    const CType& c = all[i].c;
    if (is_handle_(c) || c.is_number()) continue;
    if (!c.is_pointer()) {
      reading.unresolved(i, "it is passed by value as " + c.spelling);
      continue;
    }
    if (i + 1 == all.size() && is_void(*c.pointee)) {
      reading.add(i, Slot::kCallback, "user_data;", "the last parameter, a pointer to void");
      continue;
    }
    const std::optional<Length> length = length_by_name(signature, i, rules_);
    if (!length && is_char(*c.pointee) && c.pointee->is_const) {
      reading.add(i, Slot::kLength, "string;", "const char* without a length");
    } else if (length && c.pointee->is_const && !length->elements_or_bytes) {
      reading.add(i, Slot::kLength, "buffer(" + length->expression + ");", length->reason);
    } else {
      reading.unresolved(i, "how long is it?");
    }
  }
  if (function.result != nullptr && !is_void(*function.result)) {
    reading.found.function.push_back(
        {Slot::kUnresolved, "", "it returns a value, which the library would wait for"});
  }
  return std::move(reading.found);
}

// --- bytes after the call ---
// "blocking_read, ..., ptr, ..., event": a call that does not wait moves its bytes until the event
// completes.
void Habits::lifetimes(Reading& reading) const {
  const std::vector<SignatureParameter>& all = reading.signature.parameters;
  const SignatureParameter* flag = nullptr;
  const SignatureParameter* event = nullptr;
  for (const SignatureParameter& parameter : all) {
    if (is_blocking_flag(parameter)) flag = &parameter;
    if (is_handle_pointer(parameter.c) && !parameter.c.pointee->is_const) event = &parameter;
  }
  if (reading.remarks.asynchronous) {
    const std::string quote = kFromReference + reading.remarks.asynchronous->quote;
    reading.found.function.push_back(
        {Slot::kSynchrony, reading.remarks.asynchronous->value ? "async;" : "sync;", quote});
  }
  if (flag == nullptr || event == nullptr) {
    for (const size_t index : reading.started_outputs) {
      reading.unresolved(index, "is it there when the call returns, or later ('until')?");
    }
    return;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i].c.is_pointer() || is_handle_(all[i].c) || !is_void(*all[i].c.pointee)) continue;
    const std::vector<Finding>& said = reading.found.parameters[i];
    const bool sized = std::any_of(said.begin(), said.end(), [](const Finding& finding) {
      return finding.slot == Slot::kLength;
    });
    if (!sized) continue;
    reading.add(
        i, Slot::kLifetime, "until(" + event->name + ");",
        "'" + flag->name + "' may be false, and '" + event->name + "' says when it is done");
  }
}

}  // namespace avagen
