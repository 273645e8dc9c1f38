// A FlatBuffers builder over one buffer that never grows: a reply is as large as the reply space,
// or it is none. The library has no other way to say "full" than an exception; it ends at the
// worker.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <exception>
#include <memory>

#include "transport/layout.h"

namespace ava::server {

struct ReplyTooLarge : std::exception {
  const char* what() const noexcept override { return "the reply exceeds the reply space"; }
};

class ReplyBuilder {
 public:
  ReplyBuilder() : builder_(kSize, &allocator_) {}
  ReplyBuilder(const ReplyBuilder&) = delete;
  ReplyBuilder& operator=(const ReplyBuilder&) = delete;

  flatbuffers::FlatBufferBuilder& builder() noexcept { return builder_; }

 private:
  // The reply, and room for the builder's own notes at the other end.
  static constexpr size_t kSize = transport::kReplyCapacity + 4096;

  class Allocator final : public flatbuffers::Allocator {
   public:
    uint8_t* allocate(size_t size) override {
      if (size > kSize) throw ReplyTooLarge();
      return buffer_->bytes;
    }
    void deallocate(uint8_t*, size_t) override {}
    uint8_t* reallocate_downward(uint8_t*, size_t, size_t, size_t, size_t) override {
      throw ReplyTooLarge();
    }

   private:
    struct alignas(16) Buffer {
      uint8_t bytes[kSize];
    };
    std::unique_ptr<Buffer> buffer_{new Buffer};
  };

  Allocator allocator_;
  flatbuffers::FlatBufferBuilder builder_;
};

}  // namespace ava::server
