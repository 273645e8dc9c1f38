#include "guest/readable.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace ava::guest {
namespace {

constexpr uintptr_t kWord = 8;     // bytes of the kernel's sigset_t
constexpr uintptr_t kPage = 4096;  // or a multiple of it

// Has the kernel copy a word from there: it does so before it finds that this changes no mask.
bool word_is_readable(uintptr_t at) noexcept {
  const int no_way = -1;
  return ::syscall(SYS_rt_sigprocmask, no_way, at & ~(kWord - 1), nullptr, size_t{kWord}) == 0 ||
         errno != EFAULT;
}

}  // namespace

bool readable(const void* data, uint64_t size) noexcept {
  const auto begin = reinterpret_cast<uintptr_t>(data);
  if (size == 0) return true;
  // Null would be no mask, which is right.
  if (begin < kWord) return false;
  if (size - 1 > UINTPTR_MAX - begin) return false;
  const uintptr_t last = begin + (size - 1);
  if (!word_is_readable(begin) || !word_is_readable(last)) return false;
  const uintptr_t first_page = begin & ~(kPage - 1);
  const uintptr_t between = (last & ~(kPage - 1)) - first_page;
  // Starts no writing (since Linux 2.6.19), but says whether all is mapped.
  return ::msync(reinterpret_cast<void*>(first_page), between, MS_ASYNC) == 0 || errno != ENOMEM;
}

}  // namespace ava::guest
