// What one call keeps while it is put together and until it is settled. One for each channel,
// allocated with it and reused by each of its calls, so that a call allocates nothing.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "guest/block.h"
#include "guest/graph.h"
#include "guest/mappings.h"
#include "guest/mirrors.h"
#include "guest/shadow.h"
#include "marshal/bounds.h"

namespace ava::guest {

// A list with room for a fixed number of elements, which append refuses to exceed.
template <typename T, uint32_t kCapacity>
class BoundedList {
 public:
  bool append(const T& value) noexcept {
    if (count_ == kCapacity) return false;
    values_[count_++] = value;
    return true;
  }
  void clear() noexcept { count_ = 0; }
  bool empty() const noexcept { return count_ == 0; }
  uint32_t size() const noexcept { return count_; }
  T* begin() noexcept { return values_.data(); }
  T* end() noexcept { return values_.data() + count_; }

 private:
  uint32_t count_ = 0;
  std::array<T, kCapacity> values_;
};

// Gives a FlatBufferBuilder one buffer, for ever. The runtime adds no vector that does not fit
// (CallScratch::fits); should a stub do so by itself, the heap serves, and the frame is then
// refused as too large.
class BuilderMemory final : public flatbuffers::Allocator {
 public:
  static constexpr size_t kSize = marshal::kMaxFrame;

  explicit BuilderMemory(std::byte* buffer) noexcept
      : buffer_(reinterpret_cast<uint8_t*>(buffer)) {}

  uint8_t* allocate(size_t size) override {
    if (size > kSize || taken_) return new uint8_t[size];
    taken_ = true;
    return buffer_;
  }
  void deallocate(uint8_t* data, size_t) override {
    if (data == buffer_) {
      taken_ = false;
    } else {
      delete[] data;
    }
  }

 private:
  uint8_t* buffer_;
  bool taken_ = false;
};

// One reference that a call gives to the application or takes from it.
struct ReferenceChange {
  Shadow* shadow;
  bool retained;  // else released
  bool taken;     // of a release: the table's count was lowered in advance
};

struct CallScratch {
  // Of one function: `present` has 64 bits, so 64 parameters.
  static constexpr uint32_t kMaxParameters = 64;
  // Handles in one frame. Two lists of the longest kind fill a frame.
  static constexpr uint32_t kMaxUses = 2 * marshal::kMaxList;
  // Bytes that a request's table takes besides its vectors: scalars, references, headers.
  static constexpr uint64_t kTableReserve = 4096;

  // Zeroed memory that outlives this; what no call needs of it is never touched.
  static constexpr uint64_t kMemory = kMaxUses * sizeof(Shadow*) + BuilderMemory::kSize;
  explicit CallScratch(std::byte* bytes) noexcept
      : memory(bytes + kMaxUses * sizeof(Shadow*)),
        builder(BuilderMemory::kSize, &memory),
        uses(reinterpret_cast<Shadow**>(bytes)) {}

  // Before each call.
  void reset() noexcept {
    if (builder.GetSize() != 0) builder.Clear();
    use_count = 0;
    references.clear();
    blocks.clear();
    tickets.clear();
    pins.clear();
    closures.clear();
    graph_count = 0;
    inline_in = inline_out = learn_key = list_key = family = 0;
    doubtful = false;
    ends = false;
    missing = nullptr;
    missing_size = 0;
    mapped.reset();
    unmapped.reset();
    unmirrored.clear();
  }

  // Null: no memory.
  GraphBuilder* next_graph() noexcept {
    try {
      if (graph_count == graphs.size()) graphs.push_back(std::make_unique<GraphBuilder>());
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    return graphs[graph_count++].get();
  }
  bool add_use(Shadow* shadow) noexcept {
    if (use_count == kMaxUses) return false;
    uses[use_count++] = shadow;
    return true;
  }
  // Does a vector of `bytes` bytes leave room for the rest of the request?
  bool fits(uint64_t bytes) const noexcept {
    return bytes <= marshal::kMaxFrame - kTableReserve &&
           builder.GetSize() + bytes <= marshal::kMaxFrame - kTableReserve;
  }

  BuilderMemory memory;
  flatbuffers::FlatBufferBuilder builder;
  Shadow** uses;  // named by the call; the same one may be there twice
  uint32_t use_count = 0;
  BoundedList<ReferenceChange, kMaxParameters> references;
  BoundedList<Block, kMaxParameters> blocks;       // to be given back when the call is over
  BoundedList<uint64_t, kMaxParameters> tickets;   // of PendingBulk; canceled if the call fails
  BoundedList<uint64_t, kMaxParameters> pins;      // of PendingBulk; canceled when the call is over
  BoundedList<uint64_t, kMaxParameters> closures;  // dropped if the call fails
  // One for each graph of a call; their memory stays. Until there is one, nothing is allocated.
  std::vector<std::unique_ptr<GraphBuilder>> graphs;
  size_t graph_count = 0;           // of them in use
  std::optional<Mapping> mapped;    // freed if the call fails
  std::optional<Mapping> unmapped;  // put back if the call fails
  std::vector<Mirror> unmirrored;   // put back if the call fails
  uint64_t inline_in = 0;           // bytes of inputs inside the frame
  uint64_t inline_out = 0;          // bytes of outputs inside the reply
  uint64_t learn_key = 0;           // 0: the call learns nothing
  uint64_t list_key = 0;            // of the families in its lists; 0: no lists
  marshal::ObjectId family = 0;     // of what it makes; 0: none
  const void* missing = nullptr;    // an input that is not there; null: none is
  uint64_t missing_size = 0;
  bool doubtful = false;  // an argument whose success nobody foresees
  bool ends = false;      // callbacks at an object's end are delivered before the call returns
};

}  // namespace ava::guest
