/* Zstandard, one-shot, streams and dictionaries: prints what a program sees, which is the same
 * natively and through AvA. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define MOST (2 << 20)

static unsigned char input[MOST];
static unsigned char packed[MOST + (64 << 10)];
static unsigned char output[MOST + 17];

static void fill(size_t size) {
  uint32_t state = 54321;
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525u + 1013904223u;
    input[i] = (unsigned char)((state >> 28) != 0 ? 'a' + i % 29 : state >> 20);
  }
}

static uint32_t hash(const unsigned char* bytes, size_t size) {
  uint32_t value = 2166136261u;
  for (size_t i = 0; i < size; ++i) value = (value ^ bytes[i]) * 16777619u;
  return value;
}

static void show(const char* what, size_t result) {
  if (ZSTD_isError(result)) {
    printf("%s: error %d '%s'\n", what, (int)ZSTD_getErrorCode(result), ZSTD_getErrorName(result));
  } else {
    printf("%s: %zu\n", what, result);
  }
}

static void one_shot(size_t size, int level) {
  fill(size);
  memset(packed, 0xee, sizeof packed);
  const size_t room = ZSTD_compressBound(size);
  const size_t length = ZSTD_compress(packed, room, input, size, level);
  /* Behind the room nothing is touched; in it, the library may write what it likes. */
  printf("size %zu level %d hash %08x behind %02x\n", size, level, hash(packed, length),
         packed[room]);
  show("  packed", length);
  printf("  content %llu frame %zu\n", ZSTD_getFrameContentSize(packed, length),
         ZSTD_findFrameCompressedSize(packed, length + 3));
  memset(output, 0xdd, sizeof output);
  show("  unpacked", ZSTD_decompress(output, size + 16, packed, length));
  printf("  same %d behind %02x\n", memcmp(output, input, size) == 0, output[size + 16]);
  show("  no room", ZSTD_compress(packed, 3, input, size, level));
  if (size > 0) show("  less room", ZSTD_decompress(output, size - 1, packed, length));
}

static void streams(ZSTD_CCtx* c, ZSTD_DCtx* d) {
  fill(MOST);
  show("level", ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, 3));
  show("checksum", ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1));
  show("no such parameter", ZSTD_CCtx_setParameter(c, (ZSTD_cParameter)12345, 1));
  show("pledge", ZSTD_CCtx_setPledgedSrcSize(c, MOST));
  ZSTD_outBuffer out = {packed, sizeof packed, 0};
  size_t chunks = 0;
  for (size_t at = 0; at < MOST;) {
    const size_t size = at + 100001 < MOST ? 100001 : MOST - at;
    ZSTD_inBuffer in = {input + at, size, 0};
    const int last = at + size == MOST;
    size_t rest = 1;
    while (in.pos < in.size || (last && rest != 0)) {
      const size_t before = out.pos;
      out.size = before + 5000 < sizeof packed ? before + 5000 : sizeof packed;
      rest = ZSTD_compressStream2(c, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(rest)) break;
      ++chunks;
    }
    at += size;
  }
  printf("stream: %zu calls, %zu bytes, hash %08x\n", chunks, out.pos, hash(packed, out.pos));
  ZSTD_inBuffer in = {packed, out.pos, 0};
  ZSTD_outBuffer back = {output, 0, 0};
  size_t calls = 0;
  size_t rest = 1;
  while (rest != 0) {
    back.size = back.pos + 77777 < MOST ? back.pos + 77777 : MOST;
    rest = ZSTD_decompressStream(d, &back, &in);
    if (ZSTD_isError(rest)) break;
    ++calls;
  }
  printf("back: %zu calls, %zu of %zu bytes used, same %d\n", calls, in.pos, in.size,
         back.pos == MOST && memcmp(output, input, MOST) == 0);
  show("reset", ZSTD_CCtx_reset(c, ZSTD_reset_session_and_parameters));
  ZSTD_inBuffer beyond = {input, 5, 9};
  show("position beyond size", ZSTD_compressStream2(c, &out, &beyond, ZSTD_e_end));
  show("reset", ZSTD_CCtx_reset(c, ZSTD_reset_session_only));
  show("reset", ZSTD_DCtx_reset(d, ZSTD_reset_session_only));
}

/* The calls of before 1.4, and a stream that is a context by another name. */
static void old_streams(void) {
  ZSTD_CStream* c = ZSTD_createCStream();
  ZSTD_DStream* d = ZSTD_createDStream();
  show("init", ZSTD_initCStream(c, 5));
  show("a stream is a context", ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1));
  fill(100000);
  ZSTD_outBuffer out = {packed, sizeof packed, 0};
  ZSTD_inBuffer in = {input, 100000, 0};
  show("compress", ZSTD_compressStream(c, &out, &in));
  show("flush", ZSTD_flushStream(c, &out));
  show("end", ZSTD_endStream(c, &out));
  printf("old stream: %zu bytes, hash %08x\n", out.pos, hash(packed, out.pos));
  ZSTD_initDStream(d);
  ZSTD_outBuffer back = {output, sizeof output, 0};
  ZSTD_inBuffer again = {packed, out.pos, 0};
  show("decompress", ZSTD_decompressStream(d, &back, &again));
  printf("same %d\n", back.pos == 100000 && memcmp(output, input, 100000) == 0);
  show("free", ZSTD_freeCStream(c));
  show("free", ZSTD_freeDStream(d));
  printf("sizes %zu %zu %zu %zu\n", ZSTD_CStreamInSize(), ZSTD_CStreamOutSize(),
         ZSTD_DStreamInSize(), ZSTD_DStreamOutSize());
}

static void dictionaries(ZSTD_CCtx* c, ZSTD_DCtx* d) {
  static const char words[] = "the quick brown fox jumps over the lazy dog, and the dog sleeps";
  static const char text[] = "the lazy dog jumps over the quick brown fox";
  size_t length =
      ZSTD_compress_usingDict(c, packed, sizeof packed, text, sizeof text, words, sizeof words, 3);
  show("with words", length);
  show("back",
       ZSTD_decompress_usingDict(d, output, sizeof output, packed, length, words, sizeof words));
  printf("%s\n", (const char*)output);
  ZSTD_CDict* cdict = ZSTD_createCDict(words, sizeof words, 3);
  ZSTD_DDict* ddict = ZSTD_createDDict(words, sizeof words);
  length = ZSTD_compress_usingCDict(c, packed, sizeof packed, text, sizeof text, cdict);
  show("with a dictionary", length);
  show("back", ZSTD_decompress_usingDDict(d, output, sizeof output, packed, length, ddict));
  printf("ids %u %u %u\n", ZSTD_getDictID_fromDict(words, sizeof words),
         ZSTD_getDictID_fromCDict(cdict), ZSTD_getDictID_fromDDict(ddict));
  show("refer", ZSTD_CCtx_refCDict(c, cdict));
  show("compress2", ZSTD_compress2(c, packed, sizeof packed, text, sizeof text));
  show("refer to none", ZSTD_CCtx_refCDict(c, NULL));
  show("free", ZSTD_freeCDict(cdict));
  show("free", ZSTD_freeDDict(ddict));
}

int main(void) {
  printf("version %u %s, levels %d..%d, default %d\n", ZSTD_versionNumber(), ZSTD_versionString(),
         ZSTD_minCLevel(), ZSTD_maxCLevel(), ZSTD_defaultCLevel());
  const ZSTD_bounds levels = ZSTD_cParam_getBounds(ZSTD_c_compressionLevel);
  const ZSTD_bounds window = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
  const ZSTD_bounds none = ZSTD_cParam_getBounds((ZSTD_cParameter)12345);
  printf("bounds %d..%d %d..%d\n", levels.lowerBound, levels.upperBound, window.lowerBound,
         window.upperBound);
  show("no bounds", none.error);
  for (int code = 0; code <= ZSTD_error_maxCode; ++code) {
    printf("%d %s\n", code, ZSTD_getErrorString((ZSTD_ErrorCode)code));
  }
  static const size_t sizes[] = {0, 1, 1000, 100000, MOST};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) one_shot(sizes[i], 3);
  one_shot(100000, 19);
  one_shot(1000, -5);
  show("not a frame", ZSTD_decompress(output, sizeof output, input, 100));
  ZSTD_CCtx* c = ZSTD_createCCtx();
  ZSTD_DCtx* d = ZSTD_createDCtx();
  streams(c, d);
  dictionaries(c, d);
  show("free", ZSTD_freeCCtx(c));
  show("free", ZSTD_freeDCtx(d));
  show("free of none", ZSTD_freeCCtx(NULL));
  old_streams();
  return 0;
}
