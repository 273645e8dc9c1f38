// What the parts of Habits share: what is being found out about one function.
#pragma once

#include "habits/habits.h"

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

inline constexpr const char* kFromReference = "documented: ";

inline bool is_char(const CType& c) { return c.kind == CType::Kind::kInteger && c.size == 1; }
inline bool is_void(const CType& c) { return c.kind == CType::Kind::kVoid; }

}  // namespace avagen
