// What comes back of structs that the library changed, and of the memory that they lead to.
//
// Trust: the server's words are used as numbers only. Where bytes go the guest noted when it found
// them, and no more of them than it found then; pointers stay what the application has there. What
// stands behind the structs is copied from a reply that nobody changes any more, each byte once, so
// that a small reply cannot become much memory.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>
#include <unordered_set>
#include <vector>

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

// Texts and memory of the library's own, in the order in which the server put them there.
class OwnMemory {
 public:
  OwnMemory(Call& call, std::span<const Shape> shapes, std::span<const uint8_t> reply,
            uint64_t structs) noexcept
      : call_(call), shapes_(shapes), reply_(std::as_bytes(reply)), next_(structs) {}

  // What the application is given in a field of the struct `s`, which is in the reply. Throws
  // bad_alloc.
  const void* pointer_of(const GraphField& field, const std::byte* s) {
    const auto word = marshal::number_at<uint64_t>(s, field.offset);
    if (field.returns_handle()) {
      return call_.land_handle(word, field.of, field.kind == GraphField::Kind::kMade);
    }
    if (field.kind == GraphField::Kind::kText) return text(word);
    if (field.kind != GraphField::Kind::kOwn) return nullptr;
    return elements(shapes_[field.of], word, field.count_of(s));
  }
  // Did all that was named stand there?
  bool intact() const noexcept { return intact_; }

 private:
  // `size` bytes from there on; empty where they are not there, or are another's.
  std::span<const std::byte> take(uint64_t word, uint64_t size) noexcept {
    intact_ &= word >= next_ && word <= reply_.size() && size <= reply_.size() - word;
    if (!intact_) return {};
    next_ = word + size;
    return reply_.subspan(word, size);
  }

  const char* text(uint64_t word) noexcept {
    if (word == 0) return nullptr;
    const auto begin = reply_.begin() + static_cast<ptrdiff_t>(std::min(word, reply_.size()));
    const auto end = std::find(begin, reply_.end(), std::byte{0});
    const auto bytes = take(word, static_cast<uint64_t>(end - begin) + 1);
    return land_text({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }

  const void* elements(const Shape& shape, uint64_t word, uint64_t count) {
    if (word == 0) return nullptr;
    const auto from = take(word, marshal::saturating_mul(count, shape.element_size));
    if (!intact_) return nullptr;
    std::vector<std::byte> copy(from.begin(), from.end());
    if (shape.kind == Shape::Kind::kBytes) return land_memory(std::move(copy));
    for (uint64_t at = 0; at < from.size() && intact_; at += shape.element_size) {
      const std::byte* const element = from.data() + at;
      const auto put = [&](uint64_t offset, const void* pointer) {
        std::memcpy(copy.data() + at + offset, &pointer, sizeof pointer);
      };
      for (const GraphField& field : shape.fields) {
        if (field.is_active(element)) put(field.offset, pointer_of(field, element));
      }
      const auto id = marshal::number_at<uint64_t>;
      if (shape.kind == Shape::Kind::kPointers) put(0, text(id(element, 0)));
      if (shape.kind == Shape::Kind::kHandles) {
        put(0, call_.land_handle(id(element, 0), shape.of, false));
      }
    }
    return land_memory(std::move(copy));
  }

  Call& call_;
  std::span<const Shape> shapes_;
  std::span<const std::byte> reply_;
  uint64_t next_;  // what stands before it is taken
  bool intact_ = true;
};

}  // namespace

// Applications keep it for ever, so that none is ever freed.
const void* land_memory(std::vector<std::byte> bytes) noexcept {
  struct Hash {
    size_t operator()(const std::vector<std::byte>& all) const noexcept {
      return std::hash<std::string_view>()({reinterpret_cast<const char*>(all.data()), all.size()});
    }
  };
  static std::mutex mutex;
  static auto* const known = new (std::nothrow) std::unordered_set<std::vector<std::byte>, Hash>;
  static constexpr std::byte kNothing{};  // of which there may be none, and yet it is somewhere
  if (bytes.empty()) return &kNothing;
  if (known == nullptr) return nullptr;
  try {
    const std::lock_guard lock(mutex);
    return known->insert(std::move(bytes)).first->data();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

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

  OwnMemory own(*this, found.shapes(), std::span(structs->data(), structs->size()), sent.size());
  for (uint64_t at = 0; at < sent.size(); at += shape.element_size) {
    std::byte* const to = found.root() + at;
    const std::byte* const decides = (found.filled() ? back : sent.data()) + at;
    // What lies between described fields; those are not written, for other threads may look there.
    uint64_t next = 0;
    while (next < shape.element_size) {
      const GraphField* field = described_from(shape, decides, next);
      const uint64_t end = field != nullptr ? field->offset : shape.element_size;
      std::memcpy(to + next, back + at + next, end - next);
      next = end + sizeof(void*);
      if (field == nullptr || !(found.filled() || field->is_answered())) continue;
      try {
        const void* const pointer = own.pointer_of(*field, back + at);
        std::memcpy(to + field->offset, &pointer, sizeof pointer);
      } catch (const std::bad_alloc&) {
        fail(Error::kExhausted);
      }
    }
  }
  if (!own.intact()) fail(Error::kClosed);
  return !failed();
}

}  // namespace ava::guest
