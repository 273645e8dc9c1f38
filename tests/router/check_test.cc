// What generated checks rely on: each helper accepts what a genuine guest library sends, and names
// what it rejects.
#include "router/check.h"

#include <gtest/gtest.h>

#include <vector>

#include "marshal/bounds.h"

namespace ava::router {
namespace {

using marshal::Space;

constexpr marshal::TypeId kType = 3;
constexpr CheckContext kContext{.arena_size = 1 << 20};

wire::Bulk bulk(Space space, uint64_t offset, uint64_t size, uint32_t slot = 0) {
  return {offset, size, static_cast<uint32_t>(space), slot};
}

// Makes vectors as they stand in a verified table.
class CheckTest : public testing::Test {
 protected:
  template <typename T>
  const flatbuffers::Vector<T>* vector(const std::vector<T>& values) {
    return flatbuffers::GetTemporaryPointer(builder_, builder_.CreateVector(values));
  }
  const flatbuffers::Vector<uint8_t>* bytes(size_t count, uint8_t last = 1) {
    std::vector<uint8_t> values(count, 1);
    if (count > 0) values.back() = last;
    return vector(values);
  }
  marshal::ObjectId id(marshal::TypeId type = kType) { return marshal::make_id(type, 1, 7, false); }

 private:
  flatbuffers::FlatBufferBuilder builder_{1024};
};

TEST_F(CheckTest, AnIdIsNullOrOfItsType) {
  EXPECT_EQ(check_id(0, kType), Error::kOk);
  EXPECT_EQ(check_id(id(), kType), Error::kOk);
  EXPECT_EQ(check_id(id(kType + 1), kType), Error::kBadId);
  EXPECT_EQ(check_id(marshal::make_id(kType, 1, 0, false), kType), Error::kBadId);
  EXPECT_EQ(check_id(marshal::make_id(kType, 1, marshal::kMaxObjects, false), kType),
            Error::kBadId);
  EXPECT_EQ(check_id(0xdeadbeef, kType), Error::kBadId) << "a pointer instead of an id";
}

TEST_F(CheckTest, MirroredMemoryIsNamedOnlyWhereItIsLookedFor) {
  const auto there = bulk(Space::kMirrored, 0x7f0012345678, 100);
  EXPECT_EQ(check_in_or_mirrored(nullptr, &there, true, 100, kContext), Error::kOk);
  EXPECT_EQ(check_out_or_mirrored(&there, true, 100, kContext), Error::kOk);
  EXPECT_EQ(check_in(nullptr, &there, true, 100, kContext), Error::kBadReference);
  EXPECT_EQ(check_out(&there, true, 100, kContext), Error::kBadReference);
  EXPECT_EQ(check_in_or_mirrored(nullptr, &there, true, 99, kContext), Error::kBadReference);
  EXPECT_EQ(check_out_or_mirrored(&there, true, 101, kContext), Error::kBadReference);
  EXPECT_EQ(check_out_or_mirrored(&there, false, 100, kContext), Error::kBadReference);
  EXPECT_EQ(check_in_or_mirrored(bytes(100), &there, true, 100, kContext), Error::kBadBody);
  const auto later = bulk(Space::kMirrored, 0x7f0012345678, 100, 3);
  EXPECT_EQ(check_out_or_mirrored(&later, true, 100, kContext), Error::kBadReference);
  EXPECT_EQ(check_in_or_mirrored(bytes(100), nullptr, true, 100, kContext), Error::kOk);
}

TEST_F(CheckTest, AListOfIdsHasTheCallsCount) {
  const auto* two = vector<uint64_t>({id(), 0});
  EXPECT_EQ(check_ids(two, true, 2, kType), Error::kOk);
  EXPECT_EQ(check_ids(two, true, 3, kType), Error::kBadBody);
  EXPECT_EQ(check_ids(two, true, uint64_t{2} << 32 | 2, kType), Error::kBadBody);
  EXPECT_EQ(check_ids(two, false, 2, kType), Error::kBadBody);
  EXPECT_EQ(check_ids(nullptr, false, 2, kType), Error::kOk);
  EXPECT_EQ(check_ids(nullptr, true, 0, kType), Error::kOk);
  EXPECT_EQ(check_ids(nullptr, true, 1, kType), Error::kBadBody);
  EXPECT_EQ(check_ids(vector<uint64_t>({id(), id(kType + 1)}), true, 2, kType), Error::kBadId);
  const std::vector<uint64_t> many(marshal::kMaxList + 1, id());
  EXPECT_EQ(check_ids(vector(many), true, many.size(), kType), Error::kBadBody);
}

TEST_F(CheckTest, AnInputIsInlineOrAReferenceOfExactlyItsSize) {
  const auto in_arena = bulk(Space::kArena, 64, 100);
  EXPECT_EQ(check_in(bytes(8), nullptr, true, 8, kContext), Error::kOk);
  EXPECT_EQ(check_in(bytes(8), nullptr, true, 9, kContext), Error::kBadBody);
  EXPECT_EQ(check_in(nullptr, &in_arena, true, 100, kContext), Error::kOk);
  EXPECT_EQ(check_in(nullptr, &in_arena, true, 101, kContext), Error::kBadReference);
  EXPECT_EQ(check_in(bytes(100), &in_arena, true, 100, kContext), Error::kBadBody);
  EXPECT_EQ(check_in(nullptr, nullptr, true, 100, kContext), Error::kBadBody);
  EXPECT_EQ(check_in(nullptr, nullptr, true, 0, kContext), Error::kOk);
}

TEST_F(CheckTest, ANullInputBringsNoBytes) {
  const auto in_arena = bulk(Space::kArena, 64, 100);
  EXPECT_EQ(check_in(nullptr, nullptr, false, 100, kContext), Error::kOk);
  EXPECT_EQ(check_in(bytes(100), nullptr, false, 100, kContext), Error::kBadBody);
  EXPECT_EQ(check_in(nullptr, &in_arena, false, 100, kContext), Error::kBadBody);
}

TEST_F(CheckTest, AReferenceLiesInsideTheArenaWithoutOverflow) {
  for (const auto& [offset, size] :
       std::vector<std::pair<uint64_t, uint64_t>>{{kContext.arena_size, 1},
                                                  {kContext.arena_size - 1, 2},
                                                  {UINT64_MAX, 2},
                                                  {UINT64_MAX - 1, UINT64_MAX},
                                                  {0, kContext.arena_size + 1}}) {
    const auto outside = bulk(Space::kArena, offset, size);
    EXPECT_EQ(check_in(nullptr, &outside, true, size, kContext), Error::kBadReference);
    EXPECT_EQ(check_out(&outside, true, size, kContext), Error::kBadReference);
    EXPECT_EQ(check_string(nullptr, &outside, true, kContext), Error::kBadReference);
  }
  const auto whole = bulk(Space::kArena, 0, kContext.arena_size);
  EXPECT_EQ(check_in(nullptr, &whole, true, kContext.arena_size, kContext), Error::kOk);
}

TEST_F(CheckTest, AReferenceNamesAKnownSpaceAndSlot) {
  const auto unknown = bulk(static_cast<Space>(9), 0, 8);
  const auto input_in_reply = bulk(Space::kInline, 0, 8);
  const auto no_slot = bulk(Space::kArena, 0, 8, transport::kCompletionSlots);
  const auto last_slot = bulk(Space::kArena, 0, 8, transport::kCompletionSlots - 1);
  EXPECT_EQ(check_in(nullptr, &unknown, true, 8, kContext), Error::kBadReference);
  EXPECT_EQ(check_in(nullptr, &input_in_reply, true, 8, kContext), Error::kBadReference);
  EXPECT_EQ(check_in(nullptr, &no_slot, true, 8, kContext), Error::kBadReference);
  EXPECT_EQ(check_in(nullptr, &last_slot, true, 8, kContext), Error::kOk);
}

TEST_F(CheckTest, ASpillIsBounded) {
  const auto largest = bulk(Space::kSpill, 5, marshal::kMaxSpill);
  const auto larger = bulk(Space::kSpill, 5, marshal::kMaxSpill + 1);
  EXPECT_EQ(check_out(&largest, true, marshal::kMaxSpill, kContext), Error::kOk);
  EXPECT_EQ(check_out(&larger, true, marshal::kMaxSpill + 1, kContext), Error::kBadReference);
}

TEST_F(CheckTest, WhatIsMissingHasAnySizeAndNothingElse) {
  const auto missing = bulk(Space::kMissing, 0, UINT64_MAX);
  const auto somewhere = bulk(Space::kMissing, 8, 100);
  const auto with_slot = bulk(Space::kMissing, 0, 100, 1);
  EXPECT_EQ(check_in(nullptr, &missing, true, UINT64_MAX, kContext), Error::kOk);
  EXPECT_EQ(check_out(&missing, true, UINT64_MAX, kContext), Error::kOk);
  EXPECT_EQ(check_in(nullptr, &missing, true, 100, kContext), Error::kBadReference);
  EXPECT_EQ(check_in(nullptr, &somewhere, true, 100, kContext), Error::kBadReference);
  EXPECT_EQ(check_out(&with_slot, true, 100, kContext), Error::kBadReference);
}

TEST_F(CheckTest, AnInlineStringEndsWithAZero) {
  const auto in_arena = bulk(Space::kArena, 64, 100);
  EXPECT_EQ(check_string(bytes(5, 0), nullptr, true, kContext), Error::kOk);
  EXPECT_EQ(check_string(bytes(5, 1), nullptr, true, kContext), Error::kBadBody);
  EXPECT_EQ(check_string(bytes(0), nullptr, true, kContext), Error::kBadBody);
  EXPECT_EQ(check_string(nullptr, nullptr, true, kContext), Error::kBadBody);
  EXPECT_EQ(check_string(nullptr, nullptr, false, kContext), Error::kOk);
  EXPECT_EQ(check_string(bytes(5, 0), nullptr, false, kContext), Error::kBadBody);
  EXPECT_EQ(check_string(nullptr, &in_arena, true, kContext), Error::kOk);
  EXPECT_EQ(check_string(bytes(5, 0), &in_arena, true, kContext), Error::kBadBody);
}

TEST_F(CheckTest, AListOfStringsHasAsManyBytesAsItsSizesSay) {
  const auto* sizes = vector<uint64_t>({3, ~uint64_t{0}, 2});
  EXPECT_EQ(check_list(bytes(5), nullptr, sizes, true, 3, kContext), Error::kOk);
  EXPECT_EQ(check_list(bytes(6), nullptr, sizes, true, 3, kContext), Error::kBadBody);
  EXPECT_EQ(check_list(bytes(5), nullptr, sizes, true, 2, kContext), Error::kBadBody);
  EXPECT_EQ(check_list(bytes(5), nullptr, sizes, false, 3, kContext), Error::kBadBody);
  EXPECT_EQ(check_list(nullptr, nullptr, nullptr, false, 3, kContext), Error::kOk);
  EXPECT_EQ(check_list(nullptr, nullptr, nullptr, true, 0, kContext), Error::kOk);
  const auto five = bulk(Space::kArena, 0, 5);
  EXPECT_EQ(check_list(nullptr, &five, sizes, true, 3, kContext), Error::kOk);
  // Sizes whose sum wraps around to 5.
  const auto* wrapping = vector<uint64_t>({UINT64_MAX - 1, 7});
  EXPECT_EQ(check_list(nullptr, &five, wrapping, true, 2, kContext), Error::kBadReference);
}

TEST_F(CheckTest, ANullStringInAListIsSeen) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(builder.CreateVector<uint64_t>({3, ~uint64_t{0}, 1}));
  const auto* some =
      flatbuffers::GetRoot<flatbuffers::Vector<uint64_t>>(builder.GetBufferPointer());
  flatbuffers::FlatBufferBuilder other;
  other.Finish(other.CreateVector<uint64_t>({3, 0}));
  const auto* none = flatbuffers::GetRoot<flatbuffers::Vector<uint64_t>>(other.GetBufferPointer());
  EXPECT_TRUE(has_null_element(some));
  EXPECT_FALSE(has_null_element(none));
  EXPECT_FALSE(has_null_element(nullptr));
}

TEST_F(CheckTest, AnOutputHasExactlyItsSizeAndFitsTheReplyIfInline) {
  const auto in_reply = bulk(Space::kInline, 0, marshal::kMaxInline);
  const auto too_much = bulk(Space::kInline, 0, marshal::kMaxInline + 1);
  const auto with_slot = bulk(Space::kInline, 0, 8, 1);
  EXPECT_EQ(check_out(&in_reply, true, marshal::kMaxInline, kContext), Error::kOk);
  EXPECT_EQ(check_out(&in_reply, true, marshal::kMaxInline - 1, kContext), Error::kBadReference);
  EXPECT_EQ(check_out(&too_much, true, marshal::kMaxInline + 1, kContext), Error::kBadReference);
  EXPECT_EQ(check_out(&with_slot, true, 8, kContext), Error::kBadReference);
  EXPECT_EQ(check_out(&in_reply, false, marshal::kMaxInline, kContext), Error::kBadBody);
  EXPECT_EQ(check_out(nullptr, true, 8, kContext), Error::kBadBody);
  EXPECT_EQ(check_out(nullptr, true, 0, kContext), Error::kOk);
  EXPECT_EQ(check_out(nullptr, false, 8, kContext), Error::kOk);
}

TEST_F(CheckTest, ATypedListHasPairs) {
  constexpr marshal::ListEntry kEntries[] = {{7, kType}};
  const auto check = [&](const std::vector<uint64_t>& words, bool present = true) {
    return check_typed_list(vector(words), present, kEntries);
  };
  EXPECT_EQ(check_typed_list(nullptr, false, kEntries), Error::kOk);
  EXPECT_EQ(check_typed_list(nullptr, true, kEntries), Error::kOk);  // empty
  EXPECT_EQ(check({1, 2}, false), Error::kBadBody);
  EXPECT_EQ(check({1}), Error::kBadBody);
  EXPECT_EQ(check(std::vector<uint64_t>(marshal::kMaxList + 2, 1)), Error::kBadBody);
}

TEST_F(CheckTest, ATypedListsHandlesAreOfTheirType) {
  constexpr marshal::ListEntry kEntries[] = {{7, kType}};
  const auto check = [&](const std::vector<uint64_t>& words) {
    return check_typed_list(vector(words), true, kEntries);
  };
  EXPECT_EQ(check({7, id(), 8, 12345}), Error::kOk);
  EXPECT_EQ(check({7, 0}), Error::kOk);
  EXPECT_EQ(check({8, 1, 7, id(kType + 1)}), Error::kBadId);
  EXPECT_EQ(check({7, 12345}), Error::kBadId);
}

TEST_F(CheckTest, AnIdOfAnyOfSomeTypes) {
  EXPECT_EQ(check_any_id(0, {1, kType}), Error::kOk);
  EXPECT_EQ(check_any_id(id(), {1, kType}), Error::kOk);
  EXPECT_EQ(check_any_id(id(2), {1, kType}), Error::kBadId);
}

TEST_F(CheckTest, AnElementOutsideAnInputIsZero) {
  const auto* four = bytes(4);
  EXPECT_EQ(element<uint32_t>(four, 0), 0x01010101u);
  EXPECT_EQ(element<uint32_t>(four, 1), 0u);
  EXPECT_EQ(element<uint32_t>(four, UINT64_MAX), 0u);
  EXPECT_EQ(element<uint64_t>(four, 0), 0u);
  EXPECT_EQ(element<uint32_t>(nullptr, 0), 0u);
}

// --- structs that lead to others ---

struct Item {
  uint64_t count;
  uint64_t numbers;  // `count` of them
  uint64_t object;   // a handle
  uint64_t next;     // an item
};

constexpr marshal::GraphField kItemFields[] = {
    {offsetof(Item, numbers), marshal::GraphField::Kind::kPointer, 1,
     [](const std::byte* s) { return marshal::number_at<uint64_t>(s, offsetof(Item, count)); }},
    {offsetof(Item, object), marshal::GraphField::Kind::kHandle, kType},
    {offsetof(Item, next), marshal::GraphField::Kind::kPointer, 0},
};
constexpr marshal::Shape kShapes[] = {
    {marshal::Shape::Kind::kStructs, sizeof(Item), 0, false, kItemFields},
    {marshal::Shape::Kind::kBytes, sizeof(uint32_t)},
};

class GraphCheckTest : public CheckTest {
 protected:
  // A ring of two items, of which the first has three numbers and an object.
  std::vector<marshal::GraphObject> objects = {{0, 0, 2 * sizeof(Item)}, {1, 0, 12}};
  Item items[2] = {{3, marshal::make_place(2, 0), id(), marshal::make_place(1, 1)},
                   {0, 0, 0, marshal::make_place(1, 0)}};

  Error check(uint64_t count = 2, size_t data = 16, size_t behind = 0) {
    std::vector<uint8_t> graph;
    const auto add = [&](const void* from, size_t size) {
      const auto* first = static_cast<const uint8_t*>(from);
      graph.insert(graph.end(), first, first + size);
    };
    const uint64_t number = objects.size();
    add(&number, sizeof number);
    add(objects.data(), objects.size() * sizeof objects[0]);
    add(items, sizeof items);
    graph.resize(graph.size() + behind);
    return check_graph(vector(graph), bytes(data), nullptr, true, count, 0, kShapes, kContext);
  }
};

TEST_F(GraphCheckTest, ARingIsAsGoodAsATree) {
  EXPECT_EQ(check(), Error::kOk);
  EXPECT_EQ(check_graph(nullptr, nullptr, nullptr, false, 2, 0, kShapes, kContext), Error::kOk);
  EXPECT_EQ(check_graph(nullptr, nullptr, nullptr, true, 2, 0, kShapes, kContext), Error::kBadBody);
}

TEST_F(GraphCheckTest, TheListAndItsContentsFillTheGraph) {
  EXPECT_EQ(check(2, 16, 8), Error::kBadBody) << "bytes behind the contents";
  objects[0].size = 3 * sizeof(Item);
  EXPECT_EQ(check(), Error::kBadBody) << "more than is there";
  objects[0].size = UINT64_MAX / sizeof(Item) * sizeof(Item);
  EXPECT_EQ(check(), Error::kBadBody) << "far more than is there";
  objects[0].size = 2 * sizeof(Item) - 8;
  EXPECT_EQ(check(), Error::kBadBody) << "a part of an element";
  objects[0] = {7, 0, 2 * sizeof(Item)};
  EXPECT_EQ(check(), Error::kBadBody) << "a shape that is none";
  objects.clear();
  EXPECT_EQ(check(), Error::kBadBody) << "no objects";
}

TEST_F(GraphCheckTest, ThereAreAsManyElementsAsExpressionsSay) {
  EXPECT_EQ(check(3), Error::kBadBody) << "the call's count";
  EXPECT_EQ(check(UINT64_MAX), Error::kBadBody);
  items[0].count = 4;
  EXPECT_EQ(check(), Error::kBadBody) << "a struct's count";
  items[0].count = UINT64_MAX;
  EXPECT_EQ(check(), Error::kBadBody);
  items[0].count = 2;
  items[0].numbers = marshal::make_place(2, 1);
  EXPECT_EQ(check(), Error::kOk) << "the last two of three";
  items[0].numbers = marshal::make_place(2, 2);
  EXPECT_EQ(check(), Error::kBadBody);
  items[0].numbers = marshal::make_place(2, UINT32_MAX);
  EXPECT_EQ(check(), Error::kBadBody);
}

TEST_F(GraphCheckTest, EachPointerIsAPlaceOfItsShapeAndEachHandleAnId) {
  items[1].next = marshal::make_place(2, 0);
  EXPECT_EQ(check(), Error::kBadBody) << "numbers in place of an item";
  items[1].next = marshal::make_place(3, 0);
  EXPECT_EQ(check(), Error::kBadBody);
  items[1].next = marshal::make_place(0, 1);
  EXPECT_EQ(check(), Error::kBadBody);
  items[1].next = 0;
  EXPECT_EQ(check(), Error::kOk);
  items[1].object = id(kType + 1);
  EXPECT_EQ(check(), Error::kBadId);
}

TEST_F(GraphCheckTest, TheDataIsAsLargeAsItsObjects) {
  EXPECT_EQ(check(2, 12), Error::kBadBody) << "without padding";
  EXPECT_EQ(check(2, 32), Error::kBadBody);
  objects[1].size = uint64_t{1} << 62;
  EXPECT_EQ(check(), Error::kBadBody);
}

// --- structs in which memory is that the library writes ---

struct Sink {
  uint64_t size;
  uint64_t position;
  uint64_t memory;  // `size` words, of which those before `position` stay
  uint64_t found;   // a handle that the library puts there
};
uint64_t sink_position(const std::byte* s) {
  return marshal::number_at<uint64_t>(s, offsetof(Sink, position));
}
constexpr marshal::GraphField kSinkFields[] = {
    {offsetof(Sink, memory), marshal::GraphField::Kind::kPointer, 1,
     [](const std::byte* s) {
       return marshal::saturating_sub(marshal::number_at<uint64_t>(s, offsetof(Sink, size)),
                                      sink_position(s));
     },
     nullptr, false, sink_position, sink_position},
    {offsetof(Sink, found), marshal::GraphField::Kind::kFound, kType},
};
constexpr marshal::Shape kSinkShapes[] = {
    {marshal::Shape::Kind::kStructs, sizeof(Sink), 0, false, kSinkFields},
    {marshal::Shape::Kind::kOutput, sizeof(uint32_t)},
};

class SinkCheckTest : public CheckTest {
 protected:
  Sink sink = {8, 5, marshal::make_place(2, 0), 0};
  uint64_t room = 12;

  Error check(const wire::Bulk* output) {
    const marshal::GraphObject objects[] = {{0, 0, sizeof sink}, {1, 0, room}};
    const uint64_t count = 2;
    std::vector<uint8_t> graph(sizeof count + sizeof objects + sizeof sink);
    std::memcpy(graph.data(), &count, sizeof count);
    std::memcpy(graph.data() + sizeof count, objects, sizeof objects);
    std::memcpy(graph.data() + sizeof count + sizeof objects, &sink, sizeof sink);
    return check_graph(vector(graph), nullptr, nullptr, true, 1, 0, kSinkShapes, kContext, 1,
                       output);
  }
  Error check(uint64_t size = 16, marshal::Space space = marshal::Space::kInline,
              uint32_t slot = 0) {
    const wire::Bulk output(0, size, static_cast<uint32_t>(space), slot);
    return check(&output);
  }
};

TEST_F(SinkCheckTest, ThereIsRoomForWhatLiesBehindThePosition) {
  EXPECT_EQ(check(), Error::kOk);
  sink.found = 77;
  EXPECT_EQ(check(), Error::kOk) << "nobody reads it";
  sink.position = 4;
  EXPECT_EQ(check(), Error::kBadBody) << "one word too little";
  sink.position = 9;
  EXPECT_EQ(check(), Error::kOk) << "behind the end: nothing is touched";
  sink = {UINT64_MAX, UINT64_MAX - 3, marshal::make_place(2, 0), 0};
  EXPECT_EQ(check(), Error::kBadBody) << "a pointer to wherever the guest wants it";
  sink = {8, 5, 0, 0};
  EXPECT_EQ(check(), Error::kBadArgument) << "the same without memory";
  sink = {8, 8, 0, 0};
  EXPECT_EQ(check(), Error::kOk);
}

TEST_F(SinkCheckTest, TheOutputIsAsLargeAsItsObjectsAndThereWithTheReply) {
  EXPECT_EQ(check(12), Error::kBadReference) << "without padding";
  EXPECT_EQ(check(16, marshal::Space::kArena), Error::kOk);
  EXPECT_EQ(check(16, marshal::Space::kArena, 1), Error::kBadReference) << "with a slot";
  EXPECT_EQ(check(16, marshal::Space::kMissing), Error::kBadReference);
  EXPECT_EQ(check(nullptr), Error::kBadBody);
  room = uint64_t{1} << 62;
  EXPECT_EQ(check(), Error::kBadReference);
}

struct Hooks {
  uint64_t function;
  uint64_t user_data;
};
constexpr marshal::GraphField kHooksFields[] = {
    {.offset = offsetof(Hooks, function),
     .kind = marshal::GraphField::Kind::kCallback,
     .nonnull = true,
     .user_data = offsetof(Hooks, user_data)},
    {offsetof(Hooks, user_data), marshal::GraphField::Kind::kUserData},
};
constexpr marshal::Shape kHooksShapes[] = {
    {marshal::Shape::Kind::kStructs, sizeof(Hooks), 0, false, kHooksFields},
};

TEST_F(CheckTest, ACallbackInAStructIsAnyNumberAndWhereItMustBeThereAFunctionS) {
  const auto check = [&](uint64_t function) {
    const Hooks hooks{function, 0};
    const uint64_t words[] = {1, 0, sizeof hooks, hooks.function, hooks.user_data};
    std::vector<uint8_t> graph(sizeof words);
    std::memcpy(graph.data(), words, sizeof words);
    return check_graph(vector(graph), nullptr, nullptr, true, 1, 0, kHooksShapes, kContext);
  };
  EXPECT_EQ(check(1), Error::kOk);
  EXPECT_EQ(check(0x123456789), Error::kOk);
  EXPECT_EQ(check(0), Error::kBadArgument);
  EXPECT_EQ(check(marshal::kNoFunction), Error::kBadArgument) << "user data alone";
}

}  // namespace
}  // namespace ava::router
