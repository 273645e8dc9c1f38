// Requests with one bad value each: for every parameter of which the router can say, without the
// native library, that a value is wrong. Generated beside an API's modules (API_mutations.cc); each
// must be refused by the router, for the right parameter's sake.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "marshal/bulk.h"
#include "marshal/graph.h"
#include "marshal/ids.h"
#include "marshal/wire_generated.h"

namespace ava::tests {

using Body = std::vector<std::byte>;

struct Mutation {
  uint32_t function;
  uint16_t parameter;  // the one whose value is bad
  Body body;
};
using Mutations = std::vector<Mutation>;

// Defined by the generated file.
Mutations mutations();

// Values at the edges of a type: for any check that a specification makes, some are likely to pass
// and some to fail.
template <typename T>
std::vector<T> candidates() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = {T{0}, T{1}, Limits::max(), Limits::lowest(), static_cast<T>(-1)};
  if constexpr (std::is_floating_point_v<T>) values.push_back(Limits::quiet_NaN());
  return values;
}
template <typename T, typename Check>
T good(Check check) {
  for (const T value : candidates<T>()) {
    if (check(value)) return value;
  }
  return T{};
}
template <typename T, typename Check>
std::vector<T> bad(Check check) {
  std::vector<T> values = candidates<T>();
  std::erase_if(values, check);
  return values;
}

// Adds requests of one function: good values, but for what `change` does to them.
template <typename Values>
class Mutate {
 public:
  Mutate(Mutations& out, uint32_t function) : out_(out), function_(function) {}

  template <typename Change>
  void operator()(uint16_t parameter, Change change) const {
    Values values;
    change(values);
    out_.push_back({function_, parameter, values.body()});
  }

 private:
  Mutations& out_;
  const uint32_t function_;
};

// The id of an object of another type.
inline marshal::ObjectId foreign_id(marshal::TypeId type) {
  return marshal::make_id(static_cast<marshal::TypeId>(type + 1), 1, 1, false);
}

// References that do not stand for `size` bytes: too many, outside the arena, in no space.
inline std::vector<wire::Bulk> bad_references(uint64_t size) {
  const auto arena = static_cast<uint32_t>(marshal::Space::kArena);
  return {wire::Bulk(0, size + 1, arena, 0), wire::Bulk(UINT64_MAX, size, arena, 0),
          wire::Bulk(0, size, 77, 0), wire::Bulk(0, size, arena, UINT32_MAX)};
}

// The same where only the sender knows how many bytes there are.
inline std::vector<wire::Bulk> bad_places() {
  const auto arena = static_cast<uint32_t>(marshal::Space::kArena);
  return {wire::Bulk(UINT64_MAX, 64, arena, 0), wire::Bulk(0, 64, 77, 0),
          wire::Bulk(0, 64, arena, UINT32_MAX)};
}

// One element of a shape, of which all pointers are null; `words` of it are others.
struct Word {
  uint64_t offset;
  uint64_t value;
};
inline std::vector<uint8_t> graph_of(marshal::ShapeId shape, std::span<const marshal::Shape> shapes,
                                     std::vector<Word> words = {}) {
  const uint64_t size = shapes[shape].element_size;
  const uint64_t contents = marshal::kGraphHeader + sizeof(marshal::GraphObject);
  std::vector<uint8_t> graph(contents + marshal::padded(size, sizeof(uint64_t)));
  graph[0] = 1;
  const marshal::GraphObject object{shape, 0, size};
  std::memcpy(graph.data() + marshal::kGraphHeader, &object, sizeof object);
  for (const Word& word : words) {
    std::memcpy(graph.data() + contents + word.offset, &word.value, sizeof word.value);
  }
  return graph;
}
inline std::vector<uint8_t> good_graph(marshal::ShapeId shape,
                                       std::span<const marshal::Shape> shapes) {
  return graph_of(shape, shapes);
}
// Graphs of one element that the router refuses whatever the library is.
inline std::vector<std::vector<uint8_t>> bad_graphs(marshal::ShapeId shape,
                                                    std::span<const marshal::Shape> shapes) {
  const std::vector<uint8_t> good = good_graph(shape, shapes);
  std::vector<std::vector<uint8_t>> all{{}, {good.begin(), good.end() - 8}};
  all.push_back(good);
  all.back()[0] = 2;  // an object that is not there
  all.push_back(good);
  all.back()[marshal::kGraphHeader] ^= 0xff;  // a shape that is none
  all.push_back(good);
  all.back()[marshal::kGraphHeader + 15] = 0xff;  // a size without end
  const std::vector<std::byte> zeros(shapes[shape].element_size);
  for (const marshal::GraphField& field : shapes[shape].fields) {
    if (!field.is_active(zeros.data()) || !field.is_sent()) continue;
    if (field.kind == marshal::GraphField::Kind::kCallback) continue;  // any number may be one
    const bool handle = field.kind == marshal::GraphField::Kind::kHandle;
    all.push_back(graph_of(shape, shapes, {{field.offset, handle ? foreign_id(field.of) : 7}}));
  }
  return all;
}

template <typename T>
Body body_of(const T& request) {
  Body body(sizeof request);
  std::memcpy(body.data(), &request, sizeof request);
  return body;
}
template <typename T>
Body body_of(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<T> root) {
  builder.Finish(root);
  Body body(builder.GetSize());
  std::memcpy(body.data(), builder.GetBufferPointer(), body.size());
  return body;
}

}  // namespace ava::tests
