#include "server/object_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "fake_native.h"

namespace ava::server {
namespace {

using marshal::ObjectId;

// The application's release: the table's two halves around the native one.
void release(ObjectTable& table, ObjectId id, FakeObject& object) {
  const auto half = table.begin_release(id);
  --object.references;
  table.finish_release(half, true);
}

TEST(ObjectTable, AnIdResolvesToItsObjectAndOnlyAsItsType) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  const ObjectId id = table.created(&object, kCounted);
  EXPECT_TRUE(marshal::id_plausible(id, kCounted));
  EXPECT_EQ(table.resolve(id, kCounted), &object);
  EXPECT_EQ(table.resolve(id, kUncounted), nullptr);
  EXPECT_EQ(table.resolve(0, kCounted), nullptr);
}

TEST(ObjectTable, ForgedIdsResolveToNothing) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  const ObjectId id = table.created(&object, kCounted);
  for (int bit = 0; bit < 64; ++bit) {
    const ObjectId forged = id ^ (uint64_t{1} << bit);
    EXPECT_EQ(table.resolve(forged, marshal::id_type(forged)), nullptr) << "bit " << bit;
  }
  EXPECT_EQ(table.resolve(UINT64_MAX, marshal::kMaxType), nullptr);
}

TEST(ObjectTable, AGetterFindsTheIdThatTheObjectHasAlready) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  const ObjectId id = table.created(&object, kCounted);
  EXPECT_EQ(table.found(&object, kCounted), id);
  EXPECT_EQ(table.known(&object, kCounted), id);
  EXPECT_NE(table.found(&object, kUncounted), id) << "another type, another id";
}

TEST(ObjectTable, KnownMakesNoIds) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  EXPECT_EQ(table.known(&object, kCounted), 0u);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ObjectTable, TheReleaseThatDestroysEndsTheIdForGood) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  object.references = 1;
  const ObjectId id = table.created(&object, kCounted);
  release(table, id, object);
  EXPECT_EQ(table.resolve(id, kCounted), nullptr);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_NE(table.created(&object, kCounted), id) << "a new object at the old address";
}

TEST(ObjectTable, AnObjectWithAnotherReferenceOfTheApplicationsLivesOn) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  object.references = 2;
  const ObjectId id = table.created(&object, kCounted);
  table.retain(id);
  release(table, id, object);
  EXPECT_EQ(table.resolve(id, kCounted), &object);
}

TEST(ObjectTable, AFailedReleaseChangesNothing) {
  ObjectTable table(kFakeTypes);
  FakeObject object;
  object.references = 1;
  const ObjectId id = table.created(&object, kCounted);
  table.finish_release(table.begin_release(id), false);
  EXPECT_EQ(table.resolve(id, kCounted), &object);
  EXPECT_EQ(table.found(&object, kCounted), id);
  release(table, id, object);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ObjectTable, AZombieDoesNotResolveUntilAGetterReturnsIt) {
  ObjectTable table(kFakeTypes);
  FakeObject context;
  context.references = 2;  // one is a queue's
  const ObjectId id = table.created(&context, kCounted);
  release(table, id, context);
  EXPECT_EQ(table.resolve(id, kCounted), nullptr);
  EXPECT_EQ(table.found(&context, kCounted), id);
  EXPECT_EQ(table.resolve(id, kCounted), &context);
}

TEST(ObjectTable, APinnedObjectOutlivesItsReleaseAndEndsWithThePin) {
  ObjectTable table(kFakeTypes);
  FakeObject event;
  event.references = 2;  // one is the pin's
  const ObjectId id = table.created(&event, kCounted);
  EXPECT_EQ(table.pin(&event, kCounted), id);
  release(table, id, event);
  EXPECT_EQ(table.resolve(id, kCounted), &event);
  table.unpin(&event, kCounted);
  EXPECT_EQ(table.resolve(id, kCounted), nullptr);
  EXPECT_EQ(table.size(), 0u) << "the pin's reference was the last";
}

TEST(ObjectTable, APinBringsAZombieBackForAsLongAsItLasts) {
  ObjectTable table(kFakeTypes);
  FakeObject event;
  event.references = 2;  // one is the library's
  const ObjectId id = table.created(&event, kCounted);
  release(table, id, event);
  event.references = 2;
  EXPECT_EQ(table.pin(&event, kCounted), id);
  EXPECT_EQ(table.pin(&event, kCounted), id);
  table.unpin(&event, kCounted);
  EXPECT_EQ(table.resolve(id, kCounted), &event) << "there is another pin";
  table.unpin(&event, kCounted);
  EXPECT_EQ(table.resolve(id, kCounted), nullptr);
  EXPECT_EQ(table.known(&event, kCounted), id) << "the library still has it";
}

TEST(ObjectTable, APinTakesNothingFromWhatTheApplicationHolds) {
  ObjectTable table(kFakeTypes);
  FakeObject event;
  event.references = 2;
  const ObjectId id = table.created(&event, kCounted);
  table.pin(&event, kCounted);
  table.unpin(&event, kCounted);
  EXPECT_EQ(table.resolve(id, kCounted), &event);
  release(table, id, event);
  EXPECT_EQ(table.resolve(id, kCounted), nullptr);
}

TEST(ObjectTable, WhatACallbackNamedBeforeItsCreatorWasBackIsOneObject) {
  ObjectTable table(kFakeTypes);
  FakeObject program;
  program.references = 2;
  const ObjectId id = table.pin(&program, kCounted);
  EXPECT_EQ(table.created(&program, kCounted), id);
  table.unpin(&program, kCounted);
  EXPECT_EQ(table.resolve(id, kCounted), &program);
}

TEST(ObjectTable, AnObjectThatOnlyGettersReturnedOutlivesRetainAndRelease) {
  ObjectTable table(kFakeTypes);
  FakeObject device;  // a root device: its count is always 1
  device.references = 1;
  const ObjectId id = table.found(&device, kCounted);
  table.retain(id);
  table.finish_release(table.begin_release(id), true);
  table.finish_release(table.begin_release(id), true);
  EXPECT_EQ(table.resolve(id, kCounted), &device);
}

TEST(ObjectTable, ACreatedObjectTakesOverAZombiesAddress) {
  ObjectTable table(kFakeTypes);
  FakeObject memory;
  memory.references = 2;
  const ObjectId first = table.created(&memory, kCounted);
  release(table, first, memory);
  const ObjectId second = table.created(&memory, kCounted);  // the first died without a word
  EXPECT_NE(second, first);
  EXPECT_EQ(table.resolve(first, kCounted), nullptr);
  EXPECT_EQ(table.found(&memory, kCounted), second);
}

TEST(ObjectTable, AnAddressReusedWhileTheReleaseIsUnderWayBelongsToTheNewObject) {
  ObjectTable table(kFakeTypes);
  FakeObject memory;
  memory.references = 1;
  const ObjectId first = table.created(&memory, kCounted);
  const auto half = table.begin_release(first);
  const ObjectId second = table.created(&memory, kCounted);  // on another channel
  table.finish_release(half, true);
  EXPECT_NE(second, first);
  EXPECT_EQ(table.resolve(second, kCounted), &memory);
  EXPECT_EQ(table.found(&memory, kCounted), second);
}

TEST(ObjectTable, AFullTableForgetsZombiesAndThenSaysSo) {
  ObjectTable table(kFakeTypes, 4);  // ids 1 to 3
  FakeObject objects[4];
  for (auto& object : objects) object.references = 2;
  const ObjectId first = table.created(&objects[0], kCounted);
  ASSERT_NE(table.created(&objects[1], kCounted), 0u);
  ASSERT_NE(table.created(&objects[2], kCounted), 0u);
  EXPECT_EQ(table.created(&objects[3], kCounted), 0u);
  release(table, first, objects[0]);
  const ObjectId late = table.created(&objects[3], kCounted);
  EXPECT_NE(late, 0u);
  EXPECT_EQ(marshal::id_index(late), marshal::id_index(first));
  EXPECT_NE(marshal::id_generation(late), marshal::id_generation(first));
}

// Random creations, finds, retains and releases against a model of what the application may hold.
TEST(ObjectTable, RandomHistoriesNeverMixObjectsUp) {
  struct Model {
    ObjectId id = 0;
    int application = 0;  // references
    bool found = false;
  };
  std::mt19937 random(20240607);
  ObjectTable table(kFakeTypes);
  std::vector<FakeObject> memory(16);
  std::map<FakeObject*, Model> alive;
  std::set<ObjectId> ever;
  for (int step = 0; step < 50'000; ++step) {
    FakeObject& object = memory[random() % memory.size()];
    const auto at = alive.find(&object);
    switch (random() % 4) {
      case 0:  // created, where the address is free; some are held by another object, too
        if (at != alive.end()) break;
        object.references = 1 + static_cast<int>(random() % 2);
        {
          const ObjectId id = table.created(&object, kCounted);
          ASSERT_TRUE(ever.insert(id).second) << "an id was used twice";
          alive[&object] = {id, 1, false};
        }
        break;
      case 1:
        if (at == alive.end()) break;
        ASSERT_EQ(table.found(&object, kCounted), at->second.id);
        at->second.found = true;
        break;
      case 2:
        if (at == alive.end() || at->second.application == 0) break;
        ++object.references;
        ++at->second.application;
        table.retain(at->second.id);
        break;
      case 3:
        if (at == alive.end()) break;
        if (at->second.application > 0) {
          release(table, at->second.id, object);
          --at->second.application;
        } else {
          --object.references;  // the other holder lets go, and the table is not told
        }
        if (object.references == 0) alive.erase(at);
        break;
    }
    for (const auto& [held, model] : alive) {
      void* expected = model.application > 0 || model.found ? held : nullptr;
      ASSERT_EQ(table.resolve(model.id, kCounted), expected);
    }
  }
}

TEST(ObjectTable, ResolvingWhileOthersCreateAndReleaseSeesTheRightObjectOrNone) {
  ObjectTable table(kFakeTypes);
  std::atomic<ObjectId> shown{0};
  std::atomic<bool> stop{false};
  FakeObject objects[2];
  std::thread writer([&] {
    for (int i = 0; i < 20'000; ++i) {
      FakeObject& object = objects[i % 2];
      object.references = 1;
      const ObjectId id = table.created(&object, i % 2 == 0 ? kCounted : kUncounted);
      shown.store(id);
      release(table, id, object);
    }
    stop = true;
  });
  while (!stop) {
    const ObjectId id = shown.load();
    if (id == 0) continue;
    void* object = table.resolve(id, marshal::id_type(id));
    if (object == nullptr) continue;
    ASSERT_EQ(object, &objects[marshal::id_type(id) == kCounted ? 0 : 1]);
  }
  writer.join();
}

}  // namespace
}  // namespace ava::server
