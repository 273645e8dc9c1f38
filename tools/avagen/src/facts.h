// Reading annotations off a declaration. Whoever reads one marks it used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model.h"

namespace avagen {

// The first annotation of that name, marked used. Null: there is none.
inline const Fact* use(std::vector<Fact>& facts, std::string_view name) {
  for (Fact& fact : facts) {
    if (fact.annotation->name != name) continue;
    fact.used = true;
    return &fact;
  }
  return nullptr;
}

// All annotations of that name, marked used.
inline std::vector<const Fact*> use_all(std::vector<Fact>& facts, std::string_view name) {
  std::vector<const Fact*> found;
  for (Fact& fact : facts) {
    if (fact.annotation->name != name) continue;
    fact.used = true;
    found.push_back(&fact);
  }
  return found;
}

// Looks without marking.
inline const Fact* find(const std::vector<Fact>& facts, std::string_view name) {
  for (const Fact& fact : facts) {
    if (fact.annotation->name == name) return &fact;
  }
  return nullptr;
}

// Replaced in the guest, and nothing else is said: not on the wire.
inline bool is_written_by_hand(const Function& function) {
  const bool replaced = find(function.facts, "replaced") != nullptr;
  for (const Fact& fact : function.facts) {
    if (fact.annotation->name != "replaced" || fact.annotation->arguments[0].text != "guest") {
      return false;
    }
  }
  for (const Parameter& parameter : function.parameters) {
    if (!parameter.facts.empty()) return false;
  }
  return replaced;
}

// What unresolved("...") says is to be decided.
inline std::string reason_unresolved(const Annotation& annotation) {
  return annotation.arguments.empty() ? "nobody has decided yet" : annotation.arguments[0].text;
}

}  // namespace avagen
