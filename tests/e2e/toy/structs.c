/* Structs that lead to other memory, in every shape that the toy API takes, rightly and wrongly:
 * the same natively and through AvA, byte for byte. */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toy.h"

static void say(const char* what, toy_status status, uint64_t hash) {
  printf("%s: %d %016llx\n", what, status, (unsigned long long)(status == TOY_OK ? hash : 0));
}

static void hash_one(const char* what, const toy_node* node) {
  uint64_t hash = 0;
  const toy_status status = toy_hash_nodes(1, node, &hash);
  say(what, status, hash);
}

/* Which member of a union is there, another field says. */
static void members(toy_ctx ctx) {
  int64_t numbers[1000];
  for (int i = 0; i < 1000; ++i) numbers[i] = 3 * i - 7;
  toy_node node = {.name = "numbers", .kind = TOY_NUMBERS, .count = 3, .value.numbers = numbers};
  hash_one("numbers", &node);
  node.count = 1000; /* more than travels in a frame */
  hash_one("many numbers", &node);
  node.count = 0;
  hash_one("no numbers", &node);
  node.value.numbers = NULL;
  hash_one("null", &node);
  node.kind = TOY_TEXT;
  node.value.text = "a text";
  hash_one("text", &node);
  node.kind = TOY_NOTHING; /* what is in the union is nobody's business */
  node.value.text = (const char*)1;
  hash_one("nothing", &node);
  node.name = NULL;
  node.ctx = ctx;
  hash_one("a context", &node);
  node.kind = (toy_kind)77;
  hash_one("an unknown kind", &node);
}

static void lists(toy_ctx ctx) {
  toy_node leaves[40];
  memset(leaves, 0, sizeof leaves);
  for (int i = 0; i < 40; ++i) {
    leaves[i].name = i % 3 == 0 ? "third" : "other";
    leaves[i].ctx = i % 7 == 0 ? ctx : NULL;
  }
  const toy_node tree[2] = {
      {.name = "left", .kind = TOY_NODES, .count = 40, .value.nodes = leaves},
      {.name = "right", .kind = TOY_NODES, .count = 2, .value.nodes = leaves}};
  uint64_t hash = 0;
  toy_status status = toy_hash_nodes(2, tree, &hash);
  say("a tree", status, hash);
  const toy_node* const list[] = {&tree[1], NULL, &leaves[3], &tree[1]};
  status = toy_hash_list(4, list, &hash);
  say("a list of pointers", status, hash);
  status = toy_hash_list(0, list, &hash);
  say("an empty list", status, hash);
  status = toy_hash_list(1, NULL, &hash);
  say("no list", status, hash);
  say("nowhere", toy_hash_nodes(2, tree, NULL), 0);
}

static void chains(void) {
  static toy_node chain[600];
  for (int i = 0; i < 600; ++i) chain[i].next = i + 1 < 600 ? &chain[i + 1] : NULL;
  hash_one("a long chain", chain);
  chain[599].next = &chain[17];
  hash_one("a ring", chain);
  toy_node self = {.name = "self"};
  self.next = &self;
  hash_one("itself", &self);
  const toy_node shared = {.name = "shared"};
  const toy_node twins[2] = {{.next = &shared}, {.next = &shared}};
  uint64_t hash = 0;
  const toy_status status = toy_hash_nodes(2, twins, &hash);
  say("shared", status, hash);
}

static void rows(void) {
  static int32_t matrix[50][400];
  const int32_t* list[50];
  for (int i = 0; i < 50; ++i) {
    list[i] = matrix[i];
    for (int j = 0; j < 400; ++j) matrix[i][j] = i * j;
  }
  uint64_t hash = 0;
  toy_status status = toy_hash_rows(50, 400, list, &hash);
  say("a matrix", status, hash);
  status = toy_hash_rows(3, 7, list, &hash);
  say("a part of it", status, hash);
  list[1] = list[0];
  status = toy_hash_rows(2, 400, list, &hash);
  say("one row twice", status, hash);
  list[1] = NULL;
  say("a row that is none", toy_hash_rows(3, 7, list, &hash), 0);
}

/* Memory that the library goes on using until it is given back: what is in it then, and not before,
 * is looked at. */
static void lent(void) {
  toy_ctx ctx = NULL;
  toy_ctx_create(0, &ctx);
  static unsigned char shown[10000], changed[300000], small[100], collected[70000];
  for (size_t i = 0; i < sizeof changed; ++i) changed[i] = (unsigned char)(i >> 5);
  memset(shown, 3, sizeof shown);
  memset(small, 200, sizeof small);
  printf("show: %d\n", toy_lend_input(ctx, sizeof shown, shown));
  printf("lend: %d\n", toy_lend(ctx, sizeof changed, changed));
  printf("lend: %d\n", toy_lend(ctx, sizeof small, small));
  printf("collect: %d\n", toy_lend_output(ctx, sizeof collected, collected));
  for (int step = 0; step < 3; ++step) printf("step: %d\n", toy_step(ctx));
  printf("back: %d\n", toy_give_back(ctx, small));
  printf("one more: %d\n", toy_step(ctx));
  int64_t sum = 0;
  toy_sum(ctx, &sum);
  printf("sum %lld, small %d %d\n", (long long)sum, small[0], small[99]);
  printf("twice: %d\n", toy_give_back(ctx, small));
  printf("none: %d\n", toy_give_back(ctx, changed + 1));
  printf("null: %d\n", toy_give_back(ctx, NULL));
  printf("back: %d\n", toy_give_back(ctx, changed));
  printf("back: %d\n", toy_give_back(ctx, collected));
  printf("back: %d\n", toy_give_back(ctx, shown));
  size_t right = 0;
  for (size_t i = 0; i < sizeof changed; ++i) right += changed[i] == (unsigned char)((i >> 5) + 4);
  printf("changed %zu, shown %d, collected %d %d\n", right, shown[17], collected[0],
         collected[69999]);
  printf("nothing: %d\n", toy_lend(ctx, 0, small));
  printf("nothing back: %d\n", toy_give_back(ctx, small));
  printf("too much: %d\n", toy_lend(ctx, (size_t)-1, small));
  toy_ctx_release(ctx);
}

/* Lists whose lengths no parameter says. */
static void lists_without_length(void) {
  toy_ctx ctx = NULL;
  toy_ctx_create(0, &ctx);
  static int32_t numbers[1100];
  const int32_t weights[] = {1000, 2000, 4000, 8000, 16000};
  int64_t total = 0;
  for (int references = 1; references <= 4; ++references) {
    numbers[100 * references] = 0;
    for (int i = 0; i < 100 * references; ++i) numbers[i] = i + 1;
    const toy_status status = toy_gather(ctx, numbers, weights);
    toy_sum(ctx, &total);
    printf("gathered: %d %lld\n", status, (long long)total);
    toy_ctx_retain(ctx);
  }
  for (int i = 0; i < 1001; ++i) numbers[i] = 1;
  printf("too many: %d", toy_gather(ctx, numbers, weights));
  printf(", none: %d %d\n", toy_gather(ctx, NULL, weights), toy_gather(ctx, numbers, NULL));
  for (int references = 0; references < 5; ++references) toy_ctx_release(ctx);
}

static unsigned sum(const unsigned char* bytes, size_t size) {
  unsigned value = 2166136261u;
  for (size_t i = 0; i < size; ++i) value = (value ^ bytes[i]) * 16777619u;
  return value;
}

/* The library writes to memory that a struct leads to, and moves the struct's position on: from a
 * few bytes to more than any frame holds, and nothing beside what it wrote. */
static void streams(toy_ctx ctx) {
  static unsigned char from[300000], to[400000];
  for (size_t i = 0; i < sizeof from; ++i) from[i] = (unsigned char)(i * i >> 3);
  static const size_t kRooms[] = {0, 1, 77, 4096, 5000, 65536, 250000};
  for (size_t i = 0; i < sizeof kRooms / sizeof *kRooms; ++i) {
    memset(to, 0xee, sizeof to);
    toy_source source = {from, sizeof from, 13};
    toy_sink sink = {to, 7 + kRooms[i], 7, (toy_ctx)&sink, (const char*)1, 40};
    const toy_status status = toy_stream(ctx, &sink, &source);
    printf("stream %zu: %d to %zu from %zu, %d, %u, %08x\n", kRooms[i], status, sink.pos,
           source.pos, sink.last == ctx, sink.calls, sum(to, sizeof to));
    printf("  the same memory: %d, %s\n", sink.data == to && source.data == from, sink.end);
  }
  toy_sink sink = {to, sizeof to, 0, ctx, NULL, 0};
  for (size_t at = 0; at < sizeof from;) {
    toy_source source = {from, at + 33333 < sizeof from ? at + 33333 : sizeof from, at};
    if (toy_stream(ctx, &sink, &source) != TOY_OK) break;
    at = source.pos;
  }
  printf("in parts: %zu %u %08x\n", sink.pos, sink.calls, sum(to, sizeof to));
  toy_source source = {from, 10, 11};
  toy_status status = toy_stream(ctx, &sink, &source);
  printf("a position behind the end: %d, %zu %zu\n", status, sink.pos, source.pos);
  source = (toy_source){NULL, 0, 0};
  status = toy_stream(ctx, &sink, &source);
  printf("nothing: %d, %zu %zu, %d\n", status, sink.pos, source.pos, sink.end == NULL);
  printf("null: %d\n", toy_stream(ctx, &sink, NULL));
}

/* Memory to write to in several pieces, some of them none. */
static void pieces(void) {
  static int32_t large[20000];
  int32_t small[10] = {0}, other[3] = {-1, -1, -1};
  const toy_piece list[] = {{4, small}, {0, NULL},  {20000, large},
                            {9, NULL},  {2, other}, {3, small + 5}};
  for (uint32_t count = 1; count <= 6; ++count) {
    const toy_status status = toy_count_up(100, count, list);
    printf("%u pieces: %d %08x\n", count, status,
           sum((unsigned char*)small, sizeof small) ^ sum((unsigned char*)other, sizeof other) ^
               sum((unsigned char*)large, sizeof large));
  }
  printf("no pieces: %d %d\n", toy_count_up(0, 0, NULL), toy_count_up(0, 1, NULL));
}

/* A handle that is none, in a struct: as anywhere else. */
static void wrong_handles(void) {
  toy_ctx ctx = NULL;
  toy_ctx_create(0, &ctx);
  toy_ctx_release(ctx);
  int nothing[16] = {0};
  const toy_node node = {.ctx = (toy_ctx)nothing};
  hash_one("no context", &node);
}

static void values(void) {
  const toy_pair pair = toy_turn((toy_pair){7, 2.5});
  printf("turned: %d %g\n", pair.first, pair.second);
  char data[60000];
  memset(data, 'x', sizeof data);
  toy_bytes bytes = {data, 5, {1, 2.0}};
  uint64_t hash = 0;
  toy_status status = toy_hash_bytes(bytes, &hash);
  say("bytes", status, hash);
  bytes.size = sizeof data;
  status = toy_hash_bytes(bytes, &hash);
  say("many bytes", status, hash);
  bytes.data = NULL;
  say("no bytes", toy_hash_bytes(bytes, &hash), 0);
}

/* Bytes that the library goes on reading: small ones, and more than travel in a frame. */
static void kept(void) {
  toy_ctx ctx = NULL;
  toy_ctx_create(0, &ctx);
  static char small[100], large[300000];
  memset(small, 's', sizeof small);
  memset(large, 'l', sizeof large);
  printf("keep: %d %d\n", toy_keep(ctx, sizeof small, small), toy_keep(ctx, sizeof large, large));
  printf("keep nothing: %d, null: %d\n", toy_keep(ctx, 0, small), toy_keep(ctx, 1, NULL));
  int64_t numbers[500] = {0};
  const toy_node node = {.kind = TOY_NUMBERS, .count = 500, .value.numbers = numbers};
  for (int i = 0; i < 100; ++i) { /* what else is given reuses other memory */
    uint64_t hash = 0;
    toy_hash_nodes(1, &node, &hash);
  }
  uint64_t hash = 0;
  const toy_status status = toy_hash_kept(ctx, &hash);
  say("kept", status, hash);
  printf("release: %d\n", toy_ctx_release(ctx));
}

/* A struct of functions: what the library has not is null, and what AvA has not says so. */
static void tables(toy_ctx ctx) {
  printf("version 3: %d\n", toy_functions(3) != NULL);
  const toy_table* first = toy_functions(1);
  const toy_table* second = toy_functions(2);
  if (first == NULL || second == NULL) return;
  printf("versions: %u %u, reset: %d %d\n", first->version, second->version, first->reset != NULL,
         second->reset != NULL);
  printf("the same: %d, others: %d\n", toy_functions(2) == second, first != second);
  int64_t sum = -1;
  printf("sum: %d", first->toy_sum(ctx, &sum));
  printf(" %lld\n", (long long)sum);
  printf("add: %d\n", second->add(ctx, TOY_ADD, 1));
  printf("reset: %d, none: %d\n", second->reset(ctx), second->reset(NULL));
  printf("sum: %d", second->toy_sum(ctx, &sum));
  printf(" %lld\n", (long long)sum);
}

/* A size that goes both ways. */
static void names(toy_ctx ctx) {
  for (size_t room = 0; room < 7; ++room) {
    char name[8] = "-------";
    size_t size = room;
    const toy_status status = toy_name(ctx, name, &size);
    printf("name in %zu: %d %zu %.3s, then %d\n", room, status, size, name, name[4]);
  }
  size_t size = 100;
  printf("no room: %d", toy_name(ctx, NULL, &size));
  printf(" %zu, no size: %d\n", size, toy_name(ctx, NULL, NULL));
}

/* Texts of the library's own, each at one address. */
static void texts(void) {
  for (int status = 1; status >= -6; --status) {
    const char* text = toy_status_text(status);
    printf("status %d: %s %d\n", status, text != NULL ? text : "none",
           text == toy_status_text(status));
  }
}

/* What the library calls back as it stands in a struct. */
struct heard {
  toy_ctx ctx;
  int32_t values[16];
  int count;
  int64_t sum;
  sem_t ended;
};

static void on_each(toy_ctx ctx, int32_t value, void* user_data) {
  struct heard* heard = user_data;
  if (ctx == heard->ctx && heard->count < 16) heard->values[heard->count++] = value;
}

static void on_end(toy_ctx ctx, int64_t sum, void* user_data) {
  struct heard* heard = user_data;
  heard->sum = ctx == heard->ctx ? sum : -1;
  sem_post(&heard->ended);
}

static void say_heard(const char* what, toy_status status, struct heard* heard) {
  if (status == TOY_OK) sem_wait(&heard->ended);
  printf("%s: %d, %lld of", what, status, (long long)heard->sum);
  for (int i = 0; i < heard->count; ++i) printf(" %d", heard->values[i]);
  printf("\n");
  heard->count = 0;
  heard->sum = 0;
}

static void reports(toy_ctx ctx) {
  struct heard heard = {.ctx = ctx};
  sem_init(&heard.ended, 0, 0);
  struct heard ended = {.ctx = ctx}; /* other user data */
  sem_init(&ended.ended, 0, 0);
  const int32_t values[] = {7, -3, 11};
  toy_reports both = {on_each, &heard, 5, on_end, &heard};
  say_heard("reports", toy_report(ctx, 3, values, &both), &heard);
  /* The numbers are the library's, the rest is as it was. */
  printf("calls: %u, as before: %d\n", both.calls,
         both.each == on_each && both.each_data == &heard && both.end == on_end &&
             both.user_data == &heard);
  say_heard("again", toy_report(ctx, 1, values, &both), &heard);
  say_heard("by value", toy_report_up_to(ctx, 4, both), &heard);
  toy_reports only_end = {.each_data = &heard, .end = on_end, .user_data = &ended};
  say_heard("the end alone", toy_report(ctx, 2, values, &only_end), &ended);
  toy_reports none = {.each = on_each, .each_data = &heard, .user_data = &heard};
  say_heard("no end", toy_report(ctx, 1, values, &none), &heard);
  say_heard("too many", toy_report_up_to(ctx, 17, both), &heard);
  printf("no struct: %d\n", toy_report(ctx, 1, values, NULL));
  sem_destroy(&heard.ended);
  sem_destroy(&ended.ended);
}

static void say_operation(const toy_operation* operation) {
  printf("  %d %s:", operation->op, operation->name != NULL ? operation->name : "none");
  for (uint32_t i = 0; i < operation->count; ++i) {
    printf(" %lld", (long long)operation->examples[i]);
  }
  printf(" %d\n", operation->examples != NULL);
}

static void say_catalog(const toy_catalog* catalog, toy_ctx ctx) {
  printf(" form %d of %u: %d %d\n", catalog->form, catalog->count, catalog->ctx == ctx,
         catalog->reserved == NULL);
  if (catalog->form == TOY_TEXT) {
    printf("  %s\n", catalog->value.text);
  } else {
    for (uint32_t i = 0; i < catalog->count; ++i) say_operation(&catalog->value.operations[i]);
    printf("  there: %d\n", catalog->value.operations != NULL);
  }
  for (uint32_t i = 0; i < catalog->num_words; ++i) {
    printf("  %s\n", catalog->words[i] != NULL ? catalog->words[i] : "none");
  }
}

/* Memory of the library's own, at one address each. */
static void catalogs(toy_ctx ctx) {
  toy_catalog all[4];
  memset(all, 0x5a, sizeof all);
  printf("describe: %d\n", toy_describe(ctx, 0, 4, all));
  for (int i = 0; i < 4; ++i) say_catalog(&all[i], ctx);
  toy_catalog again;
  printf("again: %d\n", toy_describe(ctx, 1, 1, &again));
  printf("the same: %d %d\n", again.value.operations == all[1].value.operations,
         again.words == all[1].words);
  memset(&again, 0x5a, sizeof again);
  printf("too many: %d", toy_describe(ctx, 3, 2, &again));
  printf(" %x, nowhere: %d %d\n", again.count, toy_describe(ctx, 0, 1, NULL),
         toy_describe(ctx, 0, 0, NULL));
  toy_operation operation = {TOY_SUBTRACT, "what?", 7, (const int64_t*)1};
  printf("complete: %d\n", toy_complete(&operation));
  say_operation(&operation);
  operation.op = 1000;
  printf("unknown: %d\n", toy_complete(&operation));
  say_operation(&operation);
}

int main(void) {
  toy_ctx ctx = NULL;
  if (toy_ctx_create(0, &ctx) != TOY_OK) return 1;
  toy_add(ctx, TOY_ADD, 41);
  members(ctx);
  lists(ctx);
  chains();
  rows();
  lent();
  texts();
  lists_without_length();
  streams(ctx);
  pieces();
  wrong_handles();
  values();
  kept();
  tables(ctx);
  names(ctx);
  reports(ctx);
  catalogs(ctx);
  printf("release: %d\n", toy_ctx_release(ctx));
  return 0;
}
