// The vocabulary of generated checks. Each returns kOk or the reason; the generated code adds which
// parameter it was. `T` is a FlatBuffers table or struct of the API's schema.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <initializer_list>
#include <span>

#include "marshal/bulk.h"
#include "marshal/graph.h"
#include "marshal/typed_list.h"
#include "marshal/wire_generated.h"
#include "router/module.h"

namespace ava::router {

// The body as a bare struct; null unless its size is exact.
template <typename T>
const T* fixed_body(std::span<const std::byte> body) noexcept {
  return body.size() == sizeof(T) ? reinterpret_cast<const T*>(body.data()) : nullptr;
}

// The body as a table; null unless FlatBuffers' verifier accepts it.
template <typename T>
const T* table_body(std::span<const std::byte> body) noexcept {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(body.data()), body.size(),
                                 marshal::kMaxTableDepth, marshal::kMaxTables);
  if (!verifier.VerifyBuffer<T>(nullptr)) return nullptr;
  return flatbuffers::GetRoot<T>(body.data());
}

// A handle: null where the API allows it natively, or an id of this type.
inline Error check_id(marshal::ObjectId id, marshal::TypeId type) noexcept {
  return id == 0 || marshal::id_plausible(id, type) ? Error::kOk : Error::kBadId;
}

// A list of handles with as many elements as the call says (`present`: the pointer was not null).
Error check_ids(const flatbuffers::Vector<uint64_t>* ids, bool present, uint64_t count,
                marshal::TypeId type) noexcept;

// An input of `size` bytes: inline, or by reference, or absent where `present` is false. Exactly
// `size` bytes must be there.
Error check_in(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk, bool present,
               uint64_t size, const CheckContext& context) noexcept;
// The same for a zero-terminated string or other input whose size only its sender knows. An inline
// string must end with a zero; one in the arena is terminated by the server's private copy.
Error check_string(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk, bool present,
                   const CheckContext& context) noexcept;

// `count` byte strings, one behind the other, and the size of each (~0: a null pointer).
Error check_list(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                 const flatbuffers::Vector<uint64_t>* sizes, bool present, uint64_t count,
                 const CheckContext& context) noexcept;

// What structs lead to (marshal/graph.h): its first object is `count` elements of `shape`, and of
// pointers `inner` elements are behind each; ids, pointers and counts of all structs in it are
// right; and its data is as large as its list says, and so is the room for what the library writes.
Error check_graph(const flatbuffers::Vector<uint8_t>* graph,
                  const flatbuffers::Vector<uint8_t>* data, const wire::Bulk* bulk, bool present,
                  uint64_t count, marshal::ShapeId shape, std::span<const marshal::Shape> shapes,
                  const CheckContext& context, uint64_t inner = 1,
                  const wire::Bulk* output = nullptr) noexcept;

// Is one of the strings of such a list a null pointer?
bool has_null_element(const flatbuffers::Vector<uint64_t>* sizes) noexcept;

// A list of key and value, with ids where `entries` say so.
Error check_typed_list(const flatbuffers::Vector<uint64_t>* words, bool present,
                       std::span<const marshal::ListEntry> entries) noexcept;

// 0, or an id of one of these types.
Error check_any_id(marshal::ObjectId id, std::initializer_list<marshal::TypeId> types) noexcept;

// Element `index` of an inline input, for checks and sizes that depend on it; 0 where it has none.
template <typename T>
T element(const flatbuffers::Vector<uint8_t>* bytes, uint64_t index) noexcept {
  T value{};
  if (bytes == nullptr || index >= bytes->size() / sizeof(T)) return value;
  std::memcpy(&value, bytes->data() + index * sizeof(T), sizeof(T));
  return value;
}

// A reference whose size only its sender knows, or none.
Error check_bulk(const wire::Bulk* bulk, const CheckContext& context) noexcept;

// An output of `size` bytes.
Error check_out(const wire::Bulk* bulk, bool present, uint64_t size,
                const CheckContext& context) noexcept;
// Inputs and outputs whose size only their sender knows.
Error check_in_sized(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                     bool present, const CheckContext& context) noexcept;
Error check_out_sized(const wire::Bulk* bulk, bool present, const CheckContext& context) noexcept;

// Are bytes there for as long as their slot says, or for ever? Those of one call end with it.
bool lasts(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk) noexcept;

// Is it memory that the guest mirrors?
inline bool is_mirrored(const wire::Bulk* bulk) noexcept {
  return bulk != nullptr && bulk->space() == static_cast<uint32_t>(marshal::Space::kMirrored);
}

// The same two where the bytes may lie in memory that the guest mirrors: at an address that only
// the server knows.
Error check_in_or_mirrored(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                           bool present, uint64_t size, const CheckContext& context) noexcept;
Error check_out_or_mirrored(const wire::Bulk* bulk, bool present, uint64_t size,
                            const CheckContext& context) noexcept;

constexpr bool is_present(uint64_t present, unsigned parameter) noexcept {
  return (present >> parameter & 1) != 0;
}

}  // namespace ava::router
