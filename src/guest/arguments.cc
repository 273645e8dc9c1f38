// A call's inputs and outputs: inside the frame and the reply where they are small, in the arena or
// a spill where they are not.
#include "guest/bulk.h"
#include "guest/call.h"
#include "guest/channel.h"
#include "guest/readable.h"
#include "guest/runtime.h"

namespace ava::guest {
namespace {

constexpr uint64_t kNullString = ~uint64_t{0};

wire::Bulk reference_to(const Block& block, uint64_t size, uint32_t slot) noexcept {
  return {block.offset, size, static_cast<uint32_t>(block.space), slot};
}

}  // namespace

bool Call::fits_inline(uint64_t size) const noexcept {
  const CallScratch& scratch = channel_->scratch();
  return size <= marshal::kMaxInline && scratch.inline_in + size <= marshal::kMaxInlineTotal &&
         scratch.fits(size);
}

Bytes Call::copy_inline(const void* data, uint64_t size) noexcept {
  CallScratch& scratch = channel_->scratch();
  scratch.inline_in += size;
  return scratch.builder.CreateVector(static_cast<const uint8_t*>(data), size);
}

bool Call::take(uint64_t size, OnFull on_full, Block& block) noexcept {
  const auto taken = take_block(channel_->session(), runtime_->settings(), size, on_full);
  if (!taken) {
    fail(taken.error());
    return false;
  }
  block = *taken;
  return true;
}

// For the length of the call.
bool Call::take_for_call(uint64_t size, Block& block) noexcept {
  if (!take(size, OnFull::kWait, block)) return false;
  if (channel_->scratch().blocks.append(block)) return true;
  give_back(channel_->session(), block);
  fail(marshal::Outcome::kExhausted);
  return false;
}

// The kernel is asked once about the same bytes, so that a call that is made again and again makes
// no system call. What fits into a frame is not worth the question.
bool Call::is_there(const void* data, uint64_t size) noexcept {
  if (size <= marshal::kMaxInline) return true;
  if (size > marshal::kMaxSpill) return false;
  constexpr uint32_t kNoFunction = 0;
  uint64_t key = LearnedCalls::extend(LearnedCalls::start(kNoFunction), &data, sizeof data);
  key = LearnedCalls::extend(key, &size, sizeof size);
  if (runtime_->learned().knows(key)) return true;
  if (!readable(data, size)) return false;
  runtime_->learned().insert(key);
  return true;
}

wire::Bulk Call::missing(uint64_t size) noexcept {
  channel_->scratch().doubtful = true;
  return reference_to({marshal::Space::kMissing, 0}, size, 0);
}

// `size` bytes of an input, of which not all `extent` at `data` are there.
wire::Bulk Call::missing_input(const void* data, uint64_t extent, uint64_t size) noexcept {
  channel_->scratch().missing = data;
  channel_->scratch().missing_size = extent;
  return missing(size);
}

// Copies a box's content into a block for the length of the call.
wire::Bulk Call::stage(const void* data, const marshal::Box& box) noexcept {
  const uint64_t size = marshal::content(box);
  Block block;
  if (!take_for_call(size, block)) return {};
  if (auto copied = BlockWriter(*channel_, block, size).append_box(data, box); !copied) {
    fail(copied.error());
    return {};
  }
  return reference_to(block, size, 0);
}

// The same into a block that is given back when its slot is completed.
wire::Bulk Call::stage_until(const void* data, const marshal::Box& box) noexcept {
  const uint64_t size = marshal::content(box);
  Block block;
  if (!take(size, OnFull::kSpill, block)) return {};
  if (auto copied = BlockWriter(*channel_, block, size).append_box(data, box); !copied) {
    give_back(channel_->session(), block, channel_);
    fail(copied.error());
    return {};
  }
  const uint32_t slot = take_slot(block, nullptr, marshal::one_row(size));
  return slot != 0 ? reference_to(block, size, slot) : wire::Bulk{};
}

In Call::in(const void* data, uint64_t size, unsigned parameter) noexcept {
  pointer(parameter, data);
  In result;
  if (failed() || data == nullptr) return result;
  if (fits_inline(size)) {
    result.bytes = copy_inline(data, size);
    return result;
  }
  if (!is_there(data, size)) {
    result.bulk = missing_input(data, size, size);
    return result;
  }
  result.bulk = stage(data, marshal::one_row(size));
  return result;
}

// Points `result` at the pending output that brings these bytes, where one does. False: they are in
// memory, or the call failed.
bool Call::pull(const void* data, uint64_t size, bool until_complete, In& result) noexcept {
  Session& session = channel_->session();
  CallScratch& scratch = channel_->scratch();
  Reclaim reclaim(session, runtime_->settings());
  for (;;) {
    Block block{};
    uint64_t offset = 0;
    PendingBulk::Slot slot{};
    const auto source = session.pending().source(data, size, until_complete, block, offset, slot);
    if (source == PendingBulk::Source::kMemory) return false;
    if (source == PendingBulk::Source::kOutput && slot.ticket != 0) {
      if ((until_complete ? scratch.tickets : scratch.pins).append(slot.ticket)) {
        result.bulk = reference_to({block.space, block.offset + offset}, size, slot.number);
        return true;
      }
      session.pending().cancel(slot.ticket, *channel_);
      fail(Error::kExhausted);
      return false;
    }
    if (auto room = reclaim.again(); !room) {
      fail(room.error());
      return false;
    }
  }
}

In Call::in_turn(const void* data, uint64_t size, unsigned parameter) noexcept {
  pointer(parameter, data);
  In result;
  if (failed() || data == nullptr) return result;
  if (size != 0 && (pull(data, size, false, result) || failed())) return result;
  return in(data, size, parameter);
}

In Call::in_until(const void* data, uint64_t size, unsigned parameter) noexcept {
  pointer(parameter, data);
  In result;
  if (failed() || data == nullptr) return result;
  if (size == 0) {
    result.bytes = copy_inline(data, 0);
    return result;
  }
  if (pull(data, size, true, result) || failed()) return result;
  if (!is_there(data, size)) return in(data, size, parameter);
  result.bulk = stage_until(data, marshal::one_row(size));
  return result;
}

In Call::in_string(const char* text, unsigned parameter) noexcept {
  return in(text, text != nullptr ? std::strlen(text) + 1 : 0, parameter);
}

InList Call::in_elements(const void* list, uint64_t count, const size_t* sizes,
                         bool zero_terminated, unsigned parameter) noexcept {
  pointer(parameter, list);
  InList result;
  if (failed() || list == nullptr) return result;
  CallScratch& scratch = channel_->scratch();
  if (count > marshal::kMaxList || !scratch.fits(count * sizeof(uint64_t))) {
    fail(marshal::Outcome::kExhausted);
    return result;
  }
  const auto* const strings = static_cast<const char* const*>(list);
  uint64_t* lengths = nullptr;
  result.sizes = scratch.builder.CreateUninitializedVector(count, &lengths);
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t size = sizes != nullptr ? sizes[i] : 0;
    lengths[i] = strings[i] == nullptr          ? kNullString
                 : size == 0 && zero_terminated ? std::strlen(strings[i])
                                                : size;
    if (strings[i] != nullptr) total = marshal::saturating_add(total, lengths[i]);
    result.some_null |= strings[i] == nullptr;
  }
  const auto length = [&](uint64_t i) { return strings[i] != nullptr ? lengths[i] : 0; };

  if (fits_inline(total)) {
    // The builder grows downwards inside one buffer: `lengths` stays where it is.
    uint8_t* bytes = nullptr;
    result.in.bytes = scratch.builder.CreateUninitializedVector(total, &bytes);
    scratch.inline_in += total;
    for (uint64_t i = 0; i < count; bytes += length(i), ++i) {
      if (length(i) != 0) std::memcpy(bytes, strings[i], length(i));
    }
    return result;
  }
  Block block;
  if (!take_for_call(total, block)) return result;
  BlockWriter writer(*channel_, block, total);
  for (uint64_t i = 0; i < count; ++i) {
    if (length(i) == 0) continue;
    if (auto copied = writer.append(strings[i], length(i)); !copied) {
      fail(copied.error());
      return result;
    }
  }
  result.in.bulk = reference_to(block, total, 0);
  return result;
}

Graph Call::graph(const void* root, uint64_t count, unsigned parameter, marshal::ShapeId shape,
                  std::span<const marshal::Shape> shapes, uint64_t inner, bool filled) noexcept {
  pointer(parameter, root);
  Graph result;
  if (failed() || root == nullptr) return result;
  struct CallIds final : GraphBuilder::Ids {
    explicit CallIds(Call& made_by) : call(made_by) {}
    marshal::ObjectId id_of(const void* handle, marshal::TypeId type) noexcept override {
      return call.handle(handle, type);
    }
    uint64_t closure_of(const void* function, void* user_data,
                        const marshal::GraphField& field) noexcept override {
      const IfLost if_lost{field.says_lost ? field.of : IfLost::kNone};
      return call.closure(function, user_data, field.once, nullptr, if_lost);
    }
    Call& call;
  } ids(*this);
  CallScratch& scratch = channel_->scratch();
  GraphBuilder* const found = scratch.next_graph();
  if (found == nullptr) {
    fail(marshal::Outcome::kExhausted);
    return result;
  }
  GraphBuilder& graph = *found;
  if (auto built = graph.build(root, count, shape, inner, shapes, ids, filled); !built) {
    fail(built.error());
  }
  if (failed()) return result;
  if (!scratch.fits(graph.size())) {
    fail(marshal::Outcome::kExhausted);
    return result;
  }
  if (graph.some_null()) scratch.doubtful = true;  // the call is refused: nobody foresees success
  result.found = found;
  if (graph.output_size() > marshal::kMaxSpill) {
    fail(marshal::Outcome::kExhausted);
    return result;
  }
  if (graph.output_size() != 0) result.output = out(graph.root(), graph.output_size(), parameter);
  uint8_t* bytes = nullptr;
  result.bytes = scratch.builder.CreateUninitializedVector(graph.size(), &bytes);
  graph.write(reinterpret_cast<std::byte*>(bytes));

  const uint64_t total = graph.data_size();
  if (fits_inline(total)) {
    result.data.bytes = scratch.builder.CreateUninitializedVector(total, &bytes);
    scratch.inline_in += total;
    graph.each_data([&](const void* data, uint64_t size) {
      std::memcpy(bytes, data, size);
      bytes += size;
      return true;
    });
    return result;
  }
  Block block;
  if (!take_for_call(total, block)) return result;
  BlockWriter writer(*channel_, block, total);
  const bool copied = graph.each_data([&](const void* data, uint64_t size) {
    const auto appended = writer.append(data, size);
    if (!appended) fail(appended.error());
    return appended.has_value();
  });
  if (copied) result.data.bulk = reference_to(block, total, 0);
  return result;
}

Graph Call::graph_and_back(const void* root, uint64_t count, unsigned parameter,
                           marshal::ShapeId shape, std::span<const marshal::Shape> shapes,
                           bool filled) noexcept {
  const Graph result = graph(root, count, parameter, shape, shapes, 1, filled);
  if (failed() || root == nullptr) return result;
  CallScratch& scratch = channel_->scratch();
  scratch.inline_out += result.found->sent_root().size();
  if (scratch.inline_out > marshal::kMaxInlineTotal) fail(marshal::Outcome::kExhausted);
  return result;
}

// Rectangles with gaps have no block of a pending output's to name: what is pending lands first.
bool Call::await_outputs(const void* data, const marshal::Box& box) noexcept {
  Reclaim reclaim(channel_->session(), runtime_->settings());
  while (channel_->session().pending().brings(data, marshal::extent(box))) {
    if (auto room = reclaim.again(); !room) {
      fail(room.error());
      return false;
    }
  }
  return true;
}

In Call::in_box(const void* data, const marshal::Box& box, unsigned parameter) noexcept {
  if (marshal::is_packed(box)) return in_turn(data, marshal::content(box), parameter);
  pointer(parameter, data);
  In result;
  if (failed() || data == nullptr || !await_outputs(data, box)) return result;
  const uint64_t size = marshal::content(box);
  if (!is_there(data, marshal::extent(box))) {
    result.bulk = missing_input(data, marshal::extent(box), size);
    return result;
  }
  if (fits_inline(size)) {
    uint8_t* bytes = nullptr;
    channel_->scratch().inline_in += size;
    result.bytes = channel_->scratch().builder.CreateUninitializedVector(size, &bytes);
    marshal::copy_box(bytes, marshal::packed(box), data, box);
    return result;
  }
  result.bulk = stage(data, box);
  return result;
}

In Call::in_box_until(const void* data, const marshal::Box& box, unsigned parameter) noexcept {
  if (marshal::is_packed(box)) return in_until(data, marshal::content(box), parameter);
  pointer(parameter, data);
  In result;
  if (failed() || data == nullptr || !await_outputs(data, box)) return result;
  const uint64_t size = marshal::content(box);
  if (!is_there(data, marshal::extent(box))) {
    result.bulk = missing_input(data, marshal::extent(box), size);
    return result;
  }
  result.bulk = stage_until(data, box);
  return result;
}

Out Call::out_box_until(void* data, const marshal::Box& box, unsigned parameter) noexcept {
  pointer(parameter, data);
  Out result;
  const uint64_t size = marshal::content(box);
  if (failed() || data == nullptr) return result;
  if (size == 0) {
    result.bulk = {0, 0, static_cast<uint32_t>(marshal::Space::kInline), 0};
    return result;
  }
  if (size > marshal::kMaxSpill) {
    result.bulk = missing(size);
    return result;
  }
  Block block;
  if (!take(size, OnFull::kSpill, block)) return result;
  const uint32_t slot = take_slot(block, data, box);
  if (slot != 0) result.bulk = reference_to(block, size, slot);
  return result;
}

Out Call::out(void* data, uint64_t size, unsigned parameter) noexcept {
  pointer(parameter, data);
  Out result;
  if (failed() || data == nullptr) return result;
  CallScratch& scratch = channel_->scratch();
  if (size <= marshal::kMaxInline && scratch.inline_out + size <= marshal::kMaxInlineTotal) {
    scratch.inline_out += size;
    result.bulk = {0, size, static_cast<uint32_t>(marshal::Space::kInline), 0};
    return result;
  }
  if (size > marshal::kMaxSpill) {
    result.bulk = missing(size);
    return result;
  }
  Block block;
  if (!take_for_call(size, block)) return result;
  result.bulk = reference_to(block, size, 0);
  return result;
}

Out Call::out_until(void* data, uint64_t size, unsigned parameter) noexcept {
  return out_box_until(data, marshal::one_row(size), parameter);
}

// The block is then given back when the slot is completed. 0: the call failed.
uint32_t Call::take_slot(const Block& block, void* destination, const marshal::Box& box) noexcept {
  Session& session = channel_->session();
  Reclaim reclaim(session, runtime_->settings());
  PendingBulk::Slot slot = session.pending().add(block, destination, box);
  while (slot.number == 0) {
    if (auto room = reclaim.again(); !room) {
      give_back(session, block, channel_);
      fail(room.error());
      return 0;
    }
    slot = session.pending().add(block, destination, box);
  }
  if (channel_->scratch().tickets.append(slot.ticket)) return slot.number;
  session.pending().cancel(slot.ticket, *channel_);
  fail(Error::kExhausted);
  return 0;
}

uint64_t Call::closure(const void* function, void* user_data, bool once, const void* about,
                       IfLost if_lost) noexcept {
  if (failed()) return 0;
  if (function == nullptr) return user_data == nullptr ? 0 : marshal::kNoFunction;
  Session& session = channel_->session();
  const uint64_t number =
      session.closures().add({const_cast<void*>(function), user_data, once, about, if_lost});
  if (number == 0 || !channel_->scratch().closures.append(number) || !session.upcalls().start()) {
    session.closures().drop(number);
    fail(marshal::Outcome::kExhausted);
    return 0;
  }
  return number;
}

}  // namespace ava::guest
