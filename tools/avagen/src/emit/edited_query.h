// Queries whose answer the server edits in a way that changes its size.
#pragma once

#include <functional>
#include <string>

#include "emit/writer.h"
#include "model.h"

namespace avagen {

// Does the function answer one?
bool resizes(const Function& function);

// The call of such a function: the whole value is asked for and edited, and answered as the native
// function would answer for the result. `argument`: what it is given for a parameter.
std::string edited_query(Writer& out, const Function& function,
                         const std::function<std::string(const Parameter&)>& argument);

}  // namespace avagen
