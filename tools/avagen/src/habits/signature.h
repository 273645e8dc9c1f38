// A function as the habits see it: its header's types, with the names that its parameters go by.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "c_type.h"
#include "habits/words.h"
#include "header.h"

namespace avagen {

struct SignatureParameter {
  std::string name;
  CType c;
  uint64_t extent = 0;  // of "int x[3]"; 0: none is given
  Words words;

  bool is_count() const { return c.kind == CType::Kind::kInteger && c.size >= 2; }
  bool is_scalar_pointer() const { return c.is_pointer() && c.pointee->is_number(); }
};

struct Signature {
  std::string name;
  CType result;
  std::vector<SignatureParameter> parameters;
  std::string comment;  // what the header says in front of it
  Words words;
  bool variadic = false;
};

// `names`: what the parameters are called in the specification; empty where it follows the header.
Signature signature_of(const HeaderFunction& function, const std::vector<std::string>& names);

// Is this C type a handle?
using HandleTest = std::function<bool(const CType&)>;

// What a function does with objects, by its name.
enum class Role : uint8_t { kOther, kMakes, kFinds, kRetains, kReleases };
Role role_of(const Signature& signature);

}  // namespace avagen
