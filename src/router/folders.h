// The folders that a router keeps for its servers.
//
//   RUN/lock            held while the router lives: no two routers share a run folder
//   RUN/sessions/N/     a server's HOME and, in tmp, its temporary files; gone with its session
//   CACHE/GUEST/UID/    what libraries cache: shared by one user's servers of one guest, since
//                       cached native code is run by whoever finds it
//
// Trust: servers write there. What they leave is removed without following links.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace ava::router {

// A server's folder; removed, with all that is in it, when this goes away.
class SessionFolder {
 public:
  SessionFolder() = default;
  // Errors: kSystem, logged.
  static Result<SessionFolder> create(const std::filesystem::path& path);
  SessionFolder(SessionFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  SessionFolder& operator=(SessionFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~SessionFolder();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

class RunFolder {
 public:
  // Makes `path`, takes its lock, and removes what an earlier router left. Throws
  // std::runtime_error with a sentence: another router has it, or it belongs to somebody else.
  explicit RunFolder(std::filesystem::path path);
  // Removes the folder, unless there is something in it that is not ours.
  ~RunFolder();

  std::filesystem::path session(uint64_t number) const;

 private:
  std::filesystem::path path_;
  UniqueFd lock_;
};

// The cache folder of one user's servers of one guest, made where it is missing. Errors: kSystem,
// logged.
Result<std::filesystem::path> cache_folder(const std::filesystem::path& root,
                                           const std::string& guest, uid_t uid);

}  // namespace ava::router
