/* Calls that the guest library's replaced functions make. No application calls them, and no native
 * library has them: the specification says how the server answers. */
#ifndef ZSTD_AVA_H
#define ZSTD_AVA_H

#include <zstd.h>
#include <zstd_errors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a streaming call does: ZSTD_compressStream2 with a directive, or one of the older calls. */
typedef enum ava_zstd_call {
  AVA_ZSTD_CONTINUE = ZSTD_e_continue,
  AVA_ZSTD_FLUSH = ZSTD_e_flush,
  AVA_ZSTD_END = ZSTD_e_end,
  AVA_ZSTD_OLD_CONTINUE,
  AVA_ZSTD_OLD_FLUSH,
  AVA_ZSTD_OLD_END
} ava_zstd_call;

size_t ava_zstd_compress(ZSTD_CCtx* cctx, void* dst, size_t dst_size, size_t* written,
                         const void* src, size_t src_size, size_t* consumed, ava_zstd_call how);
size_t ava_zstd_decompress(ZSTD_DCtx* dctx, void* dst, size_t dst_size, size_t* written,
                           const void* src, size_t src_size, size_t* consumed);
size_t ava_zstd_bounds(int of_decompression, int parameter, int* lower, int* upper);
size_t ava_zstd_error_text(ZSTD_ErrorCode code, char* text, size_t text_size);

#ifdef __cplusplus
}
#endif
#endif
