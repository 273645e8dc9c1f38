// libclang's cursors and types as ours.
#pragma once

#include <clang-c/Index.h>

#include <string>
#include <vector>

#include "c_type.h"
#include "header.h"

namespace avagen {

// Takes the string's content and gives it back to libclang.
std::string take(CXString text);
// `declaration` gives the names of a callback's parameters, which its type does not have.
CType read_type(CXType type, CXCursor declaration);
HeaderFunction read_function(CXCursor cursor);
std::vector<HeaderField> read_fields(CXType record);

}  // namespace avagen
