// Arguments that are structs with pointers: what came as a list of objects becomes memory again.
#include <cstring>

#include "server/call.h"
#include "server/session.h"
#include "server/worker.h"

namespace ava::server {
namespace {

using marshal::GraphField;
using marshal::GraphView;
using marshal::Outcome;
using marshal::Shape;

}  // namespace

void* Call::graph(const flatbuffers::Vector<uint8_t>* graph,
                  const flatbuffers::Vector<uint8_t>* data, const wire::Bulk* bulk,
                  unsigned parameter, std::span<const Shape> shapes, const wire::Bulk* output,
                  GraphBack* back) {
  if (!wanted(parameter)) return nullptr;
  GraphBack unused;
  GraphView& view = back != nullptr ? back->view : unused.view;
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
  std::byte* written = nullptr;
  if (view.output_size() != 0) {
    if (back != nullptr) written = static_cast<std::byte*>(out(output, parameter));
    if (written == nullptr) return nullptr;  // the router lets nothing through for which this is so
    back->output = written;
    back->bulk = output;
  }

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
    if (shape.is_output()) {
      objects[i] = written;
      written += marshal::padded(object.size, marshal::kDataAlign);
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
    if (!shape.is_in_frame()) continue;
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
        // A callback brings its user data along.
        if (!field.is_active(from) || field.kind == GraphField::Kind::kUserData) continue;
        if (field.kind == GraphField::Kind::kCallback) {
          const auto number = marshal::number_at<uint64_t>(from, field.offset);
          const Trampoline function =
              calls_back(number) ? worker_.session().options().module->trampolines[field.of]
                                 : nullptr;
          void* const user_data = closure(number, field.once);
          std::memcpy(to + field.offset, &function, sizeof function);
          std::memcpy(to + field.user_data, &user_data, sizeof user_data);
          continue;
        }
        const auto word = field.is_sent() ? marshal::number_at<uint64_t>(from, field.offset) : 0;
        auto pointer = reinterpret_cast<uintptr_t>(
            address(word, field.kind == GraphField::Kind::kHandle, field.of));
        // Nothing is there before the first element, and the library looks at nothing there.
        if (field.at != nullptr && word != 0) {
          pointer -= field.at_of(from) * shapes[field.of].element_size;
        }
        std::memcpy(to + field.offset, &pointer, sizeof pointer);
      }
    }
    contents += marshal::padded(object.size, sizeof(uint64_t));
  }
  if (back != nullptr) {
    // What the library leaves as it was must not be a pointer of the guest's making.
    if (back->filled) std::memset(objects[0], 0, view.object(0).size);
    back->root = objects[0];
  }
  return objects[0];
}

}  // namespace ava::server
