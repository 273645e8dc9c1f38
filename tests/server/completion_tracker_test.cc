#include "server/completion_tracker.h"

#include <gtest/gtest.h>

#include <thread>

#include "fake_native.h"

namespace ava::server {
namespace {

using Hold = CompletionTracker::Hold;

class CompletionTrackerTest : public testing::Test {
 protected:
  uint64_t word(uint32_t slot) const { return view_.completion(slot).load(); }

  transport::SharedMemory memory_ =
      std::move(*transport::SharedMemory::create("region", transport::kArenaOffset));
  transport::RegionView view_{memory_.bytes()};
  ObjectTable objects_{kFakeTypes};
  CompletionTracker tracker_{kFakeTypes, view_, objects_};
  FakeObject object_;
};

TEST_F(CompletionTrackerTest, ASlotIsStoredOnceItsObjectEnded) {
  tracker_.add(&object_, kCounted, 7, false, {});
  EXPECT_EQ(tracker_.sweep(), 1u);
  EXPECT_EQ(word(7), 0u);
  object_.state = 0;
  EXPECT_EQ(tracker_.sweep(), 0u);
  EXPECT_EQ(word(7), transport::make_completion(1, 0));
}

TEST_F(CompletionTrackerTest, AFailedObjectSaysSo) {
  tracker_.add(&object_, kCounted, 7, false, {});
  object_.state = -14;
  tracker_.sweep();
  EXPECT_EQ(transport::completion_status(word(7)), -14);
}

TEST_F(CompletionTrackerTest, TwoSlotsOfOneObjectEndTogether) {
  tracker_.add(&object_, kCounted, 7, false, {});
  tracker_.add(&object_, kCounted, 8, false, {});
  object_.state = 0;
  tracker_.sweep();
  EXPECT_NE(word(7), 0u);
  EXPECT_NE(word(8), 0u);
}

TEST_F(CompletionTrackerTest, ASlotWithoutObjectFailsAtOnce) {
  tracker_.add(nullptr, kCounted, 7, false, {});
  EXPECT_EQ(transport::completion_status(word(7)), -1);
}

TEST_F(CompletionTrackerTest, ASlotOutsideTheRegionIsIgnored) {
  tracker_.add(&object_, kCounted, UINT32_MAX, false, {});
  object_.state = 0;
  EXPECT_EQ(tracker_.sweep(), 0u);
}

TEST_F(CompletionTrackerTest, AnOwnedObjectIsDroppedAtItsEnd) {
  object_.references = 1;
  tracker_.add(&object_, kCounted, 7, true, {});
  tracker_.sweep();
  EXPECT_EQ(object_.references, 1);
  object_.state = 0;
  tracker_.sweep();
  EXPECT_EQ(object_.references, 0);
}

TEST_F(CompletionTrackerTest, ReferencesAreTakenOnlyWhenTheApplicationGivesOneUp) {
  object_.references = 1;
  tracker_.add(&object_, kCounted, 7, false, {});
  tracker_.sweep();
  EXPECT_EQ(object_.references, 1) << "the application would see the server's reference";
  EXPECT_EQ(tracker_.hold(&object_, kCounted), Hold::kRetained);
  EXPECT_EQ(object_.references, 2);
  --object_.references;  // the application's release
  EXPECT_EQ(tracker_.hold(&object_, kCounted), Hold::kRetained);
  EXPECT_EQ(object_.references, 1) << "one is enough";
  object_.state = 0;
  tracker_.sweep();
  EXPECT_EQ(object_.references, 0);
  EXPECT_NE(word(7), 0u);
}

TEST_F(CompletionTrackerTest, WithoutRetainTheApplicationsReferenceIsTakenOver) {
  object_.references = 1;
  tracker_.add(&object_, kUncounted, 7, false, {});
  EXPECT_EQ(tracker_.hold(&object_, kUncounted), Hold::kTakenOver);
  object_.state = 0;
  tracker_.sweep();
  EXPECT_EQ(object_.references, 0);
}

TEST_F(CompletionTrackerTest, AnObjectThatIsGivenUpEarlyKeepsItsIdUntilItsEnd) {
  for (const marshal::TypeId type : {kCounted, kUncounted}) {
    FakeObject object;
    object.references = 1;
    const marshal::ObjectId id = objects_.created(&object, type);
    tracker_.add(&object, type, 7, false, {});
    const Hold hold = tracker_.hold(&object, type);
    const auto release = objects_.begin_release(id, hold != Hold::kNotTracked);
    if (hold == Hold::kRetained) --object.references;
    objects_.finish_release(release, true);
    EXPECT_EQ(objects_.resolve(id, type), nullptr) << "the application has given it up";
    EXPECT_EQ(objects_.found(&object, type), id) << "a callback would name it so";
    object.state = 0;
    tracker_.sweep();
    EXPECT_EQ(object.references, 0);
    EXPECT_EQ(objects_.resolve(id, type), nullptr);
    EXPECT_EQ(objects_.size(), 0u);
  }
}

TEST_F(CompletionTrackerTest, WhatIsNotTrackedIsNotHeld) {
  FakeObject other;
  tracker_.add(&object_, kCounted, 7, false, {});
  EXPECT_EQ(tracker_.hold(&other, kCounted), Hold::kNotTracked);
  EXPECT_EQ(other.references, 0);
}

TEST_F(CompletionTrackerTest, KeptMemoryLivesUntilTheEnd) {
  auto memory = std::make_shared<int>(5);
  tracker_.add(&object_, kCounted, 7, false, {memory});
  EXPECT_EQ(memory.use_count(), 2);
  object_.state = 0;
  tracker_.sweep();
  EXPECT_EQ(memory.use_count(), 1);
}

TEST_F(CompletionTrackerTest, ABoundedSweepLooksAtTheEldest) {
  FakeObject later;
  object_.state = later.state = 0;
  tracker_.add(&object_, kCounted, 7, false, {});
  tracker_.add(&later, kCounted, 8, false, {});
  tracker_.sweep(1);
  EXPECT_NE(word(7), 0u);
  EXPECT_EQ(word(8), 0u);
}

TEST_F(CompletionTrackerTest, SweepsOfManyThreadsDropEachObjectOnce) {
  constexpr int kObjects = 2'000;
  std::vector<FakeObject> objects(kObjects);
  std::atomic<bool> stop{false};
  std::vector<std::thread> sweepers;
  for (int i = 0; i < 3; ++i) {
    sweepers.emplace_back([&] {
      while (!stop) {
        tracker_.sweep();
        std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < kObjects; ++i) {
    objects[i].references = 1;
    tracker_.add(&objects[i], kCounted, 1 + i % 100, false, {});
    tracker_.hold(&objects[i], kCounted);
    objects[i].state = 0;
    --objects[i].references;
  }
  stop = true;
  for (auto& sweeper : sweepers) sweeper.join();
  EXPECT_EQ(tracker_.sweep(), 0u);
  for (auto& object : objects) ASSERT_EQ(object.references, 0);
}

}  // namespace
}  // namespace ava::server
