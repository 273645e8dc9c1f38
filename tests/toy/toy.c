/* The toy accelerator's vendor library: what applications load natively, and ava-server on their
 * behalf. Two threads of its own stand for the device: one executes jobs in the order in which they
 * became ready, one makes the callbacks.
 *
 * Locks: `device.mutex` guards the job queue, `callbacks.mutex` the callbacks' queue, and each
 * context's mutex the context. A context's is taken before the device's, never after. */
#include "toy.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kCtxMagic = 0x746f7963, kJobMagic = 0x746f796a, kMaxCount = 1 << 24, kMaxSleep = 10000 };
static const size_t kMaxJob = 1 << 28;
static const int64_t kMaxValue = 1000000;

struct kept {
  const unsigned char* data; /* the application's */
  size_t size;
  struct kept* next;
};

/* Memory of the application's: what it is for. */
enum { TOY_SHOWN, TOY_CHANGED, TOY_COLLECTED };
struct lent {
  unsigned char* memory;
  size_t size;
  int how;
  struct lent* next;
};

struct toy_ctx_object {
  uint32_t magic;
  atomic_uint references; /* the application's and one for each unfinished job */
  pthread_mutex_t mutex;  /* guards what follows */
  int64_t sum;
  bool gate_open;
  struct toy_job_object* gated; /* jobs that wait for the gate, the last first */
  toy_callback callback;
  void* user_data;
  struct kept* kept; /* the last first */
  struct lent* lent; /* the same */
};

struct toy_job_object {
  uint32_t magic;
  atomic_uint references; /* the application's and the device's */
  atomic_int state;       /* as toy_job_poll says */
  toy_ctx ctx;
  uint8_t fill;
  size_t size;
  void* out;
  struct toy_job_object* next;
};

struct call_back {
  toy_ctx ctx;
  toy_callback function;
  void* user_data;
  int64_t sum;
  struct call_back* next;
};

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t ready;    /* a job came */
  pthread_cond_t finished; /* a job ended */
  toy_job first, last;
} device = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL,
            NULL};

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t ready;
  struct call_back *first, *last;
} callbacks = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL};

static pthread_once_t started = PTHREAD_ONCE_INIT;

static bool is_ctx(toy_ctx ctx) { return ctx != NULL && ctx->magic == kCtxMagic; }
static bool is_job(toy_job job) { return job != NULL && job->magic == kJobMagic; }

static atomic_ullong last_hash;

static uint64_t hash_of(const struct kept* kept) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; kept != NULL; kept = kept->next) {
    for (size_t i = 0; i < kept->size; ++i) hash = (hash ^ kept->data[i]) * 0x100000001b3u;
  }
  return hash;
}

static void drop_ctx(toy_ctx ctx) {
  if (atomic_fetch_sub(&ctx->references, 1) != 1) return;
  atomic_store(&last_hash, hash_of(ctx->kept)); /* reads what it was given for the last time */
  while (ctx->kept != NULL) {
    struct kept* next = ctx->kept->next;
    free(ctx->kept);
    ctx->kept = next;
  }
  ctx->magic = 0;
  pthread_mutex_destroy(&ctx->mutex);
  free(ctx);
}

static void drop_job(toy_job job) {
  if (atomic_fetch_sub(&job->references, 1) != 1) return;
  job->magic = 0;
  free(job);
}

static void* run_device(void* unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&device.mutex);
    while (device.first == NULL) pthread_cond_wait(&device.ready, &device.mutex);
    toy_job job = device.first;
    device.first = job->next;
    if (device.first == NULL) device.last = NULL;
    pthread_mutex_unlock(&device.mutex);

    if (job->size != 0) memset(job->out, job->fill, job->size);

    pthread_mutex_lock(&device.mutex);
    atomic_store(&job->state, 0);
    pthread_cond_broadcast(&device.finished);
    pthread_mutex_unlock(&device.mutex);
    drop_ctx(job->ctx);
    drop_job(job);
  }
  return NULL;
}

static void* run_callbacks(void* unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&callbacks.mutex);
    while (callbacks.first == NULL) pthread_cond_wait(&callbacks.ready, &callbacks.mutex);
    struct call_back* call = callbacks.first;
    callbacks.first = call->next;
    if (callbacks.first == NULL) callbacks.last = NULL;
    pthread_mutex_unlock(&callbacks.mutex);

    call->function(call->ctx, call->sum, call->user_data);
    drop_ctx(call->ctx);
    free(call);
  }
  return NULL;
}

static void start(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run_device, NULL) == 0) pthread_detach(thread);
  if (pthread_create(&thread, NULL, run_callbacks, NULL) == 0) pthread_detach(thread);
}

/* Hands a job to the device's thread. */
static void submit(toy_job job) {
  pthread_mutex_lock(&device.mutex);
  job->next = NULL;
  if (device.last != NULL) {
    device.last->next = job;
  } else {
    device.first = job;
  }
  device.last = job;
  pthread_cond_signal(&device.ready);
  pthread_mutex_unlock(&device.mutex);
}

toy_status toy_null(void) { return TOY_OK; }

const char* toy_status_text(toy_status status) {
  static const char* const kTexts[] = {"ok",   "invalid",     "no memory",
                                       "lost", "unsupported", "no handle"};
  return status <= TOY_OK && status >= TOY_EHANDLE ? kTexts[-status] : NULL;
}

toy_status toy_ctx_create(uint32_t flags, toy_ctx* ctx) {
  if (ctx == NULL || flags > TOY_FLAGS_ALL) return TOY_EINVAL;
  toy_ctx made = calloc(1, sizeof *made);
  if (made == NULL) return TOY_ENOMEM;
  made->magic = kCtxMagic;
  atomic_init(&made->references, 1);
  pthread_mutex_init(&made->mutex, NULL);
  made->gate_open = (flags & TOY_FLAG_CHECKED) == 0;
  *ctx = made;
  return TOY_OK;
}

toy_status toy_ctx_retain(toy_ctx ctx) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  atomic_fetch_add(&ctx->references, 1);
  return TOY_OK;
}

toy_status toy_ctx_release(toy_ctx ctx) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  drop_ctx(ctx);
  return TOY_OK;
}

static toy_status lend(toy_ctx ctx, unsigned char* memory, size_t size, int how) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (memory == NULL || size > kMaxJob) return TOY_EINVAL;
  struct lent* lent = malloc(sizeof *lent);
  if (lent == NULL) return TOY_ENOMEM;
  if (how == TOY_COLLECTED) memset(memory, 'a', size);
  pthread_mutex_lock(&ctx->mutex);
  *lent = (struct lent){memory, size, how, ctx->lent};
  ctx->lent = lent;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_lend_input(toy_ctx ctx, size_t size, const void* memory) {
  return lend(ctx, (unsigned char*)memory, size, TOY_SHOWN);
}
toy_status toy_lend(toy_ctx ctx, size_t size, void* memory) {
  return lend(ctx, memory, size, TOY_CHANGED);
}
toy_status toy_lend_output(toy_ctx ctx, size_t size, void* memory) {
  return lend(ctx, memory, size, TOY_COLLECTED);
}

toy_status toy_step(toy_ctx ctx) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  pthread_mutex_lock(&ctx->mutex);
  for (struct lent* lent = ctx->lent; lent != NULL; lent = lent->next) {
    for (size_t i = 0; i < lent->size; ++i) {
      if (lent->how == TOY_SHOWN) {
        ctx->sum += lent->memory[i];
      } else {
        ++lent->memory[i];
      }
    }
  }
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_give_back(toy_ctx ctx, const void* memory) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  pthread_mutex_lock(&ctx->mutex);
  struct lent** at = &ctx->lent;
  while (*at != NULL && (*at)->memory != memory) at = &(*at)->next;
  struct lent* found = *at;
  if (found != NULL) *at = found->next;
  pthread_mutex_unlock(&ctx->mutex);
  free(found);
  return found != NULL ? TOY_OK : TOY_EINVAL;
}

toy_status toy_gather(toy_ctx ctx, const int32_t* numbers, const int32_t* weights) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (numbers == NULL || weights == NULL) return TOY_EINVAL;
  int64_t sum = 0;
  size_t count = 0;
  while (numbers[count] != 0) sum += numbers[count++];
  if (count > 1000) return TOY_EINVAL;
  const uint32_t references = atomic_load(&ctx->references);
  for (uint32_t i = 0; i < references; ++i) sum += weights[i];
  pthread_mutex_lock(&ctx->mutex);
  ctx->sum = sum;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_ctx_info(toy_ctx ctx, toy_info name, size_t size, void* value, size_t* size_ret) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  const uint32_t references = atomic_load(&ctx->references);
  const void* from;
  size_t length;
  switch (name) {
    case TOY_INFO_REFERENCES:
      from = &references;
      length = sizeof references;
      break;
    case TOY_INFO_NAME:
      from = "toy";
      length = sizeof "toy";
      break;
    case TOY_INFO_PARENT:
      from = &ctx;
      length = sizeof ctx;
      break;
    default:
      return TOY_EINVAL;
  }
  if (value != NULL) {
    if (size < length && name != TOY_INFO_PARENT) return TOY_EINVAL;
    memcpy(value, from, size < length ? size : length);
  }
  if (size_ret != NULL) *size_ret = length;
  return TOY_OK;
}

toy_status toy_add(toy_ctx ctx, int op, int64_t value) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (op != TOY_ADD && op != TOY_SUBTRACT) return TOY_EINVAL;
  if (value < -kMaxValue || value > kMaxValue) return TOY_EINVAL;
  pthread_mutex_lock(&ctx->mutex);
  ctx->sum += op == TOY_ADD ? value : -value;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_sum(toy_ctx ctx, int64_t* sum) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (sum == NULL) return TOY_EINVAL;
  pthread_mutex_lock(&ctx->mutex);
  *sum = ctx->sum;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_scale(toy_ctx ctx, float factor, uint32_t count, const float* in, float* out) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (factor != factor || count > kMaxCount) return TOY_EINVAL;
  if (count != 0 && (in == NULL || out == NULL)) return TOY_EINVAL;
  for (uint32_t i = 0; i < count; ++i) out[i] = factor * in[i];
  return TOY_OK;
}

/* "+1 -2 +39": signed numbers with spaces between them. False where it is anything else. */
static bool evaluate(const char* program, int64_t* result) {
  int64_t sum = 0;
  for (const char* at = program; *at != '\0';) {
    if (*at == ' ') {
      ++at;
      continue;
    }
    if (*at != '+' && *at != '-') return false;
    const int64_t sign = *at++ == '+' ? 1 : -1;
    if (*at < '0' || *at > '9') return false;
    int64_t number = 0;
    for (; *at >= '0' && *at <= '9'; ++at) {
      number = number * 10 + (*at - '0');
      if (number > kMaxValue) return false;
    }
    sum += sign * number;
  }
  *result = sum;
  return true;
}

toy_status toy_run(toy_ctx ctx, const char* program, uint32_t num_targets, const toy_ctx* targets) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (program == NULL || (num_targets != 0 && targets == NULL)) return TOY_EINVAL;
  for (uint32_t i = 0; i < num_targets; ++i) {
    if (!is_ctx(targets[i])) return TOY_EHANDLE;
  }
  int64_t result;
  if (!evaluate(program, &result)) return TOY_EINVAL;
  for (uint32_t i = 0; i < num_targets; ++i) {
    pthread_mutex_lock(&targets[i]->mutex);
    targets[i]->sum = result;
    pthread_mutex_unlock(&targets[i]->mutex);
  }
  return TOY_OK;
}

toy_status toy_join(toy_ctx ctx, uint32_t count, const char** strings, const size_t* lengths,
                    uint64_t* hash) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (hash == NULL || (count != 0 && strings == NULL)) return TOY_EINVAL;
  uint64_t value = 0xcbf29ce484222325u; /* FNV-1a */
  for (uint32_t i = 0; i < count; ++i) {
    if (strings[i] == NULL) return TOY_EINVAL;
    const size_t length = lengths != NULL ? lengths[i] : strlen(strings[i]);
    for (size_t j = 0; j < length; ++j) {
      value = (value ^ (unsigned char)strings[i][j]) * 0x100000001b3u;
    }
  }
  *hash = value;
  return TOY_OK;
}

toy_job toy_job_start(toy_ctx ctx, uint8_t fill, size_t size, void* out, toy_status* error) {
  toy_status status = TOY_OK;
  toy_job job = NULL;
  if (!is_ctx(ctx)) {
    status = TOY_EHANDLE;
  } else if (fill == 0 || size > kMaxJob || (size != 0 && out == NULL)) {
    status = TOY_EINVAL;
  } else if ((job = calloc(1, sizeof *job)) == NULL) {
    status = TOY_ENOMEM;
  }
  if (error != NULL) *error = status;
  if (job == NULL) return NULL;

  pthread_once(&started, start);
  job->magic = kJobMagic;
  atomic_init(&job->references, 2);
  atomic_init(&job->state, 1);
  job->ctx = ctx;
  job->fill = fill;
  job->size = size;
  job->out = out;
  atomic_fetch_add(&ctx->references, 1);
  pthread_mutex_lock(&ctx->mutex);
  if (ctx->gate_open) {
    submit(job);
  } else {
    job->next = ctx->gated;
    ctx->gated = job;
  }
  pthread_mutex_unlock(&ctx->mutex);
  return job;
}

toy_status toy_job_wait(toy_job job) {
  if (!is_job(job)) return TOY_EHANDLE;
  pthread_mutex_lock(&device.mutex);
  while (atomic_load(&job->state) == 1) pthread_cond_wait(&device.finished, &device.mutex);
  pthread_mutex_unlock(&device.mutex);
  return TOY_OK;
}

toy_status toy_job_release(toy_job job) {
  if (!is_job(job)) return TOY_EHANDLE;
  drop_job(job);
  return TOY_OK;
}

int toy_job_poll(toy_job job) {
  if (!is_job(job)) return TOY_EHANDLE;
  return atomic_load(&job->state);
}

toy_status toy_gate_open(toy_ctx ctx) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  pthread_mutex_lock(&ctx->mutex);
  ctx->gate_open = true;
  toy_job in_order = NULL; /* the list has the last job first */
  while (ctx->gated != NULL) {
    toy_job job = ctx->gated;
    ctx->gated = job->next;
    job->next = in_order;
    in_order = job;
  }
  while (in_order != NULL) {
    toy_job next = in_order->next;
    submit(in_order);
    in_order = next;
  }
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_sleep(toy_ctx ctx, uint32_t milliseconds) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (milliseconds > kMaxSleep) return TOY_EINVAL;
  struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0) {
  }
  return TOY_OK;
}

toy_status toy_on_flush(toy_ctx ctx, toy_callback callback, void* user_data) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  pthread_mutex_lock(&ctx->mutex);
  ctx->callback = callback;
  ctx->user_data = user_data;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_flush(toy_ctx ctx) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  struct call_back* call = calloc(1, sizeof *call);
  if (call == NULL) return TOY_ENOMEM;
  pthread_mutex_lock(&ctx->mutex);
  *call = (struct call_back){ctx, ctx->callback, ctx->user_data, ctx->sum, NULL};
  pthread_mutex_unlock(&ctx->mutex);
  if (call->function == NULL) {
    free(call);
    return TOY_OK;
  }
  pthread_once(&started, start);
  atomic_fetch_add(&ctx->references, 1);
  pthread_mutex_lock(&callbacks.mutex);
  if (callbacks.last != NULL) {
    callbacks.last->next = call;
  } else {
    callbacks.first = call;
  }
  callbacks.last = call;
  pthread_cond_signal(&callbacks.ready);
  pthread_mutex_unlock(&callbacks.mutex);
  return TOY_OK;
}

toy_status toy_name(toy_ctx ctx, char* name, size_t* size) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (size == NULL) return TOY_EINVAL;
  if (*size > sizeof "toy") *size = sizeof "toy";
  if (name != NULL) memcpy(name, "toy", *size);
  return TOY_OK;
}

toy_status toy_keep(toy_ctx ctx, size_t size, const void* data) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (data == NULL || size > 1 << 20) return TOY_EINVAL;
  struct kept* kept = malloc(sizeof *kept);
  if (kept == NULL) return TOY_ENOMEM;
  pthread_mutex_lock(&ctx->mutex);
  *kept = (struct kept){data, size, ctx->kept};
  ctx->kept = kept;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

toy_status toy_hash_kept(toy_ctx ctx, uint64_t* hash) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  if (hash == NULL) return TOY_EINVAL;
  pthread_mutex_lock(&ctx->mutex);
  *hash = hash_of(ctx->kept);
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

static toy_status reset(toy_ctx ctx) {
  if (!is_ctx(ctx)) return TOY_EHANDLE;
  pthread_mutex_lock(&ctx->mutex);
  ctx->sum = 0;
  pthread_mutex_unlock(&ctx->mutex);
  return TOY_OK;
}

static toy_status refuse(toy_ctx ctx, int op, int64_t value) {
  (void)ctx, (void)op, (void)value;
  return TOY_EUNSUPPORTED;
}

const toy_table* toy_functions(uint32_t version) {
  static const toy_table tables[] = {{1, toy_sum, refuse, NULL, "toy"},
                                     {2, toy_sum, refuse, reset, "toy"}};
  return version == 1 || version == 2 ? &tables[version - 1] : NULL;
}

toy_status toy_unmapped(void* memory) {
  (void)memory;
  return TOY_OK;
}
