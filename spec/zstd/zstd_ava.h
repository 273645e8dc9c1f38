/* Calls that the guest library's replaced functions make. No application calls them, and no native
 * library has them: the specification says how the server answers. */
#ifndef ZSTD_AVA_H
#define ZSTD_AVA_H

#include <zstd.h>
#include <zstd_errors.h>

#ifdef __cplusplus
extern "C" {
#endif

size_t ava_zstd_error_text(ZSTD_ErrorCode code, char* text, size_t text_size);

#ifdef __cplusplus
}
#endif
#endif
