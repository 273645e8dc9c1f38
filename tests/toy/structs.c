/* The toy's functions that take structs: what they lead to, they walk. */
#include <stdlib.h>
#include <string.h>

#include "toy.h"

enum { kMaxMet = 4096 };

/* Nodes in the order in which they were met. */
struct walk {
  const toy_node* met[kMaxMet];
  uint32_t count;
  uint64_t hash;
  toy_status status;
};

static void add(struct walk* walk, const void* data, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    walk->hash = (walk->hash ^ ((const unsigned char*)data)[i]) * 0x100000001b3u;
  }
}
static void add_number(struct walk* walk, int64_t number) { add(walk, &number, sizeof number); }

/* One after the other, not one inside the other: a list may be long. */
static void meet(struct walk* walk, const toy_node* node) {
  uint32_t known = 0;
  while (known < walk->count && walk->met[known] != node) ++known;
  add_number(walk, known);
  if (known < walk->count) return;
  if (walk->count == kMaxMet) {
    walk->status = TOY_ENOMEM;
    return;
  }
  walk->met[walk->count++] = node;
}

static void visit(struct walk* walk, const toy_node* node) {
  if (node->name != NULL) add(walk, node->name, strlen(node->name) + 1);
  add_number(walk, node->kind);
  switch (node->kind) {
    case TOY_NUMBERS:
      if (node->value.numbers != NULL) {
        add(walk, node->value.numbers, node->count * sizeof(int64_t));
      }
      break;
    case TOY_TEXT:
      if (node->value.text != NULL) add(walk, node->value.text, strlen(node->value.text) + 1);
      break;
    case TOY_NODES:
      for (uint32_t i = 0; node->value.nodes != NULL && i < node->count; ++i) {
        meet(walk, &node->value.nodes[i]);
      }
      break;
    case TOY_NOTHING:
      break;
    default:
      walk->status = TOY_EINVAL;
  }
  if (node->ctx != NULL) {
    int64_t sum = 0;
    const toy_status status = toy_sum(node->ctx, &sum);
    if (status != TOY_OK) walk->status = status;
    add_number(walk, sum);
  }
  if (node->next != NULL) meet(walk, node->next);
}

static toy_status finish(struct walk* walk, uint64_t* hash) {
  for (uint32_t i = 0; i < walk->count && walk->status == TOY_OK; ++i) visit(walk, walk->met[i]);
  const toy_status status = walk->status;
  if (status == TOY_OK) *hash = walk->hash;
  free(walk);
  return status;
}

static struct walk* start(void) {
  struct walk* walk = calloc(1, sizeof *walk);
  if (walk != NULL) walk->hash = 0xcbf29ce484222325u;
  return walk;
}

toy_status toy_hash_nodes(uint32_t count, const toy_node* nodes, uint64_t* hash) {
  if (hash == NULL || (nodes == NULL && count != 0)) return TOY_EINVAL;
  struct walk* walk = start();
  if (walk == NULL) return TOY_ENOMEM;
  for (uint32_t i = 0; i < count; ++i) meet(walk, &nodes[i]);
  return finish(walk, hash);
}

toy_status toy_hash_list(uint32_t count, const toy_node* const* nodes, uint64_t* hash) {
  if (hash == NULL || (nodes == NULL && count != 0)) return TOY_EINVAL;
  struct walk* walk = start();
  if (walk == NULL) return TOY_ENOMEM;
  for (uint32_t i = 0; i < count; ++i) {
    if (nodes[i] != NULL) meet(walk, nodes[i]);
  }
  return finish(walk, hash);
}

toy_status toy_hash_rows(uint32_t rows, uint32_t columns, const int32_t* const* values,
                         uint64_t* hash) {
  if (hash == NULL || (values == NULL && rows != 0)) return TOY_EINVAL;
  for (uint32_t i = 0; i < rows; ++i) {
    if (values[i] == NULL) return TOY_EINVAL;
  }
  struct walk* walk = start();
  if (walk == NULL) return TOY_ENOMEM;
  for (uint32_t i = 0; i < rows; ++i) add(walk, values[i], columns * sizeof(int32_t));
  return finish(walk, hash);
}

toy_status toy_stream(toy_ctx ctx, toy_sink* sink, toy_source* source) {
  if (sink == NULL || source == NULL) return TOY_EINVAL;
  if (sink->pos > sink->size || source->pos > source->size) return TOY_EINVAL;
  const unsigned char* from = source->data;
  unsigned char* to = sink->data;
  while (sink->pos < sink->size && source->pos < source->size) {
    to[sink->pos++] = (unsigned char)~from[source->pos++];
  }
  sink->last = ctx;
  sink->end = sink->pos == sink->size ? "full" : source->size == 0 ? NULL : "no more";
  ++sink->calls;
  return TOY_OK;
}

toy_status toy_count_up(int32_t first, uint32_t count, const toy_piece* pieces) {
  if (pieces == NULL && count != 0) return TOY_EINVAL;
  for (uint32_t i = 0; i < count; ++i) {
    if (pieces[i].numbers == NULL) continue;
    for (uint32_t j = 0; j < pieces[i].count; ++j) pieces[i].numbers[j] = first++;
  }
  return TOY_OK;
}

toy_pair toy_turn(toy_pair pair) { return (toy_pair){(int32_t)pair.second, (double)pair.first}; }

toy_status toy_hash_bytes(toy_bytes bytes, uint64_t* hash) {
  if (hash == NULL || (bytes.data == NULL && bytes.size != 0)) return TOY_EINVAL;
  struct walk* walk = start();
  if (walk == NULL) return TOY_ENOMEM;
  add(walk, bytes.data, bytes.size);
  add_number(walk, bytes.pair.first);
  add_number(walk, (int64_t)bytes.pair.second);
  return finish(walk, hash);
}

toy_status toy_report(toy_ctx ctx, uint32_t count, const int32_t* values, toy_reports* reports) {
  if (reports == NULL || reports->end == NULL || (values == NULL && count != 0)) return TOY_EINVAL;
  int64_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    sum += values[i];
    if (reports->each == NULL) continue;
    reports->each(ctx, values[i], reports->each_data);
    ++reports->calls;
  }
  reports->end(ctx, sum, reports->user_data);
  ++reports->calls;
  return TOY_OK;
}

toy_status toy_report_up_to(toy_ctx ctx, int32_t last, toy_reports reports) {
  int32_t values[16];
  if (last > 16) return TOY_EINVAL;
  for (int32_t i = 0; i < last; ++i) values[i] = i + 1;
  return toy_report(ctx, last < 0 ? 0 : (uint32_t)last, values, &reports);
}

static const int64_t kExamples[] = {1, -2, 3000000000};
static const toy_operation kOperations[] = {
    {TOY_ADD, "add", 3, kExamples},
    {TOY_SUBTRACT, "subtract", 2, kExamples + 1},
    {77, NULL, 0, kExamples}, /* nothing, and yet somewhere */
    {78, "", 0, NULL},
};
static const char* const kWords[] = {"some", NULL, "words", ""};

static toy_catalog catalog(int form, toy_ctx ctx) {
  switch (form) {
    case 0:
      return (toy_catalog){.form = TOY_NOTHING, .ctx = ctx};
    case TOY_NUMBERS:
      return (toy_catalog){TOY_NUMBERS, 4, {kOperations}, ctx, 4, kWords, NULL};
    case TOY_TEXT:
      return (toy_catalog){.form = TOY_TEXT, .count = 9, .value.text = "a text", .ctx = ctx};
    default:
      return (toy_catalog){TOY_NODES, 0, {kOperations}, NULL, 1, kWords, NULL};
  }
}

toy_status toy_describe(toy_ctx ctx, int first, uint32_t count, toy_catalog* catalogs) {
  if (first < 0 || first > 3 || count > 4u - (uint32_t)first || (catalogs == NULL && count != 0)) {
    return TOY_EINVAL;
  }
  for (uint32_t i = 0; i < count; ++i) catalogs[i] = catalog(first + (int)i, ctx);
  return TOY_OK;
}

toy_status toy_complete(toy_operation* operation) {
  if (operation == NULL) return TOY_EINVAL;
  for (size_t i = 0; i < sizeof kOperations / sizeof *kOperations; ++i) {
    if (kOperations[i].op != operation->op) continue;
    *operation = kOperations[i];
    return TOY_OK;
  }
  return TOY_EINVAL;
}
