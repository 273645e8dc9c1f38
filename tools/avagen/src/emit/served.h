// What the functions of the server module call things, in both their halves.
#pragma once

#include <string>

#include "emit/values.h"

namespace avagen::served {

inline std::string number(unsigned index) { return std::to_string(index); }
// The variable that holds a parameter.
inline std::string name(const Parameter& parameter) { return local(parameter, Side::kServer); }
// What the request says of it.
inline std::string field(const Parameter& parameter) { return "request." + parameter.name; }
// Where the bytes that come out of it are to go.
inline std::string out_bulk(const Parameter& parameter) {
  return field(parameter) + (parameter.kind == Parameter::Kind::kInOut ? "_out()" : "()");
}

}  // namespace avagen::served
