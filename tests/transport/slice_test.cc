// A guest's way to its slice: what it makes of devices that are not there, and of hosts that say
// nothing, no, or nonsense. tests/router/vm_test.cc has the hosts that say yes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "temp_dir.h"
#include "transport/host_control.h"
#include "transport/host_memory.h"
#include "transport/ivshmem_layout.h"
#include "transport/ivshmem_memory.h"
#include "transport/slice_device.h"

namespace ava::transport {
namespace {

constexpr uint64_t kRegionOffset = sizeof(ava_ivshmem_control);

// A slice whose host is a function that is called for each ring of the control doorbell.
class SliceDouble final : public SliceDevice {
 public:
  using Host = std::function<void(ava_ivshmem_control&)>;
  explicit SliceDouble(Host host)
      : memory_(
            std::move(*SharedMemory::create("test-slice", kRegionOffset + kArenaOffset + kPage))),
        host_(std::move(host)) {}

  std::span<std::byte> slice() noexcept override { return memory_.bytes(); }
  uint64_t region_offset() const noexcept override { return kRegionOffset; }
  Result<void> ring_control() noexcept override {
    if (!host_) return fail(Error::kClosed);
    host_(*reinterpret_cast<ava_ivshmem_control*>(memory_.bytes().data()));
    return {};
  }
  Result<void> ring_slice() noexcept override { return {}; }
  void wait(ParkWord&, int64_t) noexcept override { ::usleep(100); }
  void wake() noexcept override {}

 private:
  SharedMemory memory_;
  Host host_;
};

template <typename Message>
SliceDouble::Host says(const Message& message) {
  return [message](ava_ivshmem_control& control) {
    std::memcpy(control.answer, &message, sizeof message);
    control.answered = control.asked;
  };
}

ConnectError refused_by(SliceDouble::Host host, const Hello& hello = {"toy", 7}) {
  auto connected = connect_slice(std::make_unique<SliceDouble>(std::move(host)), "/dev/ava0", hello,
                                 20 * kMillisecond);
  if (connected) return {Error::kOk, "connected"};
  return connected.error();
}

WelcomeMessage welcome() {
  WelcomeMessage message{};
  message.layout_version = kLayoutVersion;
  message.channels = kChannelExtent;
  message.region_size = kArenaOffset + kPage;
  return ControlPeer::welcome(message);
}

TEST(Slice, AHelloThatIsWelcomeHasTheRegion) {
  HelloMessage heard;
  auto device = std::make_unique<SliceDouble>([&](ava_ivshmem_control& control) {
    std::memcpy(&heard, control.question, sizeof heard);
    says(welcome())(control);
  });
  const auto bytes = device->slice();
  format_region(bytes.subspan(kRegionOffset), kPage);
  const auto connected = connect_slice(std::move(device), "/dev/ava0", {"toy", 7});
  ASSERT_TRUE(connected) << connected.error().sentence;
  EXPECT_EQ((*connected)->region().data(), bytes.data() + kRegionOffset);
  EXPECT_EQ((*connected)->region().size(), kArenaOffset + kPage);
  EXPECT_EQ((*connected)->channels(), kChannelExtent);
  EXPECT_EQ(heard.header.kind, ControlKind::kHello);
  EXPECT_EQ(heard.wire_hash, 7u);
  EXPECT_STREQ(heard.api, "toy");
}

TEST(Slice, AHostThatSaysNothingIsNotWaitedForForEver) {
  const ConnectError silent = refused_by([](ava_ivshmem_control&) {});
  EXPECT_EQ(silent.error, Error::kTimedOut);
  EXPECT_NE(silent.sentence.find("ava-routerd"), std::string::npos) << silent.sentence;
  EXPECT_EQ(refused_by(nullptr).error, Error::kTimedOut) << "the device is gone";
}

TEST(Slice, ARefusalIsPassedOn) {
  const ConnectError refused =
      refused_by(says(ControlPeer::refusal(Error::kUnknownApi, "no such API")));
  EXPECT_EQ(refused.error, Error::kUnknownApi);
  EXPECT_NE(refused.sentence.find("no such API"), std::string::npos);
  EXPECT_NE(refused.sentence.find("/dev/ava0"), std::string::npos);
  EXPECT_EQ(refused_by(says(ControlPeer::refusal(Error::kVersionMismatch, ""))).error,
            Error::kVersionMismatch);
  EXPECT_EQ(refused_by(says(welcome()), {std::string(kApiNameBytes, 'x'), 7}).error,
            Error::kUnknownApi);
}

TEST(Slice, AnswersThatMakeNoSenseAreNoWelcome) {
  EXPECT_EQ(refused_by(says(welcome())).error, Error::kBadMessage) << "no region is there";
  WelcomeMessage message = welcome();
  message.region_size += kPage;  // beyond the slice
  EXPECT_EQ(refused_by(says(message)).error, Error::kBadMessage);
  message = welcome();
  message.layout_version = kLayoutVersion + 1;
  EXPECT_EQ(refused_by(says(message)).error, Error::kBadMessage);
  message = welcome();
  message.header.size -= 1;
  EXPECT_EQ(refused_by(says(message)).error, Error::kBadMessage);
  EXPECT_EQ(refused_by(says(ControlPeer::channels(8, Error::kOk))).error, Error::kBadMessage);
}

TEST(Slice, DevicesThatCannotBeOpenedAreExplained) {
  const TempDir folder;
  const auto refused = [](const std::string& path) { return open_slice_device(path).error(); };
  EXPECT_EQ(refused(folder.path("ava0")).error, Error::kNotFound);
  EXPECT_NE(refused(folder.path("ava0")).sentence.find("ava_ivshmem"), std::string::npos);
  EXPECT_EQ(refused("/dev/null").error, Error::kBadMessage) << "it knows none of our requests";
  EXPECT_EQ(open_vfio_device("").error().error, Error::kNotFound);
  EXPECT_EQ(open_vfio_device("9999:00:00.0").error().error, Error::kNotFound) << "no IOMMU group";
}

TEST(IvshmemMemory, IsDividedEvenlyAndOnLargePages) {
  using Shape = IvshmemMemory::Shape;
  const uint64_t gigabyte = uint64_t{1} << 30;
  const uint64_t arena = IvshmemMemory::arena_size({.size = 4 * gigabyte, .slices = 8});
  EXPECT_EQ((arena + kArenaOffset + kRegionOffset) % AVA_IVSHMEM_ALIGN, 0u);
  EXPECT_LE(8 * (arena + kArenaOffset + kRegionOffset), 4 * gigabyte - AVA_IVSHMEM_ALIGN);
  for (const Shape& small :
       {Shape{.size = gigabyte, .slices = 8}, Shape{.size = 0, .slices = 1},
        Shape{.size = 4096, .slices = 1}, Shape{.size = gigabyte, .slices = 0}}) {
    EXPECT_EQ(IvshmemMemory::arena_size(small), 0u);
  }
  const auto memory = IvshmemMemory::create({.size = gigabyte, .slices = 2});
  ASSERT_TRUE(memory);
  EXPECT_EQ((*memory)->region_offset(1) - (*memory)->region_offset(0),
            (gigabyte - AVA_IVSHMEM_ALIGN) / 2 / AVA_IVSHMEM_ALIGN * AVA_IVSHMEM_ALIGN);
  const auto region = (*memory)->region(1);
  region[kArenaOffset] = std::byte{1};
  region.back() = std::byte{1};
  (*memory)->region(0)[0] = std::byte{1};
  ASSERT_TRUE((*memory)->clean(1));
  EXPECT_EQ(region[kArenaOffset], std::byte{0});
  EXPECT_EQ(region.back(), std::byte{0});
  EXPECT_EQ((*memory)->region(0)[0], std::byte{1}) << "a neighbour's slice";
}

}  // namespace
}  // namespace ava::transport
