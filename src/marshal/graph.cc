#include "marshal/graph.h"

#include <algorithm>

#include "marshal/bulk.h"

namespace ava::marshal {

uint64_t written_of(const Shape& root, std::span<const std::byte> sent, const std::byte* back,
                    uint32_t number, const Shape& output, uint64_t size) noexcept {
  if (back == nullptr || root.kind != Shape::Kind::kStructs) return size;
  uint64_t most = 0;
  bool said = false;
  for (uint64_t at = 0; at < sent.size(); at += root.element_size) {
    const std::byte* const s = sent.data() + at;
    for (const GraphField& field : root.fields) {
      if (field.written == nullptr || !field.is_active(s)) continue;
      const auto place = number_at<uint64_t>(s, field.offset);
      if (place_number(place) != number) continue;
      const uint64_t elements =
          std::min(saturating_sub(field.written(back + at), field.at_of(s)), field.count_of(s));
      const uint64_t end = saturating_add(place_element(place), elements);
      most = std::max(most, saturating_mul(end, output.element_size));
      said = true;
    }
  }
  return said ? std::min(most, size) : size;
}

bool GraphView::parse(std::span<const std::byte> graph, std::span<const Shape> shapes) noexcept {
  graph_ = graph;
  shapes_ = shapes;
  data_size_ = output_size_ = 0;
  if (graph.size() < kGraphHeader) return false;
  const auto count = number_at<uint64_t>(graph.data(), 0);
  if (count == 0 || count > kMaxGraphObjects) return false;
  if (count > (graph.size() - kGraphHeader) / sizeof(GraphObject)) return false;
  count_ = static_cast<uint32_t>(count);
  uint64_t left = graph.size() - kGraphHeader - count * sizeof(GraphObject);
  for (uint32_t i = 0; i < count_; ++i) {
    const GraphObject one = object(i);
    if (one.shape >= shapes.size() || one.reserved != 0) return false;
    const uint64_t element = shape(one).element_size;
    if (one.size % element != 0) return false;
    if (shape(one).kind == Shape::Kind::kString && one.size == 0) return false;
    if (!shape(one).is_in_frame()) {
      uint64_t& total = shape(one).is_data() ? data_size_ : output_size_;
      total = saturating_add(total, padded(one.size, kDataAlign));
      continue;
    }
    const uint64_t size = padded(one.size, sizeof(uint64_t));
    if (size > left) return false;
    left -= size;
  }
  return left == 0;
}

}  // namespace ava::marshal
