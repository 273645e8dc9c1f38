#include "transport/host_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/transport/temp_dir.h"

namespace ava::transport {
namespace {

constexpr uint64_t kArenaSize = 1 << 20;
constexpr uint64_t kRegionSize = kArenaOffset + kArenaSize;

UniqueFd duplicate(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

TEST(SharedMemory, StartsAsZeroesAndTakesNoMemory) {
  const auto memory = SharedMemory::create("test", kRegionSize);
  ASSERT_TRUE(memory);
  ASSERT_EQ(memory->bytes().size(), kRegionSize);
  struct stat status;
  ASSERT_EQ(::fstat(memory->fd(), &status), 0);
  EXPECT_EQ(status.st_blocks, 0);
  EXPECT_EQ(memory->bytes()[kRegionSize - 1], std::byte{0});
}

TEST(SharedMemory, CannotBeResizedOrUnsealed) {
  const auto memory = SharedMemory::create("test", kPage);
  ASSERT_TRUE(memory);
  EXPECT_NE(::ftruncate(memory->fd(), 0), 0);
  EXPECT_NE(::ftruncate(memory->fd(), 2 * kPage), 0);
  EXPECT_NE(::fcntl(memory->fd(), F_ADD_SEALS, F_SEAL_WRITE), 0);
}

TEST(SharedMemory, IsClosedOnExec) {
  const auto memory = SharedMemory::create("test", kPage);
  ASSERT_TRUE(memory);
  EXPECT_NE(::fcntl(memory->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SharedMemory, AnAdopterSeesTheSameBytes) {
  const auto made = SharedMemory::create("test", kPage);
  ASSERT_TRUE(made);
  const auto adopted = SharedMemory::adopt(duplicate(made->fd()), kPage);
  ASSERT_TRUE(adopted);
  made->bytes()[17] = std::byte{42};
  EXPECT_EQ(adopted->bytes()[17], std::byte{42});
}

TEST(SharedMemory, AdoptRefusesWhatIsSmallerThanPromised) {
  const auto made = SharedMemory::create("test", kPage);
  ASSERT_TRUE(made);
  EXPECT_EQ(SharedMemory::adopt(duplicate(made->fd()), 2 * kPage).error(), Error::kBadMessage);
  EXPECT_EQ(SharedMemory::adopt(duplicate(made->fd()), 0).error(), Error::kBadMessage);
}

TEST(SharedMemory, AdoptRefusesWhatThePeerCouldShrink) {
  UniqueFd unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(unsealed.get(), kPage), 0);
  EXPECT_EQ(SharedMemory::adopt(std::move(unsealed), kPage).error(), Error::kBadMessage);

  const TempDir folder;
  UniqueFd file(::open(folder.path("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::ftruncate(file.get(), kPage), 0);
  EXPECT_EQ(SharedMemory::adopt(std::move(file), kPage).error(), Error::kBadMessage);
  EXPECT_EQ(SharedMemory::adopt(UniqueFd(), kPage).error(), Error::kBadMessage);
}

// The child must neither have the mapping, nor lose what it maps there itself.
TEST(SharedMemory, AForkedChildStartsWithoutTheMapping) {
  auto memory = SharedMemory::create("test", kPage);
  ASSERT_TRUE(memory);
  std::byte* const address = memory->bytes().data();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::msync(address, kPage, MS_ASYNC) == 0) ::_exit(1);  // still mapped
    void* own = ::mmap(address, kPage, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (own != address) ::_exit(2);
    { const SharedMemory destroyed = std::move(*memory); }
    ::_exit(::msync(address, kPage, MS_ASYNC) == 0 ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

struct Range {
  uint64_t begin, end;
};

// Sorts by place; true where none overlaps its neighbour and all end inside `size`.
bool disjoint(std::vector<Range> parts, uint64_t size) {
  std::sort(parts.begin(), parts.end(), [](Range a, Range b) { return a.begin < b.begin; });
  uint64_t end = 0;
  for (const Range part : parts) {
    if (part.begin < end) return false;
    end = part.end;
  }
  return end <= size;
}

TEST(RegionView, PartsDoNotOverlapAndFillTheRegion) {
  const auto memory = SharedMemory::create("test", kRegionSize);
  ASSERT_TRUE(memory);
  const RegionView view(memory->bytes());
  std::vector<Range> parts;
  const auto add = [&](const void* data, uint64_t size) {
    const auto begin =
        static_cast<uint64_t>(static_cast<const std::byte*>(data) - memory->bytes().data());
    parts.push_back({begin, begin + size});
  };
  const auto add_bytes = [&](std::span<std::byte> bytes) { add(bytes.data(), bytes.size()); };
  add(&view.header(), sizeof(RegionHeader));
  add(&view.upcall_control(), sizeof(RingControl));
  add_bytes(view.upcall_bytes());
  for (uint32_t slot = 0; slot < kCompletionSlots; ++slot) add(&view.completion(slot), 8);
  for (uint32_t channel = 0; channel < kMaxChannels; ++channel) {
    add(&view.request_control(channel), sizeof(RingControl));
    add(&view.reply_control(channel), sizeof(ReplyControl));
    add_bytes(view.request_bytes(channel));
    add_bytes(view.reply_bytes(channel));
  }
  add_bytes(view.arena());
  EXPECT_TRUE(disjoint(parts, kRegionSize));
  EXPECT_EQ(view.arena().size(), kArenaSize);
}

TEST(ServerRegionView, PartsDoNotOverlapAndFillTheRegion) {
  const auto memory = SharedMemory::create("test", kServerRegionSize);
  ASSERT_TRUE(memory);
  const ServerRegionView view(memory->bytes());
  std::vector<Range> parts;
  const auto add = [&](const void* data, uint64_t size) {
    const auto begin =
        static_cast<uint64_t>(static_cast<const std::byte*>(data) - memory->bytes().data());
    parts.push_back({begin, begin + size});
  };
  add(&view.header(), sizeof(ServerRegionHeader));
  for (uint32_t channel = 0; channel < kMaxChannels; ++channel) {
    add(&view.control(channel), sizeof(RingControl));
    add(view.ring_bytes(channel).data(), view.ring_bytes(channel).size());
  }
  EXPECT_TRUE(disjoint(parts, kServerRegionSize));
  EXPECT_EQ(view.ring_bytes(0).size(), view.ring_bytes(kMaxChannels - 1).size());
}

TEST(FormatRegion, HeaderTellsTheLayout) {
  const auto memory = SharedMemory::create("test", kRegionSize);
  ASSERT_TRUE(memory);
  format_region(memory->bytes(), kArenaSize);
  const RegionHeader& header = RegionView(memory->bytes()).header();
  EXPECT_EQ(std::memcmp(&header.magic, "\0AVARGN1", 8), 0);
  EXPECT_EQ(header.region_size, kRegionSize);
  EXPECT_EQ(header.arena_offset + header.arena_size, header.region_size);
  EXPECT_EQ(header.channel_offset + header.channel_max * header.channel_stride,
            header.arena_offset);
  EXPECT_EQ(header.session_end.load(), 0u);
}

}  // namespace
}  // namespace ava::transport
