#include "server/guest_files.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "marshal/frame.h"

namespace ava::server {
namespace {

thread_local GuestFiles* t_current = nullptr;

// Splits at spaces, but not inside quotes or behind a backslash, which it drops.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      if (next != '"' && next != '\'') word += next;
      open = true;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      open = true;
    } else if (c == quote && quote != 0) {
      quote = 0;
    } else if (quote == 0 && std::strchr(" \t\n\v\f\r", c) != nullptr) {
      if (open) words.push_back(std::move(word));
      word.clear();
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (open) words.push_back(std::move(word));
  return words;
}

void add_folder(std::vector<std::string>& folders, std::string folder) {
  while (folder.ends_with('/')) folder.pop_back();
  // The root would make all files the application's, and leave the library without its own.
  if (!folder.empty()) folders.push_back(std::move(folder));
}

}  // namespace

std::vector<std::string> folders_in(std::string_view options,
                                    std::initializer_list<std::string_view> words) {
  std::vector<std::string> folders;
  const std::vector<std::string> all = words_of(options);
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& word = all[i];
    bool found = false;
    for (const std::string_view each : words) {
      if (found || !word.starts_with(each)) continue;
      found = true;
      std::string folder = word.substr(each.size());
      if (folder.empty() && i + 1 < all.size()) folder = all[++i];
      if (folder.starts_with('/')) add_folder(folders, std::move(folder));
    }
    const size_t value = word.find("=/");
    if (!found && value != std::string::npos) add_folder(folders, word.substr(value + 1));
  }
  return folders;
}

GuestFiles::GuestFiles(FileQuestions& questions, FileAsker& asker, const char* options,
                       std::initializer_list<std::string_view> words)
    : questions_(questions), asker_(asker) {
  if (options != nullptr) folders_ = folders_in(options, words);
  t_current = this;
}

GuestFiles::~GuestFiles() { t_current = nullptr; }

GuestFiles* GuestFiles::current() noexcept { return t_current; }

bool GuestFiles::names(const char* path) const noexcept {
  if (path == nullptr || path[0] == 0) return false;
  if (path[0] != '/') return true;
  const std::string_view whole(path);
  for (const std::string& folder : folders_) {
    if (whole.starts_with(folder) &&
        (whole.size() == folder.size() || whole[folder.size()] == '/')) {
      return true;
    }
  }
  return false;
}

const GuestFile& GuestFiles::find(const char* path) {
  const auto known = paths_.find(std::string_view(path));
  if (known != paths_.end()) return *known->second;
  const auto failed = [&](int error) -> const GuestFile& {
    GuestFile& file = errors_[error];
    file.error = error;
    return file;
  };
  const std::string_view name(path);
  if (name.size() > marshal::kMaxPath) return failed(ENAMETOOLONG);
  if (paths_.size() >= kMaxPaths) return failed(ENOMEM);
  GuestFile file = questions_.ask(asker_, name, kMaxBytes - bytes_);
  const GuestFile* found = nullptr;
  if (file.error != 0) {
    found = &failed(file.error);
  } else {
    const auto key = std::pair(file.device, file.inode);
    const bool fresh = !files_.contains(key);
    if (fresh && files_.size() >= kMaxFiles) return failed(ENFILE);
    if (fresh) bytes_ += file.size;
    // Another name for a file that is here already: the same bytes, the same identity.
    found = &files_.try_emplace(key, std::move(file)).first->second;
    if (fresh && found->content) {
      const timespec modified{found->modified, 0};
      const timespec times[] = {modified, modified};
      ::futimens(found->content.get(), times);
      ::fchmod(found->content.get(), found->mode & 07777);
    }
  }
  paths_.emplace(name, found);
  return *found;
}

int GuestFiles::open(const char* path, int flags) noexcept {
  try {
    const GuestFile& file = find(path);
    if (file.error != 0) return -file.error;
    if (!file.content) return -EISDIR;
    // A description of its own, with a position of its own.
    char self[64];
    std::snprintf(self, sizeof self, "/proc/self/fd/%d", file.content.get());
    const long opened = ::syscall(SYS_openat, AT_FDCWD, self, O_RDONLY | (flags & O_CLOEXEC));
    return opened < 0 ? -errno : static_cast<int>(opened);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

int GuestFiles::status(const char* path, struct stat& status) noexcept {
  try {
    const GuestFile& file = find(path);
    if (file.error != 0) return -file.error;
    // What fstat will say of an open one: libraries know a file again by these.
    if (file.content) return ::fstat(file.content.get(), &status) == 0 ? 0 : -errno;
    status = {};
    status.st_mode = file.mode;
    status.st_dev = file.device;
    status.st_ino = file.inode;
    status.st_mtim.tv_sec = file.modified;
    status.st_nlink = 2;
    return 0;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

}  // namespace ava::server
