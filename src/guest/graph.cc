#include "guest/graph.h"

#include <algorithm>
#include <new>
#include <tuple>

#include "marshal/bulk.h"

namespace ava::guest {

using marshal::GraphField;
using marshal::Shape;
using marshal::ShapeId;

Result<void> GraphBuilder::build(const void* root, uint64_t count, ShapeId shape, uint64_t inner,
                                 std::span<const Shape> shapes, Ids& ids, bool filled) noexcept {
  shapes_ = shapes;
  filled_ = filled;
  found_.clear();
  sorted_.clear();
  contents_.clear();
  data_size_ = output_size_ = 0;
  too_large_ = some_null_ = false;
  try {
    place_of(static_cast<const std::byte*>(root), shape, count);
    if (filled && !too_large_) {
      contents_.resize(marshal::padded(found_.front().size, sizeof(uint64_t)));
      return {};
    }
    // The list grows while its objects are read.
    for (size_t i = 0; i < found_.size() && !too_large_; ++i) {
      const Found found = found_[i];
      if (shapes_[found.shape].is_in_frame()) add_contents(found, i == 0 ? inner : 1, ids);
    }
  } catch (const std::bad_alloc&) {
    too_large_ = true;
  }
  if (too_large_) return tl::unexpected(Error::kExhausted);
  return {};
}

void GraphBuilder::write(std::byte* to) const noexcept {
  const uint64_t count = found_.size();
  std::memcpy(to, &count, sizeof count);
  to += marshal::kGraphHeader;
  for (const Found& found : found_) {
    const marshal::GraphObject object{found.shape, 0, found.size};
    std::memcpy(to, &object, sizeof object);
    to += sizeof object;
  }
  if (!contents_.empty()) std::memcpy(to, contents_.data(), contents_.size());
}

uint64_t GraphBuilder::place_of(const std::byte* data, ShapeId shape, uint64_t count) {
  if (data == nullptr || too_large_) return 0;
  const bool string = shapes_[shape].kind == Shape::Kind::kString;
  const uint64_t size = string ? std::strlen(reinterpret_cast<const char*>(data)) + 1
                               : marshal::saturating_mul(count, shapes_[shape].element_size);
  const Found wanted{data, shape, size};
  if (const uint64_t known = known_place(wanted); known != 0) return known;
  const bool in_frame = shapes_[shape].is_in_frame();
  const uint64_t inside = in_frame ? size : 0;
  if (found_.size() == marshal::kMaxGraphObjects ||
      marshal::saturating_add(contents_.size(), inside) > marshal::kMaxFrame) {
    too_large_ = true;
    return 0;
  }
  const auto index = static_cast<uint32_t>(found_.size());
  const auto at = std::upper_bound(
      sorted_.begin(), sorted_.end(), wanted,
      [&](const Found& one, uint32_t other) { return before(one, found_[other]); });
  sorted_.insert(at, index);
  found_.push_back(wanted);
  if (!in_frame) {
    uint64_t& total = shapes_[shape].is_data() ? data_size_ : output_size_;
    total = marshal::saturating_add(total, marshal::padded(size, marshal::kDataAlign));
  }
  return marshal::make_place(index + 1, 0);
}

bool GraphBuilder::before(const Found& a, const Found& b) const noexcept {
  return std::tie(a.shape, a.data, a.size) < std::tie(b.shape, b.data, b.size);
}

// The last object that begins where this does or earlier: what was found once is found again, so
// that rings end.
uint64_t GraphBuilder::known_place(const Found& wanted) const noexcept {
  const Found largest{wanted.data, wanted.shape, UINT64_MAX};
  const auto next = std::upper_bound(
      sorted_.begin(), sorted_.end(), largest,
      [&](const Found& one, uint32_t other) { return before(one, found_[other]); });
  if (next == sorted_.begin()) return 0;
  const Found& known = found_[*(next - 1)];
  if (known.shape != wanted.shape) return 0;
  const auto offset = static_cast<uint64_t>(wanted.data - known.data);
  const uint64_t element = offset / shapes_[wanted.shape].element_size;
  const bool string = shapes_[wanted.shape].kind == Shape::Kind::kString;
  if (offset > known.size || wanted.size > known.size - offset || element > UINT32_MAX ||
      offset % shapes_[wanted.shape].element_size != 0 || (string && offset != 0)) {
    return 0;
  }
  return marshal::make_place(*(next - 1) + 1, static_cast<uint32_t>(element));
}

void GraphBuilder::add_contents(const Found& found, uint64_t inner, Ids& ids) {
  const Shape& shape = shapes_[found.shape];
  const size_t begin = contents_.size();
  contents_.resize(begin + marshal::padded(found.size, sizeof(uint64_t)));
  if (contents_.size() > marshal::kMaxFrame) {
    too_large_ = true;
    return;
  }
  if (found.size == 0) return;
  std::memcpy(contents_.data() + begin, found.data, found.size);
  for (size_t at = begin; at < begin + found.size; at += shape.element_size) {
    std::byte* const element = contents_.data() + at;
    if (shape.kind == Shape::Kind::kStructs) {
      fields(shape, element, ids);
      continue;
    }
    const auto pointer = marshal::number_at<const std::byte*>(element, 0);
    uint64_t word = 0;
    if (shape.kind == Shape::Kind::kPointers) {
      word = place_of(pointer, shape.of, inner);
    } else if (pointer != nullptr) {
      word = ids.id_of(pointer, shape.of);
    }
    some_null_ |= word == 0 && shape.nonnull;
    std::memcpy(element, &word, sizeof word);
  }
}

void GraphBuilder::fields(const Shape& shape, std::byte* element, Ids& ids) {
  // What conditions and counts read must stay as the application left it: fields may share a place.
  struct_.assign(element, element + shape.element_size);
  const std::byte* const s = struct_.data();
  for (const GraphField& field : shape.fields) {
    if (!field.is_active(s)) continue;
    const auto pointer = marshal::number_at<const std::byte*>(s, field.offset);
    uint64_t word = 0;
    if (field.kind == GraphField::Kind::kPointer) {
      const uint64_t before =
          marshal::saturating_mul(field.at_of(s), shapes_[field.of].element_size);
      too_large_ |= before > marshal::kMaxAt;
      if (pointer != nullptr && !too_large_) {
        word = place_of(pointer + before, field.of, field.count_of(s));
      }
    } else if (field.kind == GraphField::Kind::kHandle && pointer != nullptr) {
      word = ids.id_of(pointer, field.of);
    } else if (field.kind == GraphField::Kind::kCallback) {
      word = ids.closure_of(pointer, marshal::number_at<void*>(s, field.user_data), field);
    }
    some_null_ |= (word == 0 || pointer == nullptr) && field.is_nonnull(s);
    std::memcpy(element + field.offset, &word, sizeof word);
  }
}

}  // namespace ava::guest
