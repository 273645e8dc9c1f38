// Finds what a pointer argument leads to (marshal/graph.h), and puts it into the form in which it
// travels: each object once, in the order in which pointers were met. A pointer into an array that
// was met is a place in it. One to more than what was met there is another object.
//
// Threads: one, that of the call. Memory is kept from call to call, so that calls that are alike
// allocate nothing. The application's structs are copied before anything in them is read twice.
// Where something comes back (Call::land_graph), what was found stays until the call is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "marshal/graph.h"

namespace ava::guest {

class GraphBuilder {
 public:
  // What the application's handles and callbacks are on the wire; failures are the call's own.
  class Ids {
   public:
    virtual marshal::ObjectId id_of(const void* handle, marshal::TypeId type) noexcept = 0;
    virtual uint64_t closure_of(const void* function, void* user_data,
                                const marshal::GraphField& field) noexcept = 0;

   protected:
    ~Ids() = default;
  };

  // `count` elements of `shape` at `root`, and all behind them. Where these are pointers, `inner`
  // elements are behind each. `filled`: structs that the library fills, of which nothing is read.
  // Errors: kExhausted, where it is more than a frame holds, or memory is short.
  Result<void> build(const void* root, uint64_t count, marshal::ShapeId shape, uint64_t inner,
                     std::span<const marshal::Shape> shapes, Ids& ids, bool filled) noexcept;

  // Is there a null pointer where the router refuses one?
  bool some_null() const noexcept { return some_null_; }
  // The graph's bytes, to be written to `to`.
  uint64_t size() const noexcept {
    return marshal::kGraphHeader + found_.size() * sizeof(marshal::GraphObject) + contents_.size();
  }
  void write(std::byte* to) const noexcept;
  // The data beside it: `each(data, size)` for each piece, padding included.
  uint64_t data_size() const noexcept { return data_size_; }
  template <typename Each>
  bool each_data(Each each) const noexcept {
    static constexpr std::byte kPadding[marshal::kDataAlign] = {};
    for (const Found& found : found_) {
      if (!shapes_[found.shape].is_data()) continue;
      const uint64_t rest = marshal::padded(found.size, marshal::kDataAlign) - found.size;
      if (found.size != 0 && !each(found.data, found.size)) return false;
      if (rest != 0 && !each(kPadding, rest)) return false;
    }
    return true;
  }

  // What the library writes: how much it is with padding, and `each(number, data, size)` for each
  // piece, in their order.
  uint64_t output_size() const noexcept { return output_size_; }
  template <typename Each>
  void each_output(Each each) const noexcept {
    for (uint32_t i = 0; i < found_.size(); ++i) {
      if (!shapes_[found_[i].shape].is_output()) continue;
      each(i + 1, const_cast<std::byte*>(found_[i].data), found_[i].size);
    }
  }
  std::span<const marshal::Shape> shapes() const noexcept { return shapes_; }
  bool filled() const noexcept { return filled_; }
  const marshal::Shape& shape_of(uint32_t number) const noexcept {
    return shapes_[found_[number - 1].shape];
  }
  // The application's first elements, and what was sent of them.
  std::byte* root() const noexcept { return const_cast<std::byte*>(found_.front().data); }
  std::span<const std::byte> sent_root() const noexcept {
    return std::span(contents_).first(found_.front().size);
  }

 private:
  struct Found {
    const std::byte* data;
    marshal::ShapeId shape;
    uint64_t size;
  };

  // The place of `count` elements at `data`, which are met again or for the first time.
  uint64_t place_of(const std::byte* data, marshal::ShapeId shape, uint64_t count);
  void add_contents(const Found& found, uint64_t inner, Ids& ids);
  void fields(const marshal::Shape& shape, std::byte* element, Ids& ids);
  // The place of what is inside an object that was found before; 0: it is not.
  uint64_t known_place(const Found& wanted) const noexcept;
  bool before(const Found& a, const Found& b) const noexcept;

  std::span<const marshal::Shape> shapes_;
  std::vector<Found> found_;
  std::vector<uint32_t> sorted_;  // indices into found_, by shape, address and size
  std::vector<std::byte> contents_;
  std::vector<std::byte> struct_;  // the one whose fields are looked at
  uint64_t data_size_ = 0;
  uint64_t output_size_ = 0;
  bool too_large_ = false;
  bool some_null_ = false;
  bool filled_ = false;
};

// Memory of the library's own, which lives as long as the process: the same bytes that were there
// before are at the same address. Null where memory is short.
const void* land_memory(std::vector<std::byte> bytes) noexcept;

}  // namespace ava::guest
