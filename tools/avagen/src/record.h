// The fields of a struct, by the paths that C writes behind a dot: "shape.circle.radius".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "header.h"

namespace avagen {

struct FoundField {
  const HeaderField* field;
  uint64_t offset;  // in the outermost struct
};

// Fields of anonymous structs and unions go by their own names, as in C.
std::optional<FoundField> find_field(const std::vector<HeaderField>& record, std::string_view path);

}  // namespace avagen
