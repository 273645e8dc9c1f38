// Questions about the application's files, from the thread whose native call wants one to the
// guest, and the answers, which arrive on other channels.
//
// Trust:   answers come from a guest: any number, any order, any size may arrive. What fits no open
//          question is refused; a file's bytes arrive in order, and no more of them than were
//          allowed for. A guest that never answers holds up its own call, as long as its session
//          lives.
// Threads: any.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/unique_fd.h"
#include "marshal/wire_generated.h"

namespace ava::server {

// What the application's stat and open would find.
struct GuestFile {
  int error = 0;  // errno; then the rest says nothing
  uint32_t mode = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t modified = 0;  // seconds
  uint64_t size = 0;
  UniqueFd content;  // of a regular file: a memfd
};

// The way to the guest that waits for a call.
class FileAsker {
 public:
  virtual void send(std::span<const std::byte> question) = 0;
  virtual bool ended() const noexcept = 0;  // nobody will answer any more

 protected:
  ~FileAsker() = default;
};

class FileQuestions {
 public:
  // Sends the question and waits for the answer. A file of more than `limit` bytes does not come:
  // EFBIG. EIO where the session ended. Errors: std::bad_alloc.
  GuestFile ask(FileAsker& asker, std::string_view path, uint64_t limit);
  // A piece of an answer. False: it contradicts those before it.
  bool answer(const wire::FileAnswer& answer, std::span<const std::byte> bytes) noexcept;

 private:
  struct Question {
    GuestFile file;
    uint64_t limit;
    uint64_t filled = 0;  // bytes of the file
    bool answered = false;
  };
  bool append(Question& question, const wire::FileAnswer& answer,
              std::span<const std::byte> bytes) noexcept;

  std::mutex mutex_;  // guards everything below
  std::condition_variable answered_;
  std::unordered_map<uint64_t, Question*> open_;
  uint64_t last_ = 0;
};

}  // namespace ava::server
