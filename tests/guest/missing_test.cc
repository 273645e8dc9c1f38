// Inputs that are not there, and sizes that nothing could hold: the native library judges them.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include "guest/readable.h"
#include "host_double.h"
#include "marshal/bulk.h"
#include "test_module.h"

namespace ava::guest {
namespace {

using marshal::Outcome;
using marshal::Space;
using Scale = toy::wire::toy_scale_request;

constexpr uint64_t kPage = 4096;

// Pages of which each is there, closed, or not there.
class Pages {
 public:
  enum Kind { kThere, kClosed, kHole };
  explicit Pages(std::vector<Kind> kinds) : kinds_(std::move(kinds)) {
    memory_ = static_cast<std::byte*>(::mmap(nullptr, kinds_.size() * kPage, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i] == kClosed) ::mprotect(page(i), kPage, PROT_NONE);
      if (kinds_[i] == kHole) ::munmap(page(i), kPage);
    }
  }
  ~Pages() {
    for (size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i] != kHole) ::munmap(page(i), kPage);  // a hole may be somebody's by now
    }
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  std::byte* begin() const { return memory_; }

 private:
  std::byte* page(size_t index) const { return memory_ + index * kPage; }

  std::vector<Kind> kinds_;
  std::byte* memory_;
};

TEST(Readable, SeesBothEndsAndHoles) {
  const Pages pages({Pages::kThere, Pages::kThere, Pages::kHole, Pages::kThere, Pages::kClosed});
  std::byte* const at = pages.begin();
  EXPECT_TRUE(readable(at, 2 * kPage));
  EXPECT_TRUE(readable(at + 1, 2 * kPage - 1));
  EXPECT_TRUE(readable(at + 2 * kPage - 1, 1));
  EXPECT_TRUE(readable(at + 2 * kPage, 0));
  EXPECT_FALSE(readable(at, 2 * kPage + 1));
  EXPECT_FALSE(readable(at, 4 * kPage)) << "a hole in the middle";
  EXPECT_FALSE(readable(at + 3 * kPage, kPage + 1)) << "the last page is closed";
  EXPECT_FALSE(readable(at + 4 * kPage, 1));
  EXPECT_FALSE(readable(at, UINT64_MAX));
  EXPECT_FALSE(readable(nullptr, 1));
}

// Posts if it may, else waits; answers are the native library's.
Outcome send_in(const void* data, uint64_t size, bool success) {
  Call call(kScale);
  const In in = call.in_until(data, size, 3);
  if (call.failed()) return call.outcome();
  EXPECT_TRUE(call.must_wait(false));
  const auto root = toy::wire::Createtoy_scale_request(call.builder(), call.present(), 0, 1.0f, 0,
                                                       in.bytes, in.reference(), nullptr);
  if (call.invoke_table_for_fixed<Numbers>(root) != nullptr) call.settle(success);
  return call.outcome();
}

Answer answer(const Request&) { return Answer::fixed(Numbers{}); }

TEST(Missing, AnInputThatIsNotThereIsForTheLibraryToRefuse) {
  HostDouble host(answer);
  const Pages pages({Pages::kThere, Pages::kClosed});
  for (const uint64_t size : {2 * kPage, marshal::kMaxSpill + 1, UINT64_MAX}) {
    EXPECT_EQ(send_in(pages.begin(), size, false), Outcome::kOk);
    const Request sent = host.requests().back();
    const wire::Bulk& in = *sent.table<Scale>().in_ref();
    EXPECT_EQ(in.space(), static_cast<uint32_t>(Space::kMissing));
    EXPECT_EQ(in.size(), size);
    EXPECT_EQ(in.slot(), 0u);
  }
}

std::byte* g_closed = nullptr;
volatile sig_atomic_t g_faults = 0;

void open_page(int) {
  g_faults = g_faults + 1;
  ::mprotect(g_closed, kPage, PROT_READ);
}

TEST(Missing, WhatTheLibraryTakesAllTheSameFaultsAsNatively) {
  HostDouble host(answer);
  const Pages pages({Pages::kThere, Pages::kClosed});
  g_closed = pages.begin() + kPage;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = open_page;
  ::sigaction(SIGSEGV, &action, &before);
  EXPECT_EQ(send_in(pages.begin(), 2 * kPage, true), Outcome::kOk);
  ::sigaction(SIGSEGV, &before, nullptr);
  EXPECT_EQ(g_faults, 1);
}

TEST(Missing, AnOutputThatNothingCouldHoldIsForTheLibraryToRefuse) {
  HostDouble host(answer);
  std::byte output{};
  Call call(kScale);
  const Out out = call.out_until(&output, marshal::kMaxSpill + 1, 4);
  EXPECT_EQ(out.bulk.space(), static_cast<uint32_t>(Space::kMissing));
  EXPECT_TRUE(call.must_wait(false));
  // Should it succeed, that is no success.
  EXPECT_FALSE(call.land(&output, out, nullptr, 1));
  EXPECT_EQ(call.outcome(), Outcome::kExhausted);
}

TEST(Missing, AListEndsForUsWhereItEndsForTheLibrary) {
  HostDouble host(answer);
  const Pages pages({Pages::kThere, Pages::kClosed});
  auto* const list = reinterpret_cast<void**>(pages.begin() + kPage) - 2;
  list[0] = land_box(box_id(9), true);
  const uint64_t many = marshal::kMaxList + 1;
  Pages* not_a_box = nullptr;
  for (const uint64_t count : {uint64_t{100}, many}) {
    list[1] = &not_a_box;
    Call call(kJoin);
    call.handles(list, count, 1, kBox);
    EXPECT_EQ(call.outcome(), Outcome::kInvalidHandle) << count;
  }
  list[1] = nullptr;
  Call call(kJoin);
  call.handles(list, 100, 1, kBox);
  EXPECT_TRUE(call.must_wait(false)) << "the library judges null";
  Call longer(kJoin);
  longer.handles(list, many, 1, kBox);
  EXPECT_EQ(longer.outcome(), Outcome::kInvalidHandle);
}

}  // namespace
}  // namespace ava::guest
