#include "guest/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "base/unique_fd.h"
#include "guest/request.h"
#include "guest/session.h"
#include "marshal/wire_generated.h"

namespace ava::guest {
namespace {

// File bytes in one frame. A multiple of a page; the rest of a frame is its head.
constexpr uint64_t kPiece = 32 * 1024;

struct Frame {
  wire::FileAnswer answer;
  std::byte bytes[kPiece];
};

// Opens what `path` names if it is a regular file. What it is goes to `status`. The errno of what
// failed, or 0.
int look(const char* path, struct stat& status, UniqueFd& file) noexcept {
  // First without opening: that alone does things to a device or a pipe.
  if (::stat(path, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return 0;
  if (!S_ISREG(status.st_mode)) return ENXIO;
  file.reset(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file || ::fstat(file.get(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return ENXIO;  // another one by now
  return static_cast<uint64_t>(status.st_size) > marshal::kMaxFile ? EFBIG : 0;
}

// Sends the file's bytes behind what is said of it in `frame`. One that shrinks meanwhile is padded
// with zeroes: the server has been told its size.
bool send(Channel& channel, Frame& frame, int file, uint64_t size) noexcept {
  const wire::FileAnswer head = frame.answer;
  for (uint64_t offset = 0; offset == 0 || offset < size;) {
    const uint64_t piece = std::min(kPiece, size - offset);
    uint64_t got = 0;
    while (got < piece) {
      const ssize_t more =
          ::pread(file, frame.bytes + got, piece - got, static_cast<off_t>(offset + got));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) break;
      got += static_cast<uint64_t>(more);
    }
    std::memset(frame.bytes + got, 0, piece - got);
    frame.answer = wire::FileAnswer(head.number(), size, offset, head.device(), head.inode(),
                                    head.modified(), head.mode(), head.error());
    const auto body = std::as_bytes(std::span(&frame, 1)).first(sizeof head + piece);
    if (!tell(channel, marshal::kFileAnswer, body)) return false;
    if (piece == 0) break;
    offset += piece;
  }
  // tell() wakes nobody.
  channel.notify(true);
  return true;
}

}  // namespace

bool answer_file(Session& session, std::span<const std::byte> question) noexcept {
  wire::FileQuestion asked;
  if (question.size() <= sizeof asked) return false;
  std::memcpy(&asked, question.data(), sizeof asked);
  char path[marshal::kMaxPath + 1] = {};
  const auto name = question.subspan(sizeof asked);
  std::memcpy(path, name.data(), std::min<uint64_t>(name.size(), marshal::kMaxPath));

  struct stat status {};
  UniqueFd file;
  int error = look(path, status, file);
  const std::unique_ptr<Frame> frame(new (std::nothrow) Frame);
  // Not the call's channel, on which it still waits.
  const ChannelLease lease(session.channels());
  // Without these the server would wait for ever.
  if (frame == nullptr || lease.get() == nullptr) {
    session.end(Error::kExhausted);
    return false;
  }
  if (error != 0) file.reset();
  const uint64_t size = file ? static_cast<uint64_t>(status.st_size) : 0;
  frame->answer = wire::FileAnswer(asked.number(), size, 0, status.st_dev, status.st_ino,
                                   status.st_mtime, status.st_mode, static_cast<uint32_t>(error));
  return send(*lease.get(), *frame, file.get(), size);
}

}  // namespace ava::guest
