// Executes one channel's calls, one after the other, on a thread of its own.
//
//   server ring -> private scratch -> dependencies -> native call -> reply space -> completion word
//                                                                \-> executed position
//
// Threads: the worker's own, but for the constructor and the destructor (which joins).
// Errors:  a ring or a frame that a router cannot have sent ends the session. An exception that
//          comes out of a native library, or an exhausted heap, fails that call.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "marshal/frame.h"
#include "server/guest_files.h"
#include "server/object_table.h"
#include "server/reply_builder.h"
#include "server/scratch.h"
#include "server/session.h"

namespace ava::server {

class Worker;

// Asks the guest that waits for a call.
class CallAsker final : public FileAsker {
 public:
  CallAsker(Worker& worker, uint64_t position) noexcept : worker_(worker), position_(position) {}
  void send(std::span<const std::byte> question) override;
  bool ended() const noexcept override;

 private:
  Worker& worker_;
  const uint64_t position_;
};

// The files of a call that reads the application's.
struct CallFiles {
  CallFiles(Session& session, Worker& worker, uint64_t position, const char* options,
            std::initializer_list<std::string_view> words)
      : asker(worker, position), view(session.files(), asker, options, words) {}
  CallAsker asker;
  GuestFiles view;
};

// What a call noted and its end settles. Kept between calls: no malloc in the steady state.
struct CallNotes {
  std::vector<marshal::ObjectId> retains;
  std::vector<ObjectTable::Release> releases;
  struct KeptMemory {
    uint32_t slot;  // until this one completes; 0: until the call is answered
    std::shared_ptr<const void> memory;
  };
  std::vector<KeptMemory> kept;
  struct ToKeep {
    unsigned parameter;
    std::shared_ptr<const void> memory;
  };
  std::vector<ToKeep> to_keep;          // for longer than the call, if it succeeds
  std::vector<uint32_t> slots;          // of the call's arguments, not handed to an object yet
  std::shared_ptr<Mapping> mapped;      // made by this call
  void* mapped_to = nullptr;            // where the guest waits for its bytes; null: nowhere
  std::shared_ptr<Mapping> unmapped;    // ended by this call
  std::shared_ptr<Mapping> given_back;  // the same, until its bytes are in the reply
  std::vector<Mirror> unmirrored;       // the same
  std::optional<CallFiles> files;       // until the call is answered

  bool unsettled() const noexcept {
    return !releases.empty() || unmapped != nullptr || !unmirrored.empty();
  }
  void clear() noexcept {
    retains.clear();
    releases.clear();
    kept.clear();
    to_keep.clear();
    slots.clear();
    mapped.reset();
    mapped_to = nullptr;
    given_back.reset();
    unmapped.reset();
    unmirrored.clear();
    files.reset();
  }
};

class Worker {
 public:
  // Starts the thread. Throws std::system_error where there is none to be had.
  Worker(Session& session, uint32_t channel);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // For Call.
  Session& session() noexcept { return session_; }
  uint32_t channel() const noexcept { return channel_; }
  Scratch& scratch() noexcept { return scratch_; }
  ReplyBuilder& replies() noexcept { return replies_; }
  CallNotes& notes() noexcept { return notes_; }
  // Answers the call at `position`: sweeps completions, copies the reply's bytes (at most
  // kReplyCapacity) to the guest, stores the completion word, wakes the guest.
  void complete(uint64_t position, int32_t status, const void* reply, uint64_t size) noexcept;

 private:
  void run() noexcept;
  void wait_for_frame(transport::SpinBudget& spin) noexcept;
  void offer_room(bool always) noexcept;
  Error execute(const transport::Record& record) noexcept;

  Session& session_;
  const uint32_t channel_;
  transport::RingReader reader_;
  transport::ReplyControl& reply_control_;
  const std::span<std::byte> reply_bytes_;
  uint64_t room_offered_at_ = 0;  // ring position

  Scratch scratch_;
  ReplyBuilder replies_;
  CallNotes notes_;
  // A frame, and behind it zeroes, so that a fixed request which is shorter than its struct reads
  // as zeroes and not as another call's bytes.
  struct alignas(16) FrameBuffer {
    std::byte bytes[marshal::kMaxFrame];
    std::byte slack[256];
  };
  std::unique_ptr<FrameBuffer> frame_ = std::make_unique<FrameBuffer>();
  std::thread thread_;  // last: it uses the others
};

}  // namespace ava::server
