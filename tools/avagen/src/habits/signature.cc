#include "habits/signature.h"

namespace avagen {

Signature signature_of(const HeaderFunction& function, const std::vector<std::string>& names) {
  Signature signature;
  signature.name = function.name;
  signature.words = words_of(function.name);
  signature.result = function.result;
  signature.comment = function.comment;
  signature.variadic = function.variadic;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    const HeaderParameter& from = function.parameters[i];
    SignatureParameter& parameter = signature.parameters.emplace_back();
    parameter.name = i < names.size() ? names[i] : from.name;
    if (parameter.name.empty()) parameter.name = "argument_" + std::to_string(i);
    parameter.c = from.type;
    parameter.extent = from.extent;
    parameter.words = words_of(parameter.name);
  }
  return signature;
}

Role role_of(const Signature& signature) {
  for (const std::string& word : signature.words) {
    // "set release callback" releases nothing.
    if (is_one_of(word, {"set", "register"})) return Role::kOther;
    if (is_one_of(word, {"create", "make", "new", "alloc", "allocate", "open", "clone", "dup",
                         "duplicate", "init", "build", "start", "submit", "enqueue"})) {
      return Role::kMakes;
    }
    if (is_one_of(word, {"get", "find", "query", "lookup", "list", "enum", "enumerate", "info"})) {
      return Role::kFinds;
    }
    if (is_one_of(word, {"retain", "ref", "addref", "keep"})) return Role::kRetains;
    if (is_one_of(word, {"release", "unref", "free", "destroy", "delete", "close", "drop"})) {
      return Role::kReleases;
    }
  }
  return Role::kOther;
}

}  // namespace avagen
