// What comes back of structs that the library changed, and of the memory that they lead to.
//
// Trust: the server's words are used as numbers only. Where bytes go the guest noted when it found
// them, and no more of them than it found then; pointers stay what the application has there.
#include <algorithm>
#include <cstring>

#include "guest/bulk.h"
#include "guest/call.h"
#include "guest/channel.h"
#include "guest/graph.h"
#include "guest/session.h"

namespace ava::guest {

using marshal::GraphField;
using marshal::Shape;

namespace {

// The first pointer or handle of a struct that lies at `offset` or behind it; null: none does.
const GraphField* described_from(const Shape& shape, const std::byte* s, uint64_t offset) {
  const GraphField* first = nullptr;
  for (const GraphField& field : shape.fields) {
    if (field.offset < offset || !field.is_active(s)) continue;
    if (first == nullptr || field.offset < first->offset) first = &field;
  }
  return first;
}

}  // namespace

bool Call::land_graph(const Graph& graph, const flatbuffers::Vector<uint8_t>* structs,
                      const flatbuffers::Vector<uint8_t>* bytes) noexcept {
  if (failed() || graph.found == nullptr) return !failed();
  const GraphBuilder& found = *graph.found;
  const std::span<const std::byte> sent = found.sent_root();
  const Shape& shape = found.shape_of(1);
  const bool whole = structs != nullptr && structs->size() >= sent.size();
  const auto* const back = whole ? reinterpret_cast<const std::byte*>(structs->data()) : nullptr;

  uint64_t from = 0;
  const auto space = static_cast<marshal::Space>(graph.output.bulk.space());
  found.each_output([&](uint32_t number, std::byte* to, uint64_t size) {
    uint64_t written = marshal::written_of(shape, sent, back, number, found.shape_of(number), size);
    if (space == marshal::Space::kInline) {
      const uint64_t there = bytes == nullptr ? 0 : bytes->size();
      written = std::min(written, marshal::saturating_sub(there, from));
      if (written != 0) std::memcpy(to, bytes->data() + from, written);
    } else if (written != 0 && space != marshal::Space::kNone) {
      const Block block{space, graph.output.bulk.offset()};
      if (!fetch(channel_->session(), block, to, marshal::one_row(written), from)) {
        fail(Error::kClosed);
      }
    }
    from += marshal::padded(size, marshal::kDataAlign);
  });
  if (failed() || back == nullptr) return !failed();

  for (uint64_t at = 0; at < sent.size(); at += shape.element_size) {
    std::byte* const to = found.root() + at;
    // What lies between described fields; those are not written, for other threads may look there.
    uint64_t next = 0;
    while (next < shape.element_size) {
      const GraphField* field = described_from(shape, sent.data() + at, next);
      const uint64_t end = field != nullptr ? field->offset : shape.element_size;
      std::memcpy(to + next, back + at + next, end - next);
      next = end + sizeof(void*);
      const bool text = field != nullptr && field->kind == GraphField::Kind::kText;
      if (field == nullptr || !(text || field->returns_handle())) continue;
      const auto word = marshal::number_at<uint64_t>(back + at, field->offset);
      const void* pointer = nullptr;
      if (!text) {
        pointer = land_handle(word, field->of, field->kind == GraphField::Kind::kMade);
      } else if (word >= sent.size() && word < structs->size()) {
        pointer = land_text(std::span(structs->data(), structs->size()).subspan(word));
      }
      std::memcpy(to + field->offset, &pointer, sizeof pointer);
    }
  }
  return true;
}

}  // namespace ava::guest
