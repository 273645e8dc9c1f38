#include "marshal/graph.h"

#include "marshal/bulk.h"

namespace ava::marshal {

bool GraphView::parse(std::span<const std::byte> graph, std::span<const Shape> shapes) noexcept {
  graph_ = graph;
  shapes_ = shapes;
  data_size_ = 0;
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
    if (shape(one).is_data()) {
      data_size_ = saturating_add(data_size_, padded(one.size, kDataAlign));
      continue;
    }
    const uint64_t size = padded(one.size, sizeof(uint64_t));
    if (size > left) return false;
    left -= size;
  }
  return left == 0;
}

}  // namespace ava::marshal
