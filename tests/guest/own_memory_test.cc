// What the application is given of memory that is the library's own, by a server that may lie.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "host_double.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::GraphField;
using marshal::number_at;
using marshal::Outcome;
using marshal::Shape;

struct Item {
  const char* name;
  uint64_t count;
  const uint32_t* numbers;
};
struct Catalog {
  uint64_t count;
  const Item* items;
  void* unused;
};

constexpr marshal::ShapeId kCatalogs = 0;
constexpr GraphField kItemFields[] = {
    {offsetof(Item, name), GraphField::Kind::kText},
    {offsetof(Item, numbers), GraphField::Kind::kOwn, 2,
     [](const std::byte* s) { return number_at<uint64_t>(s, offsetof(Item, count)); }},
};
constexpr GraphField kCatalogFields[] = {
    {offsetof(Catalog, items), GraphField::Kind::kOwn, 1,
     [](const std::byte* s) { return number_at<uint64_t>(s, offsetof(Catalog, count)); }},
    {offsetof(Catalog, unused), GraphField::Kind::kUnused},
};
constexpr Shape kShapes[] = {
    {Shape::Kind::kStructs, sizeof(Catalog), 0, false, kCatalogFields},
    {Shape::Kind::kStructs, sizeof(Item), 0, false, kItemFields},
    {Shape::Kind::kBytes, sizeof(uint32_t)},
};

// A server's words for a catalog of two items: "one" with two numbers, and one without a name.
struct Reply {
  uint64_t count = 2;
  uint64_t items = 24;
  uint64_t unused = 0x4141;
  struct {
    uint64_t name, count, numbers;
  } item[2] = {{72, 2, 76}, {0, 0, 84}};
  char name[4] = {'o', 'n', 'e', 0};
  uint32_t numbers[2] = {7, 9};
};
static_assert(sizeof(Reply) == 88);  // four bytes of padding at the end, which are nobody's

class OwnMemory : public testing::Test {
 protected:
  // What a call makes of it.
  Outcome land(const Reply& words, uint64_t size = sizeof(Reply)) {
    Call call(kCall);
    catalog = {1000, nullptr, this};
    const Graph graph = call.graph_and_back(&catalog, 1, 0, kCatalogs, kShapes, true);
    flatbuffers::FlatBufferBuilder builder;
    const auto offset = builder.CreateVector(reinterpret_cast<const uint8_t*>(&words), size);
    builder.Finish(offset);
    const auto* bytes =
        flatbuffers::GetRoot<flatbuffers::Vector<uint8_t>>(builder.GetBufferPointer());
    const bool landed = call.land_graph(graph, bytes, nullptr);
    EXPECT_EQ(landed, !call.failed());
    return call.outcome();
  }

  HostDouble host{[](const Request&) { return Answer::fixed(Numbers{}); }};
  Catalog catalog{};
  Reply reply;
};

TEST_F(OwnMemory, StaysAtTheAddressThatItsContentsHad) {
  ASSERT_EQ(land(reply), Outcome::kOk);
  ASSERT_EQ(catalog.count, 2u);
  EXPECT_EQ(catalog.unused, nullptr) << "all of it is written";
  const Item* const items = catalog.items;
  EXPECT_STREQ(items[0].name, "one");
  EXPECT_EQ(items[0].numbers[1], 9u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(items[0].numbers) % marshal::kDataAlign, 0u);
  EXPECT_EQ(items[1].name, nullptr);
  EXPECT_NE(items[1].numbers, nullptr) << "nothing, and yet somewhere";

  ASSERT_EQ(land(reply), Outcome::kOk);
  EXPECT_EQ(catalog.items, items);
  reply.numbers[1] = 10;
  ASSERT_EQ(land(reply), Outcome::kOk);
  EXPECT_NE(catalog.items, items);
  EXPECT_EQ(items[0].numbers[1], 9u) << "what an application keeps does not change";
}

TEST_F(OwnMemory, ThatIsNotInTheReplyEndsTheCall) {
  const auto lie = [&](auto change) {
    Reply wrong;
    change(wrong);
    return land(wrong);
  };
  EXPECT_EQ(lie([](Reply& r) { r.items = 0; }), Outcome::kOk) << "null is null, whatever the count";
  EXPECT_EQ(catalog.items, nullptr);
  EXPECT_EQ(lie([](Reply& r) { r.count = 3; }), Outcome::kLost) << "the third is a text";
}

TEST_F(OwnMemory, ThatIsLargerThanTheReplyEndsTheCall) {
  reply.count = UINT64_MAX / sizeof(Item) + 2;  // whose size would wrap
  EXPECT_EQ(land(reply), Outcome::kLost);
}

TEST_F(OwnMemory, BehindTheReplyEndsTheCall) {
  reply.items = sizeof reply + 1;
  EXPECT_EQ(land(reply), Outcome::kLost);
}

TEST_F(OwnMemory, WhoseTextHasNoEndEndsTheCall) {
  reply.name[3] = '!';
  EXPECT_EQ(land(reply, offsetof(Reply, numbers)), Outcome::kLost);
}

// Else a few bytes could become as much memory as the server likes.
TEST_F(OwnMemory, IsInTheReplyOnceForEachThatLeadsThere) {
  reply.item[1] = {0, 2, 76};
  EXPECT_EQ(land(reply), Outcome::kLost);
}

TEST_F(OwnMemory, DoesNotLieInTheStructsThatLeadThere) {
  reply.items = 8;
  EXPECT_EQ(land(reply), Outcome::kLost);
}

}  // namespace
}  // namespace ava::guest
