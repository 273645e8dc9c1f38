// Result<T>: a value or an Error. Follows std::expected (C++23), by way of tl::expected.
#pragma once

#include <tl/expected.hpp>

#include "base/error.h"

namespace ava {

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) noexcept { return tl::unexpected<Error>(error); }

}  // namespace ava
