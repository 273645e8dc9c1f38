/* libdeflate, each function: prints what a program sees, which is the same natively and through
 * AvA. */
#include <libdeflate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST (3 << 20)

static unsigned char input[MOST];
static unsigned char packed[MOST + (64 << 10)];
static unsigned char output[MOST + 17];

/* Text that compresses, with some noise. */
static void fill(size_t size) {
  uint32_t state = 12345;
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    input[i] = (unsigned char)((state >> 28) != 0 ? 'a' + i % 23 : state >> 20);
  }
}

typedef size_t (*compress_t)(struct libdeflate_compressor*, const void*, size_t, void*, size_t);
typedef enum libdeflate_result (*decompress_t)(struct libdeflate_decompressor*, const void*, size_t,
                                               void*, size_t, size_t*);
typedef enum libdeflate_result (*decompress_ex_t)(struct libdeflate_decompressor*, const void*,
                                                  size_t, void*, size_t, size_t*, size_t*);
typedef size_t (*bound_t)(struct libdeflate_compressor*, size_t);

static void both_ways(const char* name, int level, size_t size, compress_t compress, bound_t bound,
                      decompress_t decompress, decompress_ex_t decompress_ex) {
  struct libdeflate_compressor* c = libdeflate_alloc_compressor(level);
  struct libdeflate_decompressor* d = libdeflate_alloc_decompressor();
  fill(size);
  const size_t room = bound(c, size);
  const size_t any = bound(NULL, size);
  memset(packed, 0xee, sizeof packed);
  const size_t length = compress(c, input, size, packed, room);
  /* What lies behind the room is not touched; in it, the library may write what it likes. */
  const int clean = packed[room] == 0xee && packed[room + 1] == 0xee;
  printf("%s level %d size %zu: room %zu %d, packed %zu crc %08x clean %d\n", name, level, size,
         room, any >= room, length, libdeflate_crc32(0, packed, length), clean);
  printf("  too little room: %zu\n", compress(c, input, size, packed + length, 3));

  size_t actual = 0;
  size_t used = 0;
  memset(output, 0xdd, sizeof output);
  int result = decompress(d, packed, length, output, size, NULL);
  printf("  exact: %d same %d\n", result, memcmp(output, input, size) == 0);
  memset(output, 0xdd, sizeof output);
  result = decompress(d, packed, length, output, size + 16, &actual);
  printf("  more room: %d actual %zu same %d behind %02x\n", result, actual,
         memcmp(output, input, size) == 0, output[size + 16]);
  printf("  more room, exactly wanted: %d\n",
         decompress(d, packed, length, output, size + 16, NULL));
  if (size > 0)
    printf("  less room: %d\n", decompress(d, packed, length, output, size - 1, &actual));
  result = decompress_ex(d, packed, length + 5, output, size, &used, &actual);
  printf("  with bytes behind: %d used %zu actual %zu\n", result, used, actual);
  packed[length / 2] ^= 0x55;
  printf("  broken: %d\n",
         decompress(d, packed, length, output, size, &actual) != LIBDEFLATE_SUCCESS);
  libdeflate_free_compressor(c);
  libdeflate_free_decompressor(d);
}

int main(void) {
  static const size_t sizes[] = {0, 1, 1000, 100000, MOST};
  static const int levels[] = {1, 6, 12};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    for (size_t l = 0; l < sizeof levels / sizeof *levels; ++l) {
      if (sizes[s] == MOST && levels[l] != 1) continue;
      both_ways("deflate", levels[l], sizes[s], libdeflate_deflate_compress,
                libdeflate_deflate_compress_bound, libdeflate_deflate_decompress,
                libdeflate_deflate_decompress_ex);
      both_ways("zlib", levels[l], sizes[s], libdeflate_zlib_compress,
                libdeflate_zlib_compress_bound, libdeflate_zlib_decompress,
                libdeflate_zlib_decompress_ex);
      both_ways("gzip", levels[l], sizes[s], libdeflate_gzip_compress,
                libdeflate_gzip_compress_bound, libdeflate_gzip_decompress,
                libdeflate_gzip_decompress_ex);
    }
  }
  fill(MOST);
  printf("adler32 %08x %08x crc32 %08x %08x\n", libdeflate_adler32(1, input, MOST),
         libdeflate_adler32(0, NULL, 0), libdeflate_crc32(0, input, 12345),
         libdeflate_crc32(0, NULL, 0));
  printf("no such level: %d\n", libdeflate_alloc_compressor(99) == NULL);
  libdeflate_free_compressor(NULL);
  libdeflate_free_decompressor(NULL);
  return 0;
}
