// What a generated library is written with that stands in the native one's place while an API's
// decoders are fuzzed: it touches every byte that a call entitles it to touch and insists that each
// handle is a live object of its type, so that whatever a router let through and a server decoded
// wrongly shows, with AddressSanitizer to the byte. It makes and ends objects, calls back, fails
// now and then, and finishes work late, as the dice of ava_fuzz_begin say.
//
// Beside it: what each request of the API consists of.
//
// Threads: any; a server calls it from its workers.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>

#include "base/export.h"
#include "marshal/bulk.h"
#include "marshal/graph.h"
#include "marshal/ids.h"
#include "marshal/rectangle.h"
#include "marshal/typed_list.h"

namespace ava::fuzz {

// One field of a request, in the order of the schema.
struct Field {
  enum Kind : uint8_t { kNumber, kBytes, kWords, kBulk, kBox };
  Kind kind;
  uint8_t size = 0;          // bytes of a number
  marshal::TypeId type = 0;  // of the ids in it; 0: none
};

struct Request {
  const char* name;
  bool fixed;             // a struct; otherwise a table
  uint64_t pointers;      // bits of `present` that a guest may set
  marshal::TypeId makes;  // of the ids that a guest may make for its results; 0: none
  uint16_t mirrors;  // the field that says how much memory is allocated to be mirrored; 0: none
  bool unmirrors;    // such memory may end with it
  std::span<const Field> fields;
};

// Where the library's mirrored memory lies, the n-th from kMirrors + n * kMirrorRoom on: an input
// names addresses in it without having seen them.
inline constexpr uintptr_t kMirrors = 0x7e80'0000'0000;
inline constexpr uint64_t kMirrorRoom = uint64_t{1} << 20;

struct Api {
  std::span<const Request> requests;  // row i is function kFirstApiFunction + i
};

// One call of the library.
class Double {
 public:
  explicit Double(const char* function) : function_(function) {}

  // --- arguments: what it insists on ---
  void object(const void* handle, marshal::TypeId type);  // null, or live
  template <typename T>
  void objects(const T* handles, uint64_t count, marshal::TypeId type) {
    for (uint64_t i = 0; handles != nullptr && i < count; ++i) object(handles[i], type);
  }
  void reads(const volatile void* data, uint64_t size);
  void string(const char* text) { reads(text, text == nullptr ? 0 : std::strlen(text) + 1); }
  // `lengths` null, or 0 in it: up to a zero.
  void strings(const void* const* list, uint64_t count, const size_t* lengths);
  // Up to the key 0.
  template <typename T>
  void list(const T* words, std::span<const marshal::ListEntry> entries) {
    for (; words != nullptr && words[0] != 0; words += 2) {
      const auto type = marshal::type_behind(static_cast<uint64_t>(words[0]), entries);
      if (type != 0) object(reinterpret_cast<const void*>(words[1]), type);
    }
  }
  // Structs, and all that they lead to; what it may write there it writes.
  void graph(const void* memory, uint64_t count, marshal::ShapeId shape,
             std::span<const marshal::Shape> shapes);
  // `call(function, user_data)` for each of the elements' callbacks of that row.
  template <typename F>
  void calls_back(const void* memory, uint64_t count, marshal::ShapeId shape,
                  std::span<const marshal::Shape> shapes, uint16_t upcall, F call) {
    const auto* const elements = static_cast<const std::byte*>(memory);
    const marshal::Shape& what = shapes[shape];
    for (uint64_t i = 0; memory != nullptr && i < count; ++i) {
      const std::byte* const s = elements + i * what.element_size;
      for (const marshal::GraphField& field : what.fields) {
        if (field.kind != marshal::GraphField::Kind::kCallback) continue;
        if (field.of != upcall || !field.is_active(s)) continue;
        auto* const function = marshal::number_at<void*>(s, field.offset);
        if (function != nullptr) call(function, marshal::number_at<void*>(s, field.user_data));
      }
    }
  }
  // Null, or `size` bytes in live mirrored memory; a list of such addresses.
  void mirrored(const void* memory, uint64_t size);
  void all_mirrored(const void* list, uint64_t bytes);
  void unmaps(const void* memory);  // null, any address, or a mapping whose bytes are looked at
  static uint64_t extent(const marshal::Rectangle& place) {
    return place.exists ? place.offset + marshal::content(place.box) : 0;
  }

  // --- what happens ---
  bool succeeds();
  uint64_t number();                    // a small one
  uint64_t at_least(uint64_t written);  // what libraries say that had more to write
  void writes(volatile void* data, uint64_t size);
  // What is not described in structs, which is all that the library may change in them.
  void changes(void* memory, uint64_t count, marshal::ShapeId shape,
               std::span<const marshal::Shape> shapes);
  void writes_empty_list(void* data, uint64_t size);
  // As many as there is room for.
  void writes_handles(void* data, uint64_t size, marshal::TypeId type);
  // Once the object has completed; at once for null.
  void reads_until(void* object, const volatile void* data, uint64_t size);
  void writes_until(void* object, volatile void* data, uint64_t size);
  void* made(marshal::TypeId type);   // a new object
  void* found(marshal::TypeId type);  // one that there is, the library's own if need be
  template <typename T>
  void gives(T* handles, uint64_t count, marshal::TypeId type, bool allocates) {
    for (uint64_t i = 0; handles != nullptr && i < count; ++i) {
      handles[i] = static_cast<T>(allocates ? made(type) : found(type));
    }
  }
  void* maps(uint64_t size);     // null where that is much
  void* mirrors(uint64_t size);  // null where that is nothing, or more than its room
  void unmirrors(const void* memory);
  void all_unmirrors(const void* list, uint64_t bytes);
  void retains(const void* handle);
  void releases(const void* handle);
  void at_the_end(const void* handle, std::function<void()> then);

  // --- what the object table asks ---
  uint64_t references(const void* handle);
  int32_t completion(const void* handle);  // 1: not yet, 0: done, negative: failed
  template <typename T, typename V>
  void answer(V value, uint64_t room, void* out, size_t* size_ret) {
    const auto answer = static_cast<T>(value);
    if (out != nullptr && room >= sizeof answer) std::memcpy(out, &answer, sizeof answer);
    if (size_ret != nullptr) *size_ret = sizeof answer;
  }

 private:
  const char* function_;
};

}  // namespace ava::fuzz

extern "C" {
// Forgets all objects. Call it where no session is.
AVA_EXPORT void ava_fuzz_begin(uint32_t dice);
// Whether calls fail from now on: as a library fails those whose memory does not exist.
AVA_EXPORT void ava_fuzz_refuse(bool refuses);
// All outstanding work completes, while what it needs is still there.
AVA_EXPORT void ava_fuzz_finish();
}
