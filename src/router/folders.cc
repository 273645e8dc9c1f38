#include "router/folders.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/log.h"

namespace ava::router {
namespace {

namespace fs = std::filesystem;

// A folder that only this user can enter. False, with errno, if it cannot be had.
bool make_private(const fs::path& path) noexcept {
  if (::mkdir(path.c_str(), 0700) == 0) return true;
  if (errno != EEXIST) return false;
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) return false;
  // In a folder such as /tmp anybody could have made it first.
  const bool ours = S_ISDIR(found.st_mode) && found.st_uid == ::geteuid();
  if (!ours) errno = EPERM;
  return ours && ::chmod(path.c_str(), 0700) == 0;
}

}  // namespace

Result<SessionFolder> SessionFolder::create(const fs::path& path) {
  SessionFolder folder;
  if (::mkdir(path.c_str(), 0700) != 0) {
    AVA_ERROR("cannot make %s: %s", path.c_str(), std::strerror(errno));
    return fail(Error::kSystem);
  }
  folder.path_ = path;
  if (::mkdir((path / "tmp").c_str(), 0700) != 0) {
    AVA_ERROR("cannot make %s/tmp: %s", path.c_str(), std::strerror(errno));
    return fail(Error::kSystem);
  }
  return folder;
}

SessionFolder::~SessionFolder() {
  if (path_.empty()) return;
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) AVA_WARN("cannot remove %s: %s", path_.c_str(), error.message().c_str());
}

RunFolder::RunFolder(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  fs::create_directories(path_.parent_path(), error);
  if (!make_private(path_)) {
    throw std::runtime_error("cannot use the run folder " + path_.string() + ": " +
                             std::strerror(errno));
  }
  lock_.reset(::open((path_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_ || ::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error(errno == EWOULDBLOCK
                                 ? "another router uses the run folder " + path_.string()
                                 : "cannot lock the run folder " + path_.string() + ": " +
                                       std::strerror(errno));
  }
  fs::remove_all(path_ / "sessions", error);
  if (error || !make_private(path_ / "sessions")) {
    throw std::runtime_error("cannot clear the run folder " + path_.string());
  }
}

RunFolder::~RunFolder() {
  if (!lock_) return;
  std::error_code error;
  fs::remove_all(path_ / "sessions", error);
  ::unlink((path_ / "lock").c_str());
  ::rmdir(path_.c_str());  // fails where somebody keeps something in it
}

fs::path RunFolder::session(uint64_t number) const {
  return path_ / "sessions" / std::to_string(number);
}

Result<fs::path> cache_folder(const fs::path& root, const std::string& guest, uid_t uid) {
  std::error_code ignored;
  fs::create_directories(root, ignored);
  const fs::path of_guest = root / guest;
  const fs::path of_user = of_guest / std::to_string(uid);
  if (!make_private(of_guest) || !make_private(of_user)) {
    AVA_ERROR("cannot make the cache folder %s: %s", of_user.c_str(), std::strerror(errno));
    return fail(Error::kSystem);
  }
  return of_user;
}

}  // namespace ava::router
