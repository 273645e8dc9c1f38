/* What the specifications in bad/ and good/ are about. */
#include <stddef.h>

typedef int status;
#define OK 0
#define LOST (-1)
typedef unsigned plain;

typedef struct thing_object* thing;
typedef struct part_object* part;
typedef void (*done)(thing object, void* user_data);
typedef int (*answer)(thing object, void* user_data);
struct table {
  status (*use)(thing object, int number);
};

status make(thing* object);
thing create(status* error);
status use(thing object, int number);
status drop(thing object);
status use_part(part object);
status read_bytes(thing object, size_t size, void* to);
status mix(thing object, size_t size, void* data);
status hint(thing object, const void* data);
status read_event(thing object, size_t size, void* to, part* event);
status write_bytes(thing object, size_t size, const void* from);
status write_list(thing object, size_t size, const void* from, size_t from_ref);
status when_done(thing object, done callback, void* user_data);
status when_answered(thing object, answer callback, void* user_data);
status count(thing object, size_t a, size_t b);
status text(thing object, const char* format, ...);
plain number(thing object);
status out_pointer(thing object, char** text);
status info(thing object, size_t value_size, void* value, size_t* value_size_ret);
status many(int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int,
            int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int,
            int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int,
            int, int, int, int, int, int, int, int, int, int, int, int, int, int);
typedef struct shape {
  const char* label;
  size_t count;
  const float* points;
} shape;
status draw(thing object, const shape* from);
