// The application's file system, as far as one call needs it: what the native library opens or
// looks at by a path that the application named is the application's file, and never the server's.
//
// A path is the application's where it is relative (the library has no working directory of its own
// to speak of), or inside a folder that the call's options name. Everything else, the library's own
// files, is the server's.
//
// The C library's functions find the view of their thread here (interposed.cc). Each path is asked
// for once in a call: what the library looks at twice is the same twice.
//
// Threads: one, the worker that makes the native call. Lifetime: until the call is answered.
// Trust:   the guest's answers are bounded: kMaxFiles files, kMaxBytes bytes, kMaxPaths paths. For
//          what is beyond, the library is told what a full system would tell it. Nothing is
//          written to any file system, so no name can lead anywhere.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/export.h"
#include "server/file_questions.h"

namespace ava::server {

class AVA_EXPORT GuestFiles {
 public:
  static constexpr size_t kMaxFiles = 512;  // each holds a descriptor
  static constexpr size_t kMaxPaths = 1u << 16;
  static constexpr uint64_t kMaxBytes = uint64_t{256} << 20;

  // From here to the end, this thread's file functions see it. `options` may be null; a folder is
  // what follows one of `words` there, with or without space between.
  GuestFiles(FileQuestions& questions, FileAsker& asker, const char* options,
             std::initializer_list<std::string_view> words);
  ~GuestFiles();
  GuestFiles(const GuestFiles&) = delete;
  GuestFiles& operator=(const GuestFiles&) = delete;

  // The view of the calling thread; null outside such calls.
  static GuestFiles* current() noexcept;

  bool names(const char* path) const noexcept;
  // As ::open(path, O_RDONLY | (flags & O_CLOEXEC)) and ::stat, but for errors: a negative errno.
  int open(const char* path, int flags) noexcept;
  int status(const char* path, struct stat& status) noexcept;

 private:
  const GuestFile& find(const char* path);

  FileQuestions& questions_;
  FileAsker& asker_;
  std::vector<std::string> folders_;  // absolute, without a slash behind
  std::map<std::string, const GuestFile*, std::less<>> paths_;
  std::map<std::pair<uint64_t, uint64_t>, GuestFile> files_;  // by device and inode
  std::map<int, GuestFile> errors_;
  uint64_t bytes_ = 0;
};

// The absolute folders that options name: what stands behind one of `words`, and what stands behind
// a '=' (a macro may be the first half of a header's name).
std::vector<std::string> folders_in(std::string_view options,
                                    std::initializer_list<std::string_view> words);

}  // namespace ava::server
