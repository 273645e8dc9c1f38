// What a header says about its types by habit: which of them are handles, and which tells how a
// call went, with the constants that name each outcome.
#pragma once

#include <string>
#include <vector>

#include "header.h"

namespace avagen {

// A constant that means something, by its name.
struct Meaning {
  std::string outcome;   // "success", "lost", "refused", ...: the words of type() { }
  std::string constant;  // empty: no constant's name says so
};

struct StatusType {
  std::string name;
  std::vector<Meaning> meanings;
};

// The types that functions return to say how they went: typedefs and enums, with a constant that
// means success.
std::vector<StatusType> status_types(const Header& header);

struct HandleType {
  std::string name;
  std::string invalid;  // the constant for a handle that is none; empty: none is named so
};

// Pointers to structs that the header does not define, in the order in which functions name them.
std::vector<HandleType> handle_types(const Header& header);

// Typedefs of pointers to void, which may be handles or memory.
std::vector<std::string> doubtful_handles(const Header& header);

// The name that several functions give to the parameter through which they report an error. Empty:
// none.
std::string error_parameter(const Header& header);

}  // namespace avagen
