// The checks of AvA's own requests (marshal::RuntimeFunction), written by hand in the shape of a
// generated module: one table of functions.
#pragma once

#include <span>

#include "router/module.h"

namespace ava::router {

// Row i is function i; rows that no request uses have a null `check`.
std::span<const Function, marshal::kFirstApiFunction> runtime_functions() noexcept;

}  // namespace ava::router
