#include "router/check.h"

#include <algorithm>

#include "marshal/bounds.h"
#include "transport/layout.h"

namespace ava::router {
namespace {

constexpr uint64_t kNullString = ~uint64_t{0};  // the size that says "a null pointer"

bool absent(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk) noexcept {
  return (bytes == nullptr || bytes->size() == 0) &&
         (bulk == nullptr || bulk->space() == static_cast<uint32_t>(marshal::Space::kNone));
}

// A reference to `bulk.size()` bytes that are not inline.
Error check_reference(const wire::Bulk& bulk, const CheckContext& context) noexcept {
  if (bulk.slot() >= transport::kCompletionSlots) return Error::kBadReference;
  switch (static_cast<marshal::Space>(bulk.space())) {
    case marshal::Space::kArena:
      return marshal::in_range(bulk.offset(), bulk.size(), context.arena_size)
                 ? Error::kOk
                 : Error::kBadReference;
    case marshal::Space::kSpill:  // `offset` is its number, which the server looks up
      return bulk.size() <= marshal::kMaxSpill ? Error::kOk : Error::kBadReference;
    case marshal::Space::kMissing:  // any size: there are no bytes
      return bulk.offset() == 0 && bulk.slot() == 0 ? Error::kOk : Error::kBadReference;
    case marshal::Space::kNone:
    case marshal::Space::kInline:
    case marshal::Space::kMirrored:  // only where it is looked for
      break;
  }
  return Error::kBadReference;
}

// A handle, or a pointer to `count` elements of `shape`.
Error check_word(uint64_t word, bool is_handle, uint16_t of, uint64_t count, bool nonnull,
                 const marshal::GraphView& view, std::span<const marshal::Shape> shapes) noexcept {
  if (word == 0) return nonnull ? Error::kBadArgument : Error::kOk;
  if (is_handle) return check_id(word, of);
  const uint32_t number = marshal::place_number(word);
  if (number == 0 || number > view.objects()) return Error::kBadBody;
  const marshal::GraphObject object = view.object(number - 1);
  if (object.shape != of) return Error::kBadBody;
  const marshal::Shape& shape = shapes[of];
  const uint64_t element = marshal::place_element(word);
  if (shape.kind == marshal::Shape::Kind::kString) {
    return element == 0 ? Error::kOk : Error::kBadBody;
  }
  const uint64_t end = marshal::saturating_add(element, count);
  return marshal::saturating_mul(end, shape.element_size) <= object.size ? Error::kOk
                                                                         : Error::kBadBody;
}

Error check_element(const std::byte* element, const marshal::Shape& shape, uint64_t inner,
                    const marshal::GraphView& view,
                    std::span<const marshal::Shape> shapes) noexcept {
  using Kind = marshal::GraphField::Kind;
  if (shape.kind != marshal::Shape::Kind::kStructs) {
    return check_word(marshal::number_at<uint64_t>(element, 0),
                      shape.kind == marshal::Shape::Kind::kHandles, shape.of, inner, shape.nonnull,
                      view, shapes);
  }
  for (const marshal::GraphField& field : shape.fields) {
    if (!field.is_sent() || !field.is_active(element)) continue;
    if (field.kind == Kind::kCallback) {
      const auto closure = marshal::number_at<uint64_t>(element, field.offset);
      if (field.nonnull && !marshal::names_function(closure)) return Error::kBadArgument;
      continue;
    }
    const Error error =
        check_word(marshal::number_at<uint64_t>(element, field.offset), field.kind == Kind::kHandle,
                   field.of, field.count_of(element), field.is_nonnull(element), view, shapes);
    if (error != Error::kOk) return error;
    if (field.at == nullptr) continue;
    const uint64_t before = field.at_of(element);
    const uint64_t size = shapes[field.of].element_size;
    if (marshal::saturating_mul(before, size) > marshal::kMaxAt) return Error::kBadBody;
  }
  return Error::kOk;
}

Error check_mirrored(const wire::Bulk& bulk, bool present, uint64_t size) noexcept {
  return present && bulk.size() == size && bulk.slot() == 0 ? Error::kOk : Error::kBadReference;
}

}  // namespace

Error check_ids(const flatbuffers::Vector<uint64_t>* ids, bool present, uint64_t count,
                marshal::TypeId type) noexcept {
  const uint64_t found = ids == nullptr ? 0 : ids->size();
  if (!present) return found == 0 ? Error::kOk : Error::kBadBody;
  if (found != count || found > marshal::kMaxList) return Error::kBadBody;
  for (uint64_t i = 0; i < found; ++i) {
    const Error error = check_id(ids->Get(static_cast<flatbuffers::uoffset_t>(i)), type);
    if (error != Error::kOk) return error;
  }
  return Error::kOk;
}

Error check_in(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk, bool present,
               uint64_t size, const CheckContext& context) noexcept {
  if (absent(bytes, bulk)) return !present || size == 0 ? Error::kOk : Error::kBadBody;
  if (!present) return Error::kBadBody;
  if (bulk == nullptr) return bytes->size() == size ? Error::kOk : Error::kBadBody;
  if (bytes != nullptr && bytes->size() != 0) return Error::kBadBody;  // both at once
  if (bulk->size() != size) return Error::kBadReference;
  return check_reference(*bulk, context);
}

Error check_string(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk, bool present,
                   const CheckContext& context) noexcept {
  if (absent(bytes, bulk) || !present) {
    return absent(bytes, bulk) && !present ? Error::kOk : Error::kBadBody;
  }
  if (bulk == nullptr) {
    return bytes->Get(bytes->size() - 1) == 0 ? Error::kOk : Error::kBadBody;
  }
  if (bytes != nullptr && bytes->size() != 0) return Error::kBadBody;
  return check_reference(*bulk, context);
}

Error check_list(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                 const flatbuffers::Vector<uint64_t>* sizes, bool present, uint64_t count,
                 const CheckContext& context) noexcept {
  const uint64_t found = sizes == nullptr ? 0 : sizes->size();
  if (!present) return found == 0 && absent(bytes, bulk) ? Error::kOk : Error::kBadBody;
  if (found != count || found > marshal::kMaxList) return Error::kBadBody;
  uint64_t total = 0;
  for (uint64_t i = 0; i < found; ++i) {
    const uint64_t size = sizes->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (size != kNullString) total = marshal::saturating_add(total, size);
  }
  return check_in(bytes, bulk, true, total, context);
}

Error check_graph(const flatbuffers::Vector<uint8_t>* graph,
                  const flatbuffers::Vector<uint8_t>* data, const wire::Bulk* bulk, bool present,
                  uint64_t count, marshal::ShapeId shape, std::span<const marshal::Shape> shapes,
                  const CheckContext& context, uint64_t inner, const wire::Bulk* output) noexcept {
  if (!present) {
    const bool none =
        (graph == nullptr || graph->size() == 0) && absent(data, bulk) && absent(nullptr, output);
    return none ? Error::kOk : Error::kBadBody;
  }
  marshal::GraphView view;
  if (graph == nullptr ||
      !view.parse(std::as_bytes(std::span(graph->data(), graph->size())), shapes)) {
    return Error::kBadBody;
  }
  const uint64_t root = marshal::make_place(1, 0);
  if (const Error e = check_word(root, false, shape, count, true, view, shapes); e != Error::kOk) {
    return e;
  }
  const std::byte* contents = view.contents();
  for (uint32_t i = 0; i < view.objects(); ++i) {
    const marshal::GraphObject object = view.object(i);
    const marshal::Shape& held = shapes[object.shape];
    if (!held.is_in_frame()) continue;
    for (uint64_t at = 0; at < object.size; at += held.element_size) {
      const Error error = check_element(contents + at, held, i == 0 ? inner : 1, view, shapes);
      if (error != Error::kOk) return error;
    }
    contents += marshal::padded(object.size, sizeof(uint64_t));
  }
  if (const Error e = check_in(data, bulk, true, view.data_size(), context); e != Error::kOk) {
    return e;
  }
  // Here and now: the library's pointers lead there, whatever the structs' numbers say.
  const bool elsewhere =
      output != nullptr &&
      (output->slot() != 0 || output->space() == static_cast<uint32_t>(marshal::Space::kMissing));
  if (elsewhere) return Error::kBadReference;
  return check_out(output, true, view.output_size(), context);
}

bool has_null_element(const flatbuffers::Vector<uint64_t>* sizes) noexcept {
  return sizes != nullptr && std::find(sizes->begin(), sizes->end(), kNullString) != sizes->end();
}

Error check_typed_list(const flatbuffers::Vector<uint64_t>* words, bool present,
                       std::span<const marshal::ListEntry> entries) noexcept {
  const uint64_t found = words == nullptr ? 0 : words->size();
  if (!present) return found == 0 ? Error::kOk : Error::kBadBody;
  if (found % 2 != 0 || found > marshal::kMaxList) return Error::kBadBody;
  for (flatbuffers::uoffset_t i = 0; i < found; i += 2) {
    const marshal::TypeId type = marshal::type_behind(words->Get(i), entries);
    if (type == 0) continue;
    if (const Error error = check_id(words->Get(i + 1), type); error != Error::kOk) return error;
  }
  return Error::kOk;
}

Error check_any_id(marshal::ObjectId id, std::initializer_list<marshal::TypeId> types) noexcept {
  if (id == 0) return Error::kOk;
  for (const marshal::TypeId type : types) {
    if (marshal::id_plausible(id, type)) return Error::kOk;
  }
  return Error::kBadId;
}

Error check_bulk(const wire::Bulk* bulk, const CheckContext& context) noexcept {
  return absent(nullptr, bulk) ? Error::kOk : check_reference(*bulk, context);
}

Error check_out(const wire::Bulk* bulk, bool present, uint64_t size,
                const CheckContext& context) noexcept {
  if (absent(nullptr, bulk)) return !present || size == 0 ? Error::kOk : Error::kBadBody;
  if (!present) return Error::kBadBody;
  if (bulk->size() != size) return Error::kBadReference;
  if (bulk->space() == static_cast<uint32_t>(marshal::Space::kInline)) {
    // These bytes come back in the reply, whose space is bounded.
    return size <= marshal::kMaxInline && bulk->slot() == 0 ? Error::kOk : Error::kBadReference;
  }
  return check_reference(*bulk, context);
}

bool lasts(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk) noexcept {
  const bool in_frame = bytes != nullptr && bytes->size() != 0;
  if (bulk == nullptr) return !in_frame;
  switch (static_cast<marshal::Space>(bulk->space())) {
    case marshal::Space::kArena:
    case marshal::Space::kMissing:   // there are none
    case marshal::Space::kMirrored:  // the library's own
      return true;
    default:
      return bulk->slot() != 0 || (bulk->size() == 0 && !in_frame);
  }
}

Error check_in_or_mirrored(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                           bool present, uint64_t size, const CheckContext& context) noexcept {
  if (!is_mirrored(bulk)) return check_in(bytes, bulk, present, size, context);
  if (bytes != nullptr && bytes->size() != 0) return Error::kBadBody;  // both at once
  return check_mirrored(*bulk, present, size);
}

Error check_out_or_mirrored(const wire::Bulk* bulk, bool present, uint64_t size,
                            const CheckContext& context) noexcept {
  if (!is_mirrored(bulk)) return check_out(bulk, present, size, context);
  return check_mirrored(*bulk, present, size);
}

Error check_in_sized(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                     bool present, const CheckContext& context) noexcept {
  const uint64_t size = bulk != nullptr ? bulk->size() : bytes != nullptr ? bytes->size() : 0;
  return check_in(bytes, bulk, present, size, context);
}

Error check_out_sized(const wire::Bulk* bulk, bool present, const CheckContext& context) noexcept {
  return check_out(bulk, present, bulk != nullptr ? bulk->size() : 0, context);
}

}  // namespace ava::router
