// Whether this build has a sanitizer: ten times slower and more, and with page faults of its own.
#pragma once

namespace ava {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace ava
