// Expressions of the specification as C++ of one side.
//
// The guest computes on the application's arguments, the router on the fields of the copied frame,
// the server on what it hands to the native library, a test on the fields of a request `v`.
// Arithmetic saturates everywhere, so that all three get the same, and a product that does not fit
// is a size that no reference can have.
#pragma once

#include <set>
#include <string>

#include "model.h"

namespace avagen {

enum class Side : uint8_t { kGuest, kRouter, kServer, kTest };

class ExpressionPrinter {
 public:
  ExpressionPrinter(Side side, const Function* function) : side_(side), function_(function) {}

  // A condition or a value, as C++.
  std::string value(const Expr& expression) const { return print(expression, 0); }
  // The same, for use under !, && and ||.
  std::string negated(const Expr& expression) const;
  // `amount`, or 0 where `condition` (null: none) is false.
  std::string size(const Expr& amount, const Expr* condition = nullptr) const;
  // Elements and bytes of a parameter's buffer.
  std::string count(const Parameter& parameter) const { return size(*parameter.count); }
  std::string bytes(const Parameter& parameter) const;
  // The same as an expression, where the guest has a variable for it and the server the wire.
  std::string computed_bytes(const Parameter& parameter) const;
  // `elements` of a parameter's buffer in bytes.
  std::string scaled(const std::string& elements, const Parameter& parameter) const;
  // What `object` is, in a type's expressions.
  void set_object(std::string code) { object_ = std::move(code); }
  // What `live` is, in `when`.
  void set_live(std::string code) { live_ = std::move(code); }
  // Names are fields of a struct of which the bytes are at `s`, behind `prefix`.
  void set_record(const StructType& record, std::string prefix) {
    record_ = &record;
    prefix_ = std::move(prefix);
  }

 private:
  // `outer`: the precedence of the operator around it, 0 for none; `right`: on its right side.
  std::string print(const Expr& expression, int outer, bool right = false) const;
  std::string name(const Expr& expression) const;
  std::string mirrored(const Parameter& parameter) const;
  std::string call(const Expr& expression) const;
  std::string dereferenced(const Expr& array, const std::string& index, int outer) const;
  std::string null_comparison(const Expr& expression) const;
  bool is_constant(const Expr& expression) const;

  Side side_;
  const Function* function_;
  std::string object_;
  std::string live_;
  const StructType* record_ = nullptr;
  std::string prefix_;
};

// A C++ string literal.
std::string quoted(const std::string& text);

// The parameters that an expression names.
void collect(const Expr* expression, const Function& function, std::set<unsigned>& parameters);

// The name of the local variable that holds a parameter on one side: the parameter's own, unless
// the generated code uses that name itself.
std::string local(const Parameter& parameter, Side side);

}  // namespace avagen
