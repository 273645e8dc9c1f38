// How long is what a pointer leads to, by the names and places of the parameters around it?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "habits/signature.h"
#include "tree.h"

namespace avagen {

struct Length {
  std::string expression;
  std::string reason;
  // The number is named like one of bytes, and an element has several: which of them it counts is
  // not certain.
  bool elements_or_bytes = false;
  bool by_name = true;  // and not only by its place
};

// `rules`: the specification's own conventions, which come first.
std::optional<Length> length_by_name(const Signature& signature, size_t pointer,
                                     const std::vector<NamingRule>& rules);

// The parameters around a result that says its own size.
struct Query {
  int size = -1;     // how much there is room for
  int written = -1;  // the output that says how much there is
  bool of_bytes = false;
};
// "param_value_size, param_value, param_value_size_ret", or "num_entries, devices, num_devices":
// what surrounds the middle one, if it is that.
std::optional<Query> query_around(const Signature& signature, size_t pointer);

// Among the outputs, the one that is named like what was written of `pointer`:
// "actual_out_nbytes_ret" of "out". -1: none.
int written_by_name(const Signature& signature, size_t pointer);

// The parameter that a convention names for `parameter`; -1: none does.
int named_by_rule(const Signature& signature, const std::string& parameter,
                  const std::vector<NamingRule>& rules, std::string_view what);

}  // namespace avagen
