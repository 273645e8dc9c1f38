/* An accelerator that adds up. */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int tally_status;
#define TALLY_OK 0
#define TALLY_BAD_ARGUMENT (-1)
#define TALLY_LOST (-2)

typedef struct tally_book_object* tally_book;

tally_status tally_open(tally_book* made);
tally_status tally_add(tally_book to, uint32_t count, const int64_t* values);
tally_status tally_total(tally_book of, int64_t* total);
tally_status tally_close(tally_book closed);

#ifdef __cplusplus
}
#endif
#endif
