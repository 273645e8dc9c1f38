#include "record.h"

namespace avagen {

std::optional<FoundField> find_field(const std::vector<HeaderField>& record,
                                     std::string_view path) {
  const std::string_view first = path.substr(0, path.find('.'));
  for (const HeaderField& field : record) {
    if (field.name == first) {
      if (first.size() == path.size()) return FoundField{&field, field.offset};
      if (field.extent != 0) return std::nullopt;  // which element?
      auto inside = find_field(field.fields, path.substr(first.size() + 1));
      if (inside) inside->offset += field.offset;
      return inside;
    }
    if (!field.name.empty()) continue;
    if (auto inside = find_field(field.fields, path)) {
      inside->offset += field.offset;
      return inside;
    }
  }
  return std::nullopt;
}

}  // namespace avagen
