// Counts what each thread allocates: the test program's operator new is replaced.
#pragma once

#include <cstdint>

namespace ava::guest {

uint64_t allocations() noexcept;  // of the calling thread so far

}  // namespace ava::guest
