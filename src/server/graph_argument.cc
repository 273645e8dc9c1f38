// Arguments that are structs with pointers: what came as a list of objects becomes memory again.
#include <cstring>

#include "server/call.h"

namespace ava::server {
namespace {

using marshal::GraphField;
using marshal::GraphView;
using marshal::Outcome;
using marshal::Shape;

}  // namespace

void* Call::graph(const flatbuffers::Vector<uint8_t>* graph,
                  const flatbuffers::Vector<uint8_t>* data, const wire::Bulk* bulk,
                  unsigned parameter, std::span<const Shape> shapes) {
  if (!wanted(parameter)) return nullptr;
  GraphView view;
  // No guest library names memory that is not there for a part of a graph.
  const bool missing =
      bulk != nullptr && bulk->space() == static_cast<uint32_t>(marshal::Space::kMissing);
  if (missing || graph == nullptr ||
      !view.parse(std::as_bytes(std::span(graph->data(), graph->size())), shapes)) {
    fail(Outcome::kRefused, static_cast<uint16_t>(parameter));
    return nullptr;
  }
  auto* pieces = static_cast<std::byte*>(const_cast<void*>(in_parsed(data, bulk, parameter)));
  auto** objects = static_cast<std::byte**>(allocate(view.objects() * sizeof(std::byte*)));
  if (pieces == nullptr || objects == nullptr) return nullptr;

  // Every object gets its place first, so that what stands early may point at what stands late.
  const std::byte* contents = view.contents();
  for (uint32_t i = 0; i < view.objects(); ++i) {
    const marshal::GraphObject object = view.object(i);
    const Shape& shape = view.shape(object);
    if (shape.is_data()) {
      objects[i] = pieces;
      pieces += marshal::padded(object.size, marshal::kDataAlign);
      if (shape.kind == Shape::Kind::kString) objects[i][object.size - 1] = std::byte{0};
      continue;
    }
    objects[i] = static_cast<std::byte*>(allocate(object.size));
    if (objects[i] == nullptr) return nullptr;
    std::memcpy(objects[i], contents, object.size);
    contents += marshal::padded(object.size, sizeof(uint64_t));
  }

  const auto address = [&](uint64_t word, bool is_handle, uint16_t of) -> void* {
    if (word == 0) return nullptr;
    if (is_handle) return resolve(word, of);
    return objects[marshal::place_number(word) - 1] +
           marshal::place_element(word) * shapes[of].element_size;
  };
  contents = view.contents();
  for (uint32_t i = 0; i < view.objects(); ++i) {
    const marshal::GraphObject object = view.object(i);
    const Shape& shape = view.shape(object);
    if (shape.is_data()) continue;
    for (uint64_t at = 0; at < object.size; at += shape.element_size) {
      // Read from the frame, which stays as it was checked, and written to the copy.
      const std::byte* const from = contents + at;
      std::byte* const to = objects[i] + at;
      if (shape.kind != Shape::Kind::kStructs) {
        void* const element = address(marshal::number_at<uint64_t>(from, 0),
                                      shape.kind == Shape::Kind::kHandles, shape.of);
        std::memcpy(to, &element, sizeof element);
        continue;
      }
      for (const GraphField& field : shape.fields) {
        if (!field.is_active(from)) continue;
        const bool unused = field.kind == GraphField::Kind::kUnused;
        void* const pointer = address(unused ? 0 : marshal::number_at<uint64_t>(from, field.offset),
                                      field.kind == GraphField::Kind::kHandle, field.of);
        std::memcpy(to + field.offset, &pointer, sizeof pointer);
      }
    }
    contents += marshal::padded(object.size, sizeof(uint64_t));
  }
  return objects[0];
}

}  // namespace ava::server
