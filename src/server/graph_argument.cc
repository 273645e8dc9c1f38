// Arguments that are structs with pointers: what came as a list of objects becomes memory again,
// and what the library changed there goes back.
#include <algorithm>
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
  if (back != nullptr) back->root = objects[0];
  return objects[0];
}

flatbuffers::Offset<flatbuffers::Vector<uint8_t>> Call::graph_structs(const GraphBack& back,
                                                                      bool success) {
  if (back.root == nullptr || !success) return {};
  const Shape& shape = back.view.shape(back.view.object(0));
  const uint64_t size = back.view.object(0).size;
  const auto each_field = [&](auto&& visit) {
    for (uint64_t at = 0; at < size; at += shape.element_size) {
      for (const GraphField& field : shape.fields) {
        if (field.is_active(back.view.contents() + at)) visit(field, at + field.offset);
      }
    }
  };
  const auto text_at = [&](uint64_t at) { return marshal::number_at<const char*>(back.root, at); };
  uint64_t texts = 0;
  each_field([&](const GraphField& field, uint64_t at) {
    const bool some = field.kind == GraphField::Kind::kText && text_at(at) != nullptr;
    if (some) texts += std::strlen(text_at(at)) + 1;
  });
  uint8_t* bytes = nullptr;
  const auto vector = builder().CreateUninitializedVector(size + texts, &bytes);
  if (size != 0) std::memcpy(bytes, back.root, size);
  uint64_t end = size;
  each_field([&](const GraphField& field, uint64_t at) {
    uint64_t word = 0;
    if (field.returns_handle()) {
      word = id_of(marshal::number_at<void*>(back.root, at), field.of,
                   field.kind == GraphField::Kind::kMade);
    } else if (field.kind == GraphField::Kind::kText && text_at(at) != nullptr) {
      const uint64_t length = std::strlen(text_at(at)) + 1;
      std::memcpy(bytes + end, text_at(at), length);
      word = end;
      end += length;
    }
    std::memcpy(bytes + at, &word, sizeof word);
  });
  return vector;
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
