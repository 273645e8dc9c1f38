// The C library's file functions, as every library in ava-server sees them: an executable's own
// definitions come first. Where the calling thread executes a call during which files are the
// application's (guest_files.h), they answer for those; otherwise, and for everything that may
// write, they are the C library's.
//
// A library that makes system calls of its own, has a C library linked into it, or reads in another
// process or thread than the call's sees the server's files.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "base/export.h"
#include "server/guest_files.h"

namespace {

using ava::server::GuestFiles;

static_assert(sizeof(struct stat) == sizeof(struct stat64), "one kind of file size");

// The C library's function of this name.
template <typename F>
F* next(const char* name) noexcept {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

// The view in which this path is the application's; null: it is the server's.
GuestFiles* view(int folder, const char* path) noexcept {
  GuestFiles* const files = GuestFiles::current();
  if (files == nullptr || path == nullptr) return nullptr;
  // Relative to a folder that the library opened itself.
  if (folder != AT_FDCWD && path[0] != '/') return nullptr;
  return files->names(path) ? files : nullptr;
}

// A negative errno as the C library says it.
int said(int result) noexcept {
  if (result >= 0) return result;
  errno = -result;
  return -1;
}

int open_at(int folder, const char* path, int flags, mode_t mode) noexcept {
  const bool reads = (flags & O_ACCMODE) == O_RDONLY && (flags & (O_CREAT | O_TRUNC)) == 0;
  if (GuestFiles* const files = reads ? view(folder, path) : nullptr) {
    return said(files->open(path, flags));
  }
  static auto* const original = next<int(int, const char*, int, ...)>("openat");
  return original(folder, path, flags, mode);
}

int status_at(int folder, const char* path, struct stat* status, int flags) noexcept {
  if (GuestFiles* const files = view(folder, path)) return said(files->status(path, *status));
  static auto* const original = next<int(int, const char*, struct stat*, int)>("fstatat");
  return original(folder, path, status, flags);
}

int access_at(int folder, const char* path, int mode, int flags) noexcept {
  if (GuestFiles* const files = view(folder, path)) {
    struct stat status;
    const int found = files->status(path, status);
    // Nobody writes or executes them here.
    const bool asks_for_more = (mode & (W_OK | X_OK)) != 0 && !S_ISDIR(status.st_mode);
    return said(found == 0 && asks_for_more ? -EACCES : found);
  }
  static auto* const original = next<int(int, const char*, int, int)>("faccessat");
  return original(folder, path, mode, flags);
}

}  // namespace

// Under other names here: the headers' declarations may inline or redirect the real ones. Where
// offsets have 64 bits, each function has a second name.
#define AVA_NAMED(name) __asm__(name) AVA_EXPORT
#define AVA_ALSO(name, first) \
  __asm__(name) __attribute__((alias(first), visibility("default"), nothrow))

extern "C" {

int ava_open(const char* path, int flags, ...) AVA_NAMED("open");
int ava_open64(const char* path, int flags, ...) AVA_ALSO("open64", "open");
int ava_open_2(const char* path, int flags) AVA_NAMED("__open_2");
int ava_open64_2(const char* path, int flags) AVA_ALSO("__open64_2", "__open_2");
int ava_openat(int folder, const char* path, int flags, ...) AVA_NAMED("openat");
int ava_openat64(int folder, const char* path, int flags, ...) AVA_ALSO("openat64", "openat");
int ava_openat_2(int folder, const char* path, int flags) AVA_NAMED("__openat_2");
int ava_openat64_2(int folder, const char* path, int flags) AVA_ALSO("__openat64_2", "__openat_2");
FILE* ava_fopen(const char* path, const char* mode) AVA_NAMED("fopen");
FILE* ava_fopen64(const char* path, const char* mode) AVA_ALSO("fopen64", "fopen");
int ava_stat(const char* path, struct stat* status) AVA_NAMED("stat");
int ava_stat64(const char* path, struct stat* status) AVA_ALSO("stat64", "stat");
int ava_lstat(const char* path, struct stat* status) AVA_NAMED("lstat");
int ava_lstat64(const char* path, struct stat* status) AVA_ALSO("lstat64", "lstat");
int ava_fstatat(int folder, const char* path, struct stat* status, int flags) AVA_NAMED("fstatat");
int ava_fstatat64(int folder, const char* path, struct stat* status, int flags)
    AVA_ALSO("fstatat64", "fstatat");
int ava_access(const char* path, int mode) AVA_NAMED("access");
int ava_faccessat(int folder, const char* path, int mode, int flags) AVA_NAMED("faccessat");

int ava_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = __OPEN_NEEDS_MODE(flags) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_at(AT_FDCWD, path, flags, mode);
}

int ava_openat(int folder, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = __OPEN_NEEDS_MODE(flags) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_at(folder, path, flags, mode);
}

int ava_open_2(const char* path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }

int ava_openat_2(int folder, const char* path, int flags) {
  return open_at(folder, path, flags, 0);
}

FILE* ava_fopen(const char* path, const char* mode) {
  GuestFiles* const files = view(AT_FDCWD, path);
  if (files == nullptr || mode[0] != 'r' || std::strchr(mode, '+') != nullptr) {
    static auto* const original = next<FILE*(const char*, const char*)>("fopen");
    return original(path, mode);
  }
  const int flags = std::strchr(mode, 'e') != nullptr ? O_CLOEXEC : 0;
  const int fd = said(files->open(path, flags));
  if (fd < 0) return nullptr;
  FILE* const stream = ::fdopen(fd, mode);
  if (stream == nullptr) ::close(fd);
  return stream;
}

int ava_stat(const char* path, struct stat* status) { return status_at(AT_FDCWD, path, status, 0); }

int ava_lstat(const char* path, struct stat* status) {
  return status_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int ava_fstatat(int folder, const char* path, struct stat* status, int flags) {
  return status_at(folder, path, status, flags);
}

int ava_access(const char* path, int mode) { return access_at(AT_FDCWD, path, mode, 0); }

int ava_faccessat(int folder, const char* path, int mode, int flags) {
  return access_at(folder, path, mode, flags);
}

}  // extern "C"
