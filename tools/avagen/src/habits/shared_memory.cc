#include "habits/shared_memory.h"

#include <algorithm>
#include <optional>

#include "habits/habits.h"

namespace avagen {
namespace {

constexpr const char* kReason = "the library allocates such memory, which both sides address";

bool is_memory(const CType& c) {
  return c.is_pointer() && !c.is_function_pointer() && c.pointee->kind == CType::Kind::kVoid;
}
// A size that is no other parameter's by its name.
const SignatureParameter* size_of(const Signature& signature) {
  const auto& all = signature.parameters;
  const auto found = std::find_if(all.begin(), all.end(), [](const SignatureParameter& each) {
    return each.is_count() && each.words.size() == 1 &&
           is_one_of(each.name, {"size", "bytes", "length", "n"});
  });
  return found == all.end() ? nullptr : &*found;
}
// The object that says when a started call is over.
const SignatureParameter* event_of(const Signature& signature) {
  const auto& all = signature.parameters;
  const auto found = std::find_if(all.begin(), all.end(), [](const SignatureParameter& each) {
    return each.c.is_pointer() && each.c.pointee->is_pointer() && !each.c.pointee->is_const &&
           has_one_of(each.words, {"event", "fence", "job"});
  });
  return found == all.end() ? nullptr : &*found;
}
Words replaced(Words words, std::string_view word, const std::string& by) {
  std::replace(words.begin(), words.end(), std::string(word), by);
  return words;
}

}  // namespace

SharedMemory::SharedMemory(const Header& header, std::vector<NamingRule> rules)
    : rules_(std::move(rules)) {
  std::vector<Signature> all;
  for (const HeaderFunction& function : header.own_functions) {
    all.push_back(signature_of(function, {}));
  }
  for (const Signature& one : all) {
    const auto word = std::find_if(one.words.begin(), one.words.end(), [](const auto& each) {
      return is_one_of(each, {"shared", "managed", "unified", "svm", "usm"});
    });
    const SignatureParameter* size = size_of(one);
    if (word == one.words.end() || size == nullptr || !is_memory(one.result)) continue;
    for (const Signature& other : all) {
      const bool frees = other.result.kind == CType::Kind::kVoid &&
                         (other.words == replaced(one.words, "alloc", "free") ||
                          other.words == replaced(one.words, "allocate", "free"));
      if (!frees || !is_memory(other.parameters.back().c)) continue;
      word_ = *word;
      allocate_ = one.name;
      size_ = size->name;
      free_ = other.name;
      return;
    }
  }
}

std::vector<Finding> SharedMemory::about(const Signature& signature) const {
  if (word_.empty()) return {};
  if (signature.name == allocate_) {
    return {{Slot::kMemory, "mirrors(" + size_ + ", " + free_ + ");",
             "by its name it allocates memory that both sides address"}};
  }
  const bool maps = has_one_of(signature.words, {"map"}) && has_one_of(signature.words, {word_});
  const SignatureParameter* size = size_of(signature);
  if (!maps || size == nullptr || !signature.result.is_number()) return {};
  for (const SignatureParameter& parameter : signature.parameters) {
    if (!is_memory(parameter.c)) continue;
    std::vector<Finding> found{{Slot::kMemory,
                                "maps(" + parameter.name + ") { bytes(" + size->name + "); }",
                                "by its name it lets the application look at such memory"}};
    if (const SignatureParameter* event = event_of(signature)) {
      const std::string what =
          "is the mapping complete with the call, or with '" + event->name + "' ('until')?";
      found.push_back({Slot::kUnresolved, "unresolved(\"" + what + "\");", what});
    }
    return found;
  }
  return {};
}

std::vector<Finding> SharedMemory::about(const Signature& signature, size_t index) const {
  const SignatureParameter& parameter = signature.parameters[index];
  if (word_.empty() || !has_one_of(signature.words, {word_})) return {};
  const std::string& name = parameter.name;
  const Words& words = signature.words;
  if (is_memory(parameter.c) && is_free(signature)) {
    return {{Slot::kTranslation, "unmirrors;", kReason}};
  }
  if (parameter.c.pointee->is_pointer()) return about_list(signature, index);
  const std::optional<Length> length = length_by_name(signature, index, rules_);
  if (!is_memory(parameter.c) || (length && length->by_name)) return {};
  const SignatureParameter* size = size_of(signature);
  if (has_one_of(words, {"unmap"})) {
    return {{Slot::kTranslation, "mirrored; unmaps(" + name + ");", kReason}};
  }
  // A copy's ends may each be such memory, or the application's own.
  const bool copies = has_one_of(words, {"copy", "memcpy", "move", "memmove"});
  if (copies && size != nullptr) {
    const bool from = parameter.c.pointee->is_const;
    return {{Slot::kDirection, from ? "in;" : "out;",
             from ? "what is copied is const" : "where it is copied to is not const"},
            {Slot::kLength, "buffer(" + size->name + ");", "the size of the copy"},
            {Slot::kTranslation, "mirrored;", "it may lead into such memory"}};
  }
  const bool sized = size != nullptr && !parameter.c.pointee->is_const;
  return {{Slot::kTranslation, sized ? "mirrored(" + size->name + ");" : "mirrored;", kReason}};
}

// "acme_shared_move(acme, count, const void** memories)"; whether memory ends with a call, only its
// description says.
std::vector<Finding> SharedMemory::about_list(const Signature& signature, size_t index) const {
  const SignatureParameter& parameter = signature.parameters[index];
  const std::optional<Length> length = length_by_name(signature, index, rules_);
  const bool addresses = is_memory(*parameter.c.pointee) && length && !length->elements_or_bytes;
  if (!addresses || has_one_of(signature.words, {"free", "release"})) return {};
  return {{Slot::kDirection, "in;", "addresses of such memory"},
          {Slot::kLength, "buffer(" + length->expression + ");", length->reason},
          {Slot::kTranslation, "element { mirrored; }", kReason}};
}

}  // namespace avagen
