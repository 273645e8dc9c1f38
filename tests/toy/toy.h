/* A small accelerator API with one of each thing that real ones have: handles with reference
 * counts, an info query, asynchronous state, bulk transfers, a program that the library parses,
 * jobs whose output comes later, a wait that blocks, and a callback. tests/toy/toy.c implements it.
 */
#ifndef TOY_H
#define TOY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int toy_status;
#define TOY_OK 0
#define TOY_EINVAL (-1)
#define TOY_ENOMEM (-2)
#define TOY_ELOST (-3)
#define TOY_EUNSUPPORTED (-4)
#define TOY_EHANDLE (-5)

typedef struct toy_ctx_object* toy_ctx;
typedef struct toy_job_object* toy_job;

#define TOY_FLAG_CHECKED 1u
#define TOY_FLAGS_ALL 1u

typedef unsigned toy_info;
#define TOY_INFO_REFERENCES 0u /* uint32_t */
#define TOY_INFO_NAME 1u       /* char[] */
#define TOY_INFO_PARENT 2u     /* toy_ctx: the context itself; as much of it as there is room for */

#define TOY_ADD 0
#define TOY_SUBTRACT 1

/* Runs on a thread of the library, once for each toy_flush while it is registered. */
typedef void (*toy_callback)(toy_ctx ctx, int64_t sum, void* user_data);

toy_status toy_null(void);
/* What a status means; NULL for what is none. */
const char* toy_status_text(toy_status status);

/* *ctx has one reference. */
toy_status toy_ctx_create(uint32_t flags, toy_ctx* ctx);
toy_status toy_ctx_retain(toy_ctx ctx);
toy_status toy_ctx_release(toy_ctx ctx);
toy_status toy_ctx_info(toy_ctx ctx, toy_info name, size_t size, void* value, size_t* size_ret);

/* Changes the context's sum. */
toy_status toy_add(toy_ctx ctx, int op, int64_t value);
toy_status toy_sum(toy_ctx ctx, int64_t* sum);

/* out[i] = factor * in[i] for `count` elements. */
toy_status toy_scale(toy_ctx ctx, float factor, uint32_t count, const float* in, float* out);

/* Evaluates "+1 -2 +39" and sets the sum of each of `targets` to the result. */
toy_status toy_run(toy_ctx ctx, const char* program, uint32_t num_targets, const toy_ctx* targets);

/* Joins `count` strings; strings[i] has lengths[i] bytes, or is zero-terminated where lengths is
 * null. `hash` is the FNV-1a hash of the result. */
toy_status toy_join(toy_ctx ctx, uint32_t count, const char** strings, const size_t* lengths,
                    uint64_t* hash);

/* Starts a job that fills `out` with `size` bytes of value `fill` once the context's gate is open.
 * Returns NULL and sets *error (if not null) where it cannot. */
toy_job toy_job_start(toy_ctx ctx, uint8_t fill, size_t size, void* out, toy_status* error);
toy_status toy_job_wait(toy_job job);
toy_status toy_job_release(toy_job job);
/* 1: not yet, 0: done, negative: failed. */
int toy_job_poll(toy_job job);
/* Closed at first for a context made with TOY_FLAG_CHECKED; open otherwise. */
toy_status toy_gate_open(toy_ctx ctx);

/* Blocks for `milliseconds`, at most 10,000. */
toy_status toy_sleep(toy_ctx ctx, uint32_t milliseconds);

toy_status toy_on_flush(toy_ctx ctx, toy_callback callback, void* user_data);
/* Calls the registered callback, and returns when it was handed to the library's thread. */
toy_status toy_flush(toy_ctx ctx);

/* Copies as much of the library's name as *size says, and sets it to how much that was. */
#define TOY_VERSION 1
toy_status toy_name(toy_ctx ctx, char* name, size_t* size);

/* Structs that lead to other memory, in any shape; `next` may lead back to where it came from. */
typedef enum toy_kind { TOY_NOTHING = 0, TOY_NUMBERS = 1, TOY_TEXT = 2, TOY_NODES = 3 } toy_kind;
typedef struct toy_node {
  const char* name; /* may be null */
  toy_kind kind;    /* says which member of `value` is there */
  uint32_t count;   /* of numbers or nodes */
  union {
    const int64_t* numbers;
    const char* text;
    const struct toy_node* nodes;
  } value;
  toy_ctx ctx; /* may be null; its sum counts, too */
  const struct toy_node* next;
} toy_node;
/* A hash of all that can be reached. What was met before counts by the order in which it was met.
 */
toy_status toy_hash_nodes(uint32_t count, const toy_node* nodes, uint64_t* hash);
toy_status toy_hash_list(uint32_t count, const toy_node* const* nodes, uint64_t* hash);

/* A matrix, as a list of its rows. */
toy_status toy_hash_rows(uint32_t rows, uint32_t columns, const int32_t* const* values,
                         uint64_t* hash);

/* Memory that the library uses until it is given back: to look into, or to change. toy_step adds 1
 * to each byte of what it may change, and all bytes of the rest to the sum. */
toy_status toy_lend_input(toy_ctx ctx, size_t size, const void* memory);
toy_status toy_lend(toy_ctx ctx, size_t size, void* memory);
toy_status toy_lend_output(toy_ctx ctx, size_t size, void* memory); /* its contents do not matter */
toy_status toy_step(toy_ctx ctx);
toy_status toy_give_back(toy_ctx ctx, const void* memory);

/* Structs by value. */
typedef struct toy_pair {
  int32_t first;
  double second;
} toy_pair;
typedef struct toy_bytes {
  const void* data;
  uint16_t size;
  toy_pair pair;
} toy_bytes;
toy_pair toy_turn(toy_pair pair);
toy_status toy_hash_bytes(toy_bytes bytes, uint64_t* hash);

/* What the library reads from or writes to is in a struct, whose position it moves on: copies as
 * many bytes as there are on both sides, each turned into its complement. */
typedef struct toy_source {
  const void* data;
  size_t size;
  size_t pos;
} toy_source;
typedef struct toy_sink {
  void* data;
  size_t size;
  size_t pos;
  toy_ctx last;    /* who wrote there */
  const char* end; /* why it wrote no more: a text of the library's */
  uint32_t calls;
} toy_sink;
toy_status toy_stream(toy_ctx ctx, toy_sink* sink, toy_source* source);
/* Memory in pieces: counts through all of them. */
typedef struct toy_piece {
  uint32_t count;
  int32_t* numbers;
} toy_piece;
toy_status toy_count_up(int32_t first, uint32_t count, const toy_piece* pieces);

/* Sets the sum to that of `numbers`, which end with a 0, and of `weights`, of which there are as
 * many as the context has references. It refuses more than a thousand numbers. */
toy_status toy_gather(toy_ctx ctx, const int32_t* numbers, const int32_t* weights);
#ifdef TOY_ENTRIES
static inline size_t toy_count(const int32_t* numbers) {
  size_t count = 1;
  while (numbers[count - 1] != 0) ++count;
  return count;
}
static inline uint32_t toy_references(toy_ctx ctx) {
  uint32_t references = 0;
  toy_ctx_info(ctx, TOY_INFO_REFERENCES, sizeof references, &references, NULL);
  return references;
}
#endif

/* The library reads `data`, at most 1 MiB, until the context is destroyed: toy_hash_kept hashes all
 * that it was given. */
toy_status toy_keep(toy_ctx ctx, size_t size, const void* data);
toy_status toy_hash_kept(toy_ctx ctx, uint64_t* hash);

/* The library's functions, or NULL for a version that it does not know: 1 lacks `reset`. */
typedef struct toy_table {
  uint32_t version;
  toy_status (*toy_sum)(toy_ctx ctx, int64_t* sum);
  toy_status (*add)(toy_ctx ctx, int op, int64_t value);
  toy_status (*reset)(toy_ctx ctx);
  const char* name;
} toy_table;
const toy_table* toy_functions(uint32_t version);
#ifdef TOY_ENTRIES
/* Exported by no library: toy_table.reset. */
toy_status toy_reset(toy_ctx ctx);
#endif

/* Callbacks in a struct, each with user data of its own: `each` is called for each value until
 * `end` is, which is last. */
typedef struct toy_reports {
  void (*each)(toy_ctx ctx, int32_t value, void* user_data);
  void* each_data;
  uint32_t calls; /* how often the library called back */
  toy_callback end;
  void* user_data;
} toy_reports;
/* Calls `each` with each value, and `end` with their sum, before it returns. */
toy_status toy_report(toy_ctx ctx, uint32_t count, const int32_t* values, toy_reports* reports);
/* The same of the numbers from 1 up to `last`, and without the struct's being the application's. */
toy_status toy_report_up_to(toy_ctx ctx, int32_t last, toy_reports reports);

/* What the library says of itself, in memory of its own. Of form TOY_TEXT it has a text and no
 * operations, of another one the operations. */
typedef struct toy_operation {
  int op;
  const char* name;
  uint32_t count;
  const int64_t* examples;
} toy_operation;
typedef struct toy_catalog {
  toy_kind form;
  uint32_t count;
  union {
    const toy_operation* operations;
    const char* text;
  } value;
  toy_ctx ctx;
  uint32_t num_words;
  const char* const* words;
  void* reserved;
} toy_catalog;
/* Fills all of them; the forms are 0, 1, ... from `first` on. It knows four. */
toy_status toy_describe(toy_ctx ctx, int first, uint32_t count, toy_catalog* catalogs);
/* Leaves in an operation, of which `op` says which it is, what is known about it. */
toy_status toy_complete(toy_operation* operation);

/* Not in the specification: no annotation describes it. */
toy_status toy_unmapped(void* memory);

#ifdef __cplusplus
}
#endif
#endif
