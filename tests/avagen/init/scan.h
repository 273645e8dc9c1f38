/* A made-up scanner: one function for each habit that avagen init knows. */
#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

typedef enum scan_status {
  SCAN_OK = 0,
  SCAN_INVALID_ARGUMENT = -1,
  SCAN_INVALID_SCANNER = -2,
  SCAN_OUT_OF_MEMORY = -3,
  SCAN_DEVICE_LOST = -4,
  SCAN_NOT_SUPPORTED = -5
} scan_status;

typedef struct scan_scanner_object* scan_scanner;
typedef struct scan_page_object* scan_page;
typedef struct scan_port_object* scan_port;
typedef struct scan_lamp_object* scan_lamp;
typedef uint32_t scan_spot;
typedef struct scan_size {
  uint32_t width, height;
} scan_size;
typedef struct scan_layout {
  uint32_t count;
  const scan_size* sizes;
} scan_layout;

typedef enum scan_info {
  SCAN_INFO_NAME,
  SCAN_INFO_PAGE,
  SCAN_INFO_NUM_PAGES,
  SCAN_INFO_USER_POINTER
} scan_info;
typedef unsigned scan_page_info;
/* scan_page_info */
#define SCAN_PAGE_WIDTH 1
#define SCAN_PAGE_SCANNER 2

typedef void (*scan_log)(scan_scanner scanner, const char* text, const void* data, size_t size,
                         void* user_data);
typedef int (*scan_veto)(scan_page page, void* user_data);

/* list query; an object that no function makes */
scan_status scan_get_ports(uint32_t num_entries, scan_port* ports, uint32_t* num_ports);
scan_status scan_port_name(scan_port port, size_t name_size, char* name);

/* handles that are made, kept and let go; an error parameter */
scan_scanner scan_create_scanner(scan_port port, const scan_size* area, scan_status* error);
scan_scanner scan_clone_scanner(scan_scanner scanner, scan_status* error);
scan_scanner scan_current_scanner(scan_status* error);
scan_status scan_retain_scanner(scan_scanner scanner);
scan_status scan_release_scanner(scan_scanner scanner);
scan_status scan_release_memory(scan_scanner scanner, void* memory);
scan_status scan_create_pages(scan_scanner scanner, uint32_t count, scan_page* pages);

/* size queries */
scan_status scan_get_info(scan_scanner scanner, scan_info param_name, size_t value_size,
                          void* value, size_t* value_size_ret);
scan_status scan_get_page_info(scan_page page, scan_page_info param_name, size_t value_size,
                               void* value, size_t* value_size_ret);

/* lengths */
scan_status scan_wait(uint32_t num_pages_in_list, const scan_page* page_list);
scan_status scan_load(scan_scanner scanner, const uint8_t* firmware, size_t firmware_size);
scan_status scan_mark(scan_page page, uint32_t count, const float* xs, const float* ys);
scan_status scan_weigh(scan_page page, size_t weights_size, const double* weights);
scan_status scan_turn(scan_page page, const double matrix[9]);
scan_status scan_arrange(scan_scanner scanner, const scan_layout* layout);
scan_status scan_print(scan_page page, uint32_t count, const char** lines, const size_t* lengths);
scan_status scan_title(scan_page page, const char* title);
size_t scan_pack(const void* in, size_t in_size, void* out, size_t out_capacity);
scan_status scan_unpack(const void* in, size_t in_size, void* out, size_t out_capacity,
                        size_t* actual_out_size);

/* one of what others take lists of; what nobody releases; varieties of a function */
scan_status scan_clean(scan_page page, uint32_t num_spots_in_wait_list,
                       const scan_spot* spot_wait_list, scan_spot* spot);
scan_status scan_light(scan_scanner scanner, scan_lamp* lamp);
/* Returns the number of bytes written into `target`. */
size_t scan_shrink(void* target, size_t target_size, scan_page page);
size_t scan_shrink_well(scan_scanner scanner, void* target, size_t target_size, scan_page page);

/* bytes that move after the call */
scan_status scan_read(scan_scanner scanner, int blocking_read, size_t size, void* ptr,
                      scan_page* page);
scan_status scan_start(scan_scanner scanner, size_t size, void* out_pixels);

/* memory that both sides address */
void* scan_shared_alloc(scan_scanner scanner, size_t size);
void scan_shared_free(scan_scanner scanner, void* memory);
scan_status scan_shared_copy(scan_scanner scanner, void* to, const void* from, size_t size);
scan_status scan_shared_clear(scan_scanner scanner, void* memory, size_t size);
scan_status scan_shared_map(scan_scanner scanner, void* memory, size_t size);
scan_status scan_shared_unmap(scan_scanner scanner, void* memory);
scan_status scan_shared_prefetch(scan_scanner scanner, uint32_t num_memories,
                                 const void** memories);
scan_status scan_use_shared(scan_scanner scanner, uint32_t index, const void* memory);

/* callbacks */
scan_status scan_on_log(scan_scanner scanner, scan_log log, void* user_data);
scan_status scan_build(scan_scanner scanner, void (*done)(scan_scanner scanner, void* user_data),
                       void* user_data);
scan_status scan_ask(scan_scanner scanner, scan_veto veto, void* user_data);
scan_status scan_each(scan_scanner scanner, void (*visit)(scan_page page));

/* what no habit covers */
scan_status scan_format(scan_page page, const char* format, ...);
void* scan_pixels(scan_page page);
scan_status scan_adjust(scan_page page, int32_t* level);

/* Copies samples. `samples` points to a buffer of *bytes* bytes. */
scan_status scan_samples(scan_page page, uint64_t bytes, const uint32_t* samples);
/**
 * Sharpens.
 * @param[in,out] level  how much; afterwards, how much it was
 * @param page  the page; may be NULL, which means the last one
 */
scan_status scan_sharpen(scan_page page, double* level);
/* See reference.txt. */
scan_status scan_histogram(scan_page page, uint32_t limit, uint64_t* table);
scan_status scan_flush(scan_page page);
#endif
