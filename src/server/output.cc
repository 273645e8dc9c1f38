#include "server/output.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace ava::server {

void Output::capture() {
  UniqueFd file(::memfd_create("ava-server-output", MFD_CLOEXEC));
  if (!file || ::fcntl(file.get(), F_SETFL, O_APPEND) != 0 ||
      ::dup2(file.get(), STDOUT_FILENO) < 0) {
    throw std::system_error(errno, std::generic_category(), "standard output");
  }
  file_ = static_cast<UniqueFd&&>(file);
}

uint64_t Output::size() const noexcept {
  struct stat status;
  return ::fstat(file_.get(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

bool Output::has_some() noexcept {
  if (!expected_.load(std::memory_order_relaxed) || !file_) return false;
  std::fflush(stdout);
  return size() != taken_.load(std::memory_order_relaxed);
}

size_t Output::take(std::span<std::byte> bytes) noexcept {
  if (!file_) return 0;
  const std::lock_guard lock(taken_mutex_);
  uint64_t taken = taken_.load(std::memory_order_relaxed);
  const uint64_t end = size();
  if (end - taken > kMaxHeld) taken = end - kMaxHeld;
  const ssize_t got = ::pread(file_.get(), bytes.data(), std::min(bytes.size(), end - taken),
                              static_cast<off_t>(taken));
  if (got > 0) taken += static_cast<uint64_t>(got);
  ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
              static_cast<off_t>(taken));
  taken_.store(taken, std::memory_order_relaxed);
  return got > 0 ? static_cast<size_t>(got) : 0;
}

}  // namespace ava::server
