// What the library left in structs and where they lead to, on its way back (marshal/graph.h).
//
// Trust: the library's word is taken for how much memory of its own there is. Of what the guest
// sent only the numbers that conditions read are looked at again.
#include <cstring>
#include <vector>

#include "server/call.h"
#include "transport/layout.h"

namespace ava::server {
namespace {

using marshal::GraphField;
using marshal::GraphView;
using marshal::Outcome;
using marshal::Shape;

// Structs as they go back, and behind them what the library has elsewhere. How deep that is the
// shapes say, none of which leads to itself.
class Returned {
 public:
  Returned(Call& call, std::span<const Shape> shapes) : call_(call), shapes_(shapes) {}

  // Where the copy of `size` bytes is; 0 for the first, and where there is too much.
  uint64_t append(const void* data, uint64_t size) {
    too_large_ |= size > transport::kReplyCapacity - bytes_.size();
    if (too_large_) return 0;
    const auto* const from = static_cast<const uint8_t*>(data);
    const uint64_t at = bytes_.size();
    bytes_.insert(bytes_.end(), from, from + size);
    return at;
  }
  // The fields of the library's struct `s`, whose copy is at `at`. Conditions read `sent`.
  void fields(const Shape& shape, const std::byte* s, uint64_t at, const std::byte* sent) {
    for (const GraphField& field : shape.fields) {
      if (field.is_active(sent)) set(at + field.offset, word_of(field, s));
    }
  }
  bool too_large() const { return too_large_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  void set(uint64_t at, uint64_t word) {
    if (!too_large_) std::memcpy(bytes_.data() + at, &word, sizeof word);
  }

  uint64_t word_of(const GraphField& field, const std::byte* s) {
    void* const pointer = marshal::number_at<void*>(s, field.offset);
    if (field.returns_handle()) {
      return call_.id_of(pointer, field.of, field.kind == GraphField::Kind::kMade);
    }
    if (field.kind == GraphField::Kind::kText) return text(pointer);
    if (field.kind != GraphField::Kind::kOwn || pointer == nullptr) return 0;
    return elements(shapes_[field.of], static_cast<const std::byte*>(pointer), field.count_of(s));
  }

  uint64_t text(const void* text) {
    if (text == nullptr) return 0;
    return append(text, std::strlen(static_cast<const char*>(text)) + 1);
  }

  uint64_t elements(const Shape& shape, const std::byte* from, uint64_t count) {
    const uint64_t at = append(from, marshal::saturating_mul(count, shape.element_size));
    if (shape.kind == Shape::Kind::kBytes) return at;
    for (uint64_t i = 0; i < count && !too_large_; ++i) {
      const std::byte* const element = from + i * shape.element_size;
      const uint64_t copy = at + i * shape.element_size;
      if (shape.kind == Shape::Kind::kStructs) {
        fields(shape, element, copy, element);
        continue;
      }
      void* const pointer = marshal::number_at<void*>(element, 0);
      const bool handle = shape.kind == Shape::Kind::kHandles;
      set(copy, handle ? call_.id_of(pointer, shape.of, false) : text(pointer));
    }
    return at;
  }

  Call& call_;
  std::span<const Shape> shapes_;
  std::vector<uint8_t> bytes_;
  bool too_large_ = false;
};

}  // namespace

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Call::graph_structs(const GraphBack& back,
                                                                      bool success) {
  if (back.root == nullptr || !success) return {};
  const Shape& shape = back.view.shape(back.view.object(0));
  const uint64_t size = back.view.object(0).size;
  Returned returned(*this, back.view.shapes());
  returned.append(back.root, size);
  for (uint64_t at = 0; at < size; at += shape.element_size) {
    const std::byte* const s = back.root + at;
    returned.fields(shape, s, at, back.filled ? s : back.view.contents() + at);
  }
  if (returned.too_large()) {
    fail(Outcome::kExhausted, 0);
    return {};
  }
  return builder().CreateVector(returned.bytes());
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Call::graph_output(const GraphBack& back,
                                                                     bool success, bool structs) {
  if (back.output == nullptr || !success) return {};
  const GraphView& view = back.view;
  const std::span<const std::byte> sent(view.contents(), view.object(0).size);
  uint64_t from = 0;
  uint64_t end = 0;  // of what was written
  for (uint32_t i = 0; i < view.objects(); ++i) {
    const marshal::GraphObject object = view.object(i);
    if (!view.shape(object).is_output()) continue;
    const uint64_t written =
        marshal::written_of(view.shape(view.object(0)), sent, structs ? back.root : nullptr, i + 1,
                            view.shape(object), object.size);
    if (written != 0) end = from + written;
    from += marshal::padded(object.size, marshal::kDataAlign);
  }
  return reply_bytes(back.bulk, back.output, end);
}

}  // namespace ava::server
