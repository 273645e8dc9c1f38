/* An artificial accelerator API: one function for each construct of the specification language. No
 * library implements it; its generated code is compiled, and compared with golden/. */
#ifndef ACME_H
#define ACME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int acme_status;
#define ACME_OK 0
#define ACME_BAD_VALUE (-1)
#define ACME_BAD_DEVICE (-2)
#define ACME_BAD_EVENT (-3)
#define ACME_NO_MEMORY (-4)
#define ACME_LOST (-5)
#define ACME_UNSUPPORTED (-6)

typedef struct acme_device_object* acme_device;
typedef struct acme_event_object* acme_event;
typedef struct acme_buffer_object* acme_buffer;

typedef enum acme_mode { ACME_FAST = 1, ACME_EXACT = 2 } acme_mode;
typedef struct acme_rect {
  uint32_t x, y;
} acme_rect;
typedef struct acme_named {
  uint32_t version;
  char name[64];
} acme_named;

#define ACME_INFO_NAME 1       /* char[] */
#define ACME_INFO_FEATURES 2   /* char[], words */
#define ACME_INFO_VERSIONS 3   /* acme_named[] */
#define ACME_INFO_FLAGS 4      /* uint64_t */
#define ACME_INFO_PARENT 5     /* acme_device */
#define ACME_INFO_OPTIONS 6    /* intptr_t[], a list */
#define ACME_INFO_THREADS 7    /* uint32_t */
#define ACME_INFO_REFERENCES 8 /* uint32_t */
#define ACME_FLAG_HOST 4u
#define ACME_KEY_DEVICE 1
#define ACME_KEY_PRIORITY 2

typedef void (*acme_log)(acme_device device, const char* text, const void* data, size_t size,
                         acme_mode mode, void* user_data);

/* by value, and enums */
acme_status acme_set(acme_device device, acme_mode mode, double ratio, char letter);
void acme_hint(acme_device device, uint32_t hint);
/* lists of handles */
acme_status acme_devices(uint32_t room, acme_device* devices, uint32_t* count);
acme_device acme_open(const intptr_t* options, acme_status* status);
acme_status acme_open_all(uint32_t count, acme_device* devices);
acme_status acme_close(acme_device device);
acme_status acme_keep(acme_device device);
acme_status acme_wait(uint32_t count, const acme_event* events);
acme_status acme_barrier(acme_device device, uint32_t count, const acme_event* after);
acme_status acme_drop_event(acme_event event);
acme_status acme_keep_event(acme_event event);
int acme_poll(acme_event event); /* 1: not yet, 0: done, negative: failed */
acme_status acme_events(acme_device device, uint32_t count, void** events);
/* info, with edits */
acme_status acme_flags(acme_device device, uint64_t* flags);
acme_status acme_info(acme_device device, uint32_t name, size_t value_size, void* value,
                      size_t* value_size_ret);
/* bytes */
acme_status acme_fill(acme_device device, const void* pattern, size_t pattern_size, uint64_t flags,
                      void* extra, size_t extra_size);
acme_status acme_rects(acme_device device, uint32_t count, const acme_rect* in, acme_rect* bounds);
size_t acme_pack(acme_device device, const void* from, size_t size, uint16_t* to, size_t room);
acme_status acme_unpack(acme_device device, size_t room, void* to, size_t* to_size);
acme_status acme_take(acme_device device, void* to, size_t* size, int32_t* cursor);
acme_status acme_sort(acme_device device, uint32_t count, uint32_t* values);
acme_status acme_window(acme_device device, const size_t* region, const void* pixels);
acme_status acme_read(acme_device device, int blocking, size_t size, void* to, acme_event* event);
acme_status acme_write(acme_device device, int blocking, size_t size, const void* from,
                       acme_event* event);
/* mapped memory, and the application's memory behind a device */
void* acme_map(acme_device device, uint32_t flags, size_t offset, size_t size, acme_event* event,
               acme_status* status);
char* acme_view(acme_device device, size_t size);
acme_status acme_unmap(acme_device device, void* memory);
int* acme_share(acme_device device, size_t size, acme_status* status);
void acme_free(acme_device device, int* memory);
acme_status acme_move(acme_device device, int wait, void* to, const void* from, size_t size,
                      acme_event* event);
acme_status acme_show(acme_device device, void* memory, size_t size, acme_event* event);
acme_status acme_hide(acme_device device, void* memory);
acme_status acme_free_all(acme_device device, uint32_t count, void** memory,
                          void (*freed)(uint32_t count, void** memory, void* user_data),
                          void* user_data);
acme_device acme_wrap(uint64_t flags, size_t size, const void* memory, acme_status* status);
acme_device acme_part(acme_device whole, const size_t* place, acme_status* status);
acme_status acme_memory(acme_device device, uint32_t name, size_t value_size, void* value,
                        size_t* value_size_ret);
/* rectangles, and sizes that only functions know */
typedef struct acme_extent {
  size_t width;
  size_t height;
  acme_device device;
} acme_extent;
size_t acme_pixel(acme_device device);
acme_status acme_get_box(acme_device device, int blocking, const size_t* from, const size_t* origin,
                         const size_t* region, size_t row, size_t slice, void* to,
                         acme_event* event);
acme_status acme_put_box(acme_device device, const size_t* region, size_t row, size_t slice,
                         const void* from);
void* acme_map_box(acme_device device, const size_t* origin, const size_t* region, size_t* row,
                   size_t* slice, acme_status* status);
acme_device acme_paint(const acme_extent* extent, uint32_t flags, const void* pixels,
                       acme_status* status);
/* structs that lead to others, and structs by value */
typedef enum acme_part_kind { ACME_NUMBERS = 1, ACME_TEXT = 2 } acme_part_kind;
typedef struct acme_node {
  const char* name;
  acme_part_kind kind;
  uint32_t count;
  union {
    const uint16_t* numbers;
    const char* text;
  };
  acme_device* devices;
  const struct acme_node* const* children;
  acme_extent places[2];
  void* cookie;
} acme_node;
typedef struct acme_color {
  uint8_t red, green, blue;
} acme_color;
acme_status acme_grow(uint32_t count, const acme_node* nodes);
acme_status acme_prune(uint32_t count, const acme_node* const* nodes);
acme_status acme_matrix(uint32_t rows, uint32_t columns, const double* const* values);
acme_status acme_place(acme_extent extent, acme_color color);
acme_color acme_mix(acme_color a, acme_color b);
/* memory that the library is lent */
acme_status acme_lend(acme_device device, uint32_t* words, size_t count, void* scratch,
                      const char* name);
acme_status acme_give_back(acme_device device, uint32_t* words);
/* numbers that are no parameters */
extern int acme_depth;
acme_status acme_tag(acme_device device, const char* call, const uint16_t* glyphs, void* to);
/* structs that the library changes, and memory in them that it writes */
typedef struct acme_sink {
  uint16_t* words;
  size_t room;
  size_t filled;
  acme_device writer;
  acme_event done;
  const char* note;
} acme_sink;
const char* acme_motto(acme_device device);
typedef struct acme_span {
  size_t size;
  void* bytes;
} acme_span;
acme_status acme_drain(acme_device device, uint32_t count, acme_sink* sinks);
acme_status acme_scatter(acme_device device, uint32_t count, const acme_span* spans);
/* bytes that the library goes on reading */
acme_device acme_adopt(acme_device parent, const char* name, size_t size, const void* firmware);
/* text that the library is given more of, and an answer that is not the library's */
acme_status acme_compile(acme_device device, const char* options);
acme_status acme_options(acme_device device, uint32_t name, size_t value_size, void* value,
                         size_t* value_size_ret);
/* strings and lists of bytes */
acme_status acme_load(acme_device device, const char* name, uint32_t count, const char** sources,
                      const unsigned char** images, const size_t* image_sizes);
/* an argument that may be a handle */
acme_status acme_argument(acme_device device, uint32_t index, size_t size, const void* value);
/* memory of the library's own */
typedef struct acme_limit {
  int32_t kind;
  const char* label;
} acme_limit;
typedef struct acme_profile {
  uint32_t count;
  const acme_limit* limits;
  const acme_limit* best;
  size_t num_ids;
  const uint64_t* ids;
  const acme_device* devices;
  uint32_t num_words;
  const char* const* words;
  void* next;
} acme_profile;
acme_status acme_profiles(acme_device device, uint32_t count, acme_profile* profiles);
acme_status acme_tune(acme_device device, acme_profile* profile);
/* callbacks */
acme_status acme_on_log(acme_device device, acme_log log, void* user_data);
acme_status acme_when_done(acme_event event,
                           void (*done)(acme_event event, int32_t status, void* user_data),
                           void* user_data);
typedef struct acme_hooks {
  uint32_t size;
  acme_log log;
  void* log_data;
  int32_t form;
  union {
    void (*done)(acme_event event, int32_t status, void* user_data);
    uint64_t number;
  } at_end;
  void* user_data;
} acme_hooks;
acme_status acme_watch(acme_event event, uint32_t count, const acme_hooks* hooks);
acme_status acme_when_closed(acme_device device,
                             void (*closed)(acme_device device, void* user_data), void* user_data);
/* not on the wire, or not as it is */
acme_status acme_version(uint32_t* version);
acme_status acme_stats(acme_device device, uint64_t* stats);
acme_status acme_future(acme_device device);
acme_status acme_extra(acme_device device);
void* acme_function(const char* name);
acme_event acme_forgotten(acme_device device, acme_status* status);

struct acme_table {
  acme_status (*acme_close)(acme_device device);
  acme_event (*acme_unknown)(acme_device device, acme_status* status);
  void* acme_reserved;
  acme_status (*reset)(acme_device device);
};
acme_status acme_reset(acme_device device); /* only in the table */
const struct acme_table* acme_functions(void);

#ifdef __cplusplus
}
#endif
#endif
