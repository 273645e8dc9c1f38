#include "server/kept_objects.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fake_native.h"

namespace ava::server {
namespace {

class KeptObjectsTest : public testing::Test {
 protected:
  ObjectTable table_{kFakeTypes};
  KeptObjects kept_objects_{kFakeTypes, table_};
  std::vector<KeptObject> kept_;
};

TEST_F(KeptObjectsTest, AnObjectIsHeldUntilTheCallbackIsOver) {
  FakeObject event;
  event.references = 1;
  const auto id = table_.created(&event, kCounted);
  EXPECT_EQ(kept_objects_.take(&event, kCounted, kept_), id);
  EXPECT_EQ(event.references, 2);
  const uint64_t ticket = kept_objects_.keep(kept_);
  EXPECT_NE(ticket, 0u);
  EXPECT_TRUE(kept_.empty());

  kept_objects_.done(ticket + 1);  // a guest may say anything
  EXPECT_EQ(event.references, 2);
  kept_objects_.done(ticket);
  kept_objects_.done(ticket);
  EXPECT_EQ(event.references, 1);
  EXPECT_EQ(table_.resolve(id, kCounted), &event);
}

TEST_F(KeptObjectsTest, AnObjectWithoutReferencesToGiveIsNamedAllTheSame) {
  FakeObject job;
  EXPECT_NE(kept_objects_.take(&job, kUncounted, kept_), 0u);
  EXPECT_TRUE(kept_.empty());
  EXPECT_EQ(kept_objects_.keep(kept_), 0u);
}

TEST_F(KeptObjectsTest, WhoAwaitsACallbackGoesOnWhenItIsOver) {
  const uint64_t ticket = kept_objects_.keep(kept_, true);
  ASSERT_NE(ticket, 0u) << "also where it names nothing";
  std::atomic<bool> over = false;
  std::thread library([&] {
    kept_objects_.await(ticket);
    EXPECT_TRUE(over);
  });
  over = true;
  kept_objects_.done(ticket);
  library.join();
  kept_objects_.await(ticket);

  std::thread other([this] { kept_objects_.await(kept_objects_.keep(kept_, true)); });
  kept_objects_.end();
  other.join();
}

TEST_F(KeptObjectsTest, AGuestThatNeverSaysSoKeepsABoundedNumber) {
  FakeObject event;
  event.references = 1;
  table_.created(&event, kCounted);
  for (uint64_t i = 0; i < kMaxKept; ++i) {
    kept_objects_.take(&event, kCounted, kept_);
    ASSERT_NE(kept_objects_.keep(kept_), 0u);
  }
  kept_objects_.take(&event, kCounted, kept_);
  EXPECT_EQ(kept_objects_.keep(kept_), 0u);
  kept_objects_.let_go(kept_);
  EXPECT_EQ(event.references, static_cast<int>(kMaxKept) + 1);
}

}  // namespace
}  // namespace ava::server
