// Structs that lead to other memory: strings, buffers, handles, lists, further structs, in any
// shape. What a pointer argument leads to travels as a list of objects, each a piece of memory with
// a shape, and pointers as the numbers of objects. So two pointers to one object stay that, and a
// ring of structs is as good as a tree: nobody follows pointers but the guest, whose they are.
//
// A graph, in the frame:
//
//   0       8               8 + 16 * objects
//   +-------+---------------+----------------------------------------------------------+
//   | count | GraphObject...| contents, each padded to 8: of structs, handles, pointers |
//   +-------+---------------+----------------------------------------------------------+
//
//   In structs, a handle is an id, and a pointer that is described is a place: the number of an
//   object, from 1 in the order of the list, and which of its elements; 0 is null. A callback is
//   its closure's number, and its user data 0. What is not described is as it was.
//
// Its data, beside it: the contents of bytes and strings, each padded to kDataAlign. Nobody between
// the guest and the native library looks inside them, so they may lie in the arena. Of memory that
// the library only writes (kOutput) there is nothing but the size: its bytes are an output of the
// call's, laid out alike.
//
// What the library changed comes back as the first object's structs, in which handles are ids and
// pointers 0 (a pointer stays what the application has there), and that output. Texts and memory of
// the library's own stand behind the structs, in the order in which fields and elements lead to
// them; where in those bytes, the field says. No byte there belongs to two.
//
// Trust: a graph in a frame is hostile until check_graph (router) has passed it; the server relies
// on that. Shapes are generated, and the same on all sides: they are in the wire's hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "marshal/bounds.h"
#include "marshal/ids.h"

namespace ava::marshal {

using ShapeId = uint16_t;  // a row of the API's shapes

inline constexpr uint64_t kDataAlign = 16;             // what any element may need
inline constexpr uint32_t kMaxGraphObjects = 2048;     // half a frame
inline constexpr uint64_t kMaxAt = uint64_t{1} << 47;  // bytes: no application's memory is larger

// A field of a struct that is not only bytes. Expressions read the other fields of the same struct,
// which is at `s`, not aligned, and may be hostile.
struct GraphField {
  enum class Kind : uint8_t {
    kHandle,    // `of`: its type
    kPointer,   // `of`: the shape of what it leads to
    kUnused,    // the library is given null
    kFound,     // `of`: the library puts a handle there, of an object that it found
    kMade,      // the same of a new object
    kText,      // the library puts the address of a text of its own there
    kOwn,       // the same of memory of its own: `of`: its shape
    kCallback,  // `of`: its row among the API's upcalls. Sent is a closure's number (frame.h)
    kUserData,  // a callback's: what the application has there stays there
  };
  uint64_t offset;
  Kind kind;
  uint16_t of = 0;
  // Elements behind a pointer, of kOwn by what the library left in the struct; null: one.
  uint64_t (*count)(const std::byte* s) = nullptr;
  bool (*active)(const std::byte* s) = nullptr;  // null: always; else there is no such field
  bool nonnull = false;
  // The first element that the library touches: those before it are not there, and not counted.
  uint64_t (*at)(const std::byte* s) = nullptr;
  // Of kOutput, in structs that come back: up to which element it was written; null: all of it.
  uint64_t (*written)(const std::byte* s) = nullptr;
  // Of kCallback:
  uint64_t user_data = 0;  // where the field is that goes with it
  bool once = false;       // it is called once at most,
  bool says_lost = false;  // and by the guest where the session is lost before

  // Is it a handle once the library is through?
  bool returns_handle() const {
    return kind == Kind::kHandle || kind == Kind::kFound || kind == Kind::kMade;
  }
  // Does the reply say something here?
  bool is_answered() const { return returns_handle() || kind == Kind::kText || kind == Kind::kOwn; }
  // Does the request?
  bool is_sent() const {
    return kind == Kind::kHandle || kind == Kind::kPointer || kind == Kind::kCallback;
  }
  bool is_active(const std::byte* s) const { return active == nullptr || active(s); }
  uint64_t count_of(const std::byte* s) const { return count != nullptr ? count(s) : 1; }
  // Where the library touches nothing, it matters to nobody where that begins.
  uint64_t at_of(const std::byte* s) const { return at == nullptr || count_of(s) == 0 ? 0 : at(s); }
  // A pointer without memory is one to wherever the guest says, where something is added to it.
  bool is_nonnull(const std::byte* s) const {
    return nonnull || (at != nullptr && count_of(s) != 0);
  }
};

// What an object holds: so many elements.
struct Shape {
  enum class Kind : uint8_t {
    kBytes,
    kString,    // with its zero
    kHandles,   // ids; `of`: their type
    kPointers,  // numbers of objects; `of`: their shape; one element behind each
    kStructs,
    kOutput,  // bytes that the library writes
  };
  Kind kind;
  uint64_t element_size;  // bytes
  uint16_t of = 0;
  bool nonnull = false;  // kHandles, kPointers: none of them is null
  std::span<const GraphField> fields = {};

  bool is_data() const { return kind == Kind::kBytes || kind == Kind::kString; }
  bool is_output() const { return kind == Kind::kOutput; }
  bool is_in_frame() const { return !is_data() && !is_output(); }
};

struct GraphObject {
  uint32_t shape;
  uint32_t reserved;  // 0
  uint64_t size;      // bytes
};
static_assert(sizeof(GraphObject) == 16);

inline constexpr uint64_t kGraphHeader = sizeof(uint64_t);

// What a pointer is in a graph.
constexpr uint64_t make_place(uint32_t number, uint32_t element) noexcept {
  return uint64_t{element} << 32 | number;
}
constexpr uint32_t place_number(uint64_t place) noexcept { return static_cast<uint32_t>(place); }
constexpr uint64_t place_element(uint64_t place) noexcept { return place >> 32; }

// A number in a struct at any address. Enums and bools are read as integers: a guest may send a
// value that they cannot hold.
template <typename T>
T number_at(const std::byte* s, uint64_t offset) noexcept {
  T value;
  std::memcpy(&value, s + offset, sizeof value);
  return value;
}

constexpr uint64_t padded(uint64_t size, uint64_t align) noexcept {
  return size > UINT64_MAX - align ? UINT64_MAX : (size + align - 1) & ~(align - 1);
}

// Up to which byte an output object was written: what says so are fields of the first object's
// structs, of which `sent` is what the request has, and `back` what the library left (null: nothing
// comes back). `number`: of the object, from 1.
uint64_t written_of(const Shape& root, std::span<const std::byte> sent, const std::byte* back,
                    uint32_t number, const Shape& output, uint64_t size) noexcept;

// Reads a graph whose first check is passed: parse() made sure that the list and all contents are
// inside the bytes.
class GraphView {
 public:
  // False: what the list says does not fit. `shapes` outlives the view.
  bool parse(std::span<const std::byte> graph, std::span<const Shape> shapes) noexcept;

  uint32_t objects() const noexcept { return count_; }
  // From 0; a pointer's number is one more.
  GraphObject object(uint32_t index) const noexcept {
    GraphObject object;
    std::memcpy(&object, graph_.data() + kGraphHeader + index * sizeof object, sizeof object);
    return object;
  }
  const Shape& shape(const GraphObject& object) const noexcept { return shapes_[object.shape]; }
  std::span<const Shape> shapes() const noexcept { return shapes_; }
  // Where the contents begin, which follow each other in the order of the list.
  const std::byte* contents() const noexcept {
    return graph_.data() + kGraphHeader + count_ * sizeof(GraphObject);
  }
  // Bytes of all data, with padding.
  uint64_t data_size() const noexcept { return data_size_; }
  // The same of what the library writes.
  uint64_t output_size() const noexcept { return output_size_; }

 private:
  std::span<const std::byte> graph_;
  std::span<const Shape> shapes_;
  uint32_t count_ = 0;
  uint64_t data_size_ = 0;
  uint64_t output_size_ = 0;
};

}  // namespace ava::marshal
