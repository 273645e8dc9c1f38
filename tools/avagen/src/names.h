// Every name in an expression has a declaration, and what it calls can be called there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"
#include "header.h"
#include "model.h"

namespace avagen {

// What an expression may name, besides the header's constants.
struct Scope {
  const Function* function = nullptr;
  bool object = false;   // `object` is a name: in a type
  bool element = false;  // `index` is a name: in an element
  bool server = false;   // any function may be called: verbatim blocks define them
  bool guest = false;    // functions of the guest's verbatim blocks may be called
  bool shared = false;   // those that guest and server both have may be called
  const std::vector<HeaderField>* record = nullptr;  // its fields are names: in a struct's type
};

// What the guest computes and the server computes again, on what it is given.
bool is_size(const Annotation& annotation);

// Reports what is not so. All is borrowed.
class Names {
 public:
  Names(const Spec& spec, const Header& header, Reporter& reporter)
      : spec_(spec), header_(header), reporter_(reporter) {}

  void check(const Expr& expression, const Scope& scope) const;
  // All that an annotation says.
  void check(const Fact& fact, const Scope& scope) const;

 private:
  void call(const Expr& expression, const Scope& scope) const;
  bool defined_in(std::string_view side, const std::string& name) const;

  const Spec& spec_;
  const Header& header_;
  Reporter& reporter_;
};

}  // namespace avagen
