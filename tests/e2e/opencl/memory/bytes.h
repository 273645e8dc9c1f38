/* Bytes that are the same in every run, and a short word for many of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline void fill(unsigned char* bytes, size_t count, unsigned seed) {
  for (size_t i = 0; i < count; ++i) bytes[i] = (unsigned char)(i * 7 + seed);
}

static inline unsigned long long digest(const void* bytes, size_t count) {
  const unsigned char* at = bytes;
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < count; ++i) hash = (hash ^ at[i]) * 1099511628211u;
  return hash;
}
