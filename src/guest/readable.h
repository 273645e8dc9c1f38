// Whether memory of the application's is there. An API may refuse a call by its sizes before it
// looks at the bytes, so a size that is too large is no reason to fault here, where bytes are
// copied first.
//
// Threads: any. Errors: none. Changes errno.
#pragma once

#include <cstdint>

namespace ava::guest {

// May this process read all of [data, data + size)? Looks at both ends and for holes: three system
// calls whatever the size. A page in the middle that is there but closed is not noticed.
bool readable(const void* data, uint64_t size) noexcept;

}  // namespace ava::guest
