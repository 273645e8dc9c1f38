#include "server/file_questions.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

namespace ava::server {
namespace {

// How soon a question notices that the session has ended.
constexpr std::chrono::milliseconds kLookAgain{100};

}  // namespace

GuestFile FileQuestions::ask(FileAsker& asker, std::string_view path, uint64_t limit) {
  Question question;
  question.limit = limit;
  std::vector<std::byte> bytes(sizeof(wire::FileQuestion) + path.size());
  std::memcpy(bytes.data() + sizeof(wire::FileQuestion), path.data(), path.size());
  std::unique_lock lock(mutex_);
  const wire::FileQuestion head(++last_);
  open_.emplace(head.number(), &question);
  lock.unlock();
  std::memcpy(bytes.data(), &head, sizeof head);
  asker.send(bytes);

  lock.lock();
  while (!question.answered && !asker.ended()) answered_.wait_for(lock, kLookAgain);
  open_.erase(head.number());
  if (!question.answered) question.file.error = EIO;
  return std::move(question.file);
}

bool FileQuestions::answer(const wire::FileAnswer& answer,
                           std::span<const std::byte> bytes) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(answer.number());
  if (found == open_.end() || found->second->answered) return false;
  Question& question = *found->second;
  if (!append(question, answer, bytes)) return false;
  if (question.answered) answered_.notify_all();
  return true;
}

bool FileQuestions::append(Question& question, const wire::FileAnswer& answer,
                           std::span<const std::byte> bytes) noexcept {
  GuestFile& file = question.file;
  const auto settle = [&](int error) {
    file.error = error;
    file.content.reset();
    question.answered = true;
    return true;
  };
  if (answer.error() != 0) return settle(static_cast<int>(answer.error()));
  if (question.filled == 0) {
    file.mode = answer.mode();
    file.device = answer.device();
    file.inode = answer.inode();
    file.modified = answer.modified();
    file.size = answer.size();
    if (S_ISDIR(file.mode)) return settle(0);
    if (!S_ISREG(file.mode)) return settle(ENXIO);
    if (file.size > question.limit) return settle(EFBIG);
    file.content.reset(::memfd_create("ava-guest-file", MFD_CLOEXEC));
    if (!file.content) return settle(errno);
  }
  if (answer.offset() != question.filled || answer.size() != file.size ||
      bytes.size() > file.size - question.filled || (bytes.empty() && file.size != 0)) {
    return false;
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.content.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return settle(written < 0 ? errno : ENOSPC);
    question.filled += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<uint64_t>(written));
  }
  question.answered = question.filled == file.size;
  return true;
}

}  // namespace ava::server
