#include "habits/habits.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "habits/lengths.h"
#include "habits/reading.h"

namespace avagen {

namespace {

// What a handle leads to; a function that does not change it takes a pointer to const.
std::string object_of(const CType& handle) {
  const std::string& name = handle.chain.back();
  return name.starts_with("const ") ? name.substr(6) : name;
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
      shared_memory_(header, rules),
      is_handle_(std::move(is_handle)),
      rules_(std::move(rules)),
      error_name_(std::move(error_name)) {
  for (const HeaderFunction& function : header.own_functions) {
    const Signature signature = signature_of(function, {});
    learn_words(signature);
    const Role role = role_of(signature);
    const bool makes = role == Role::kMakes;
    const bool gives = role != Role::kFinds;
    if (is_handle_(signature.result)) {
      if (gives) made_.insert(object_of(signature.result));
      if (makes) owned_.insert(object_of(signature.result));
    }
    for (const SignatureParameter& parameter : signature.parameters) {
      if (is_handle_(parameter.c)) {
        if (role == Role::kReleases) owned_.insert(object_of(parameter.c));
      } else if (is_handle_pointer(parameter.c) && !parameter.c.pointee->is_const) {
        if (gives) made_.insert(object_of(*parameter.c.pointee));
        if (makes) owned_.insert(object_of(*parameter.c.pointee));
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

// One number: "my_mark_t *mark", where others take lists of const my_mark_t.
bool Habits::is_listed_noun(const SignatureParameter& parameter) const {
  if (!parameter.is_scalar_pointer()) return false;
  const std::string& type = parameter.c.pointee->chain.front();
  const Words noun = noun_of(type);
  return lists_.contains(type) && noun.size() >= parameter.words.size() &&
         std::equal(parameter.words.begin(), parameter.words.end(), noun.begin());
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
  const std::vector<Finding> shared = shared_memory_.about(signature);
  const bool returns_shared = !shared.empty() && !signature.result.is_number();
  function.insert(function.end(), shared.begin(), shared.end());
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
  } else if (!is_void(result) && !result.is_number() && !returns_shared &&
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
  } else if (counts && index == 0 && !shared_memory_.is_free(reading.signature)) {
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
  if (const auto shared = shared_memory_.about(reading.signature, index); !shared.empty()) {
    for (const Finding& finding : shared) reading.found.parameters[index].push_back(finding);
    return;
  }
  const bool handles = element.is_pointer() || is_handle_(parameter.c);
  if (!handles && has_one_of(reading.signature.words, {"register", "pin", "lend"})) {
    reading.unresolved(index, "used until another function gives it back ('registers')?");
  }
  if (!handles && has_one_of(reading.signature.words, {"unregister", "unpin", "give"})) {
    reading.unresolved(index, "what the library was lent, given back ('unregisters')?");
    return;
  }
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
  // Text is no single number, and a size may be how much room there is, too.
  const bool doubtful =
      is_char(element) || (says_an_amount(parameter) && parameter.words.size() == 1);
  if (parameter.is_scalar_pointer() && !length && !doubtful && numbers_.contains(parameter.name)) {
    return output(reading, index, "where '" + parameter.name + "' is given, it is by value");
  }
  if (!length && is_listed_noun(parameter)) {
    return output(reading, index,
                  "one of what other parameters list as '" + element.spelling + "'");
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
             !count.empty() && !is_amount && !one_handle && !is_listed_noun(parameter)) {
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
  // What nobody makes or releases by name belongs to something else.
  if (is_handle_pointer(parameter.c) && reading.role != Role::kFinds &&
      owned_.contains(object_of(element))) {
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

}  // namespace avagen
