// Zero-terminated lists of key and value, as many APIs take them for properties: which keys have a
// handle as their value. On the wire such a list is a vector of keys and values in turn, without
// its zero, and with an id in place of each handle.
#pragma once

#include <cstdint>
#include <span>

#include "marshal/ids.h"

namespace ava::marshal {

struct ListEntry {
  uint64_t key;
  TypeId type;  // of the value
};

// The type of the handle behind `key`; 0: a plain value.
constexpr TypeId type_behind(uint64_t key, std::span<const ListEntry> entries) noexcept {
  for (const ListEntry& entry : entries) {
    if (entry.key == key) return entry.type;
  }
  return 0;
}

}  // namespace ava::marshal
