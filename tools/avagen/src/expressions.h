// What holds for every expression that the router computes on what a hostile guest sent: no
// overflow may be undefined, no division by zero possible.
#pragma once

#include <functional>
#include <string>

#include "diagnostics.h"
#include "header.h"
#include "tree.h"

namespace avagen {

// mirrored(parameter): did the application give an address in mirrored memory there? Each side
// knows.
bool is_mirrored_question(const Expr& expression);

// May what has this name be negative, or a fraction?
using MaySign = std::function<bool(const std::string& name)>;

// Reports each operation that could go wrong.
void check_arithmetic(const Expr& expression, const MaySign& may_sign, const Header& header,
                      Reporter& reporter);

}  // namespace avagen
