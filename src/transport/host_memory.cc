#include "transport/host_memory.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/log.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U  // Linux 6.3; detected at run time
#endif

namespace ava::transport {
namespace {

UniqueFd make_memfd(const char* name) noexcept {
  // Not executable where the kernel can say so: nobody runs code out of a region.
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL));
  if (!fd && errno == EINVAL) fd.reset(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return fd;
}

// Null on failure. A child of fork starts without the mapping: two processes that both believe
// themselves the producer of a ring would corrupt it. A core dump leaves it out: it may be
// gigabytes, and the router's must not hold its guests' data.
std::byte* map_shared(int fd, uint64_t size, uint64_t offset = 0) noexcept {
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
                      static_cast<off_t>(offset));
  if (data == MAP_FAILED) {
    AVA_ERROR("cannot map %llu bytes of shared memory: %s", static_cast<unsigned long long>(size),
              std::strerror(errno));
    return nullptr;
  }
  if (::madvise(data, size, MADV_DONTFORK) != 0 || ::madvise(data, size, MADV_DONTDUMP) != 0) {
    AVA_ERROR("cannot keep shared memory out of child processes and core dumps: %s",
              std::strerror(errno));
    ::munmap(data, size);
    return nullptr;
  }
  return static_cast<std::byte*>(data);
}

// The layout keeps every T at a multiple of its alignment, and mappings start on a page.
template <typename T>
T& at(std::span<std::byte> bytes, uint64_t offset) noexcept {
  return *std::launder(reinterpret_cast<T*>(bytes.data() + offset));
}

uint64_t channel_offset(uint32_t channel) noexcept {
  return kChannelOffset + channel * kChannelStride;
}

uint64_t server_channel_offset(uint32_t channel) noexcept {
  return kPage + channel * kServerChannelStride;
}

}  // namespace

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      owner_(other.owner_) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  if (this != &other) {
    unmap();
    fd_ = std::move(other.fd_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    owner_ = other.owner_;
  }
  return *this;
}

SharedMemory::~SharedMemory() { unmap(); }

void SharedMemory::unmap() noexcept {
  // A forked child never had the mapping: what lies at these addresses is its own.
  if (data_ != nullptr && owner_ == ::getpid()) ::munmap(data_, size_);
}

Result<SharedMemory> SharedMemory::create(const char* name, uint64_t size) noexcept {
  UniqueFd fd = make_memfd(name);
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    AVA_ERROR("cannot make %llu bytes of shared memory: %s", static_cast<unsigned long long>(size),
              std::strerror(errno));
    return fail(Error::kSystem);
  }
  std::byte* data = map_shared(fd.get(), size);
  if (data == nullptr) return fail(Error::kSystem);
  return SharedMemory(std::move(fd), data, size);
}

Result<SharedMemory> SharedMemory::adopt(UniqueFd fd, uint64_t size, uint64_t offset) noexcept {
  struct stat status;
  if (size == 0 || ::fstat(fd.get(), &status) != 0 ||
      static_cast<uint64_t>(status.st_size) < size ||
      static_cast<uint64_t>(status.st_size) - size < offset) {
    return fail(Error::kBadMessage);
  }
  // Fails, too, for whatever is no memfd: a file or a device.
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return fail(Error::kBadMessage);
  std::byte* data = map_shared(fd.get(), size, offset);
  if (data == nullptr) return fail(Error::kSystem);
  return SharedMemory(std::move(fd), data, size);
}

SharedMemory::SharedMemory(UniqueFd fd, std::byte* data, uint64_t size) noexcept
    : fd_(std::move(fd)), data_(data), size_(size), owner_(::getpid()) {}

RegionHeader& RegionView::header() const noexcept { return at<RegionHeader>(bytes_, 0); }

RingControl& RegionView::request_control(uint32_t channel) const noexcept {
  return at<RingControl>(bytes_, channel_offset(channel));
}

std::span<std::byte> RegionView::request_bytes(uint32_t channel) const noexcept {
  return bytes_.subspan(channel_offset(channel) + kRingBytesOffset, kRingCapacity);
}

ReplyControl& RegionView::reply_control(uint32_t channel) const noexcept {
  return at<ReplyControl>(bytes_, channel_offset(channel) + kReplyControlOffset);
}

std::span<std::byte> RegionView::reply_bytes(uint32_t channel) const noexcept {
  return bytes_.subspan(channel_offset(channel) + kReplyBytesOffset, kReplyCapacity);
}

RingControl& RegionView::upcall_control() const noexcept {
  return at<RingControl>(bytes_, kUpcallOffset);
}

std::span<std::byte> RegionView::upcall_bytes() const noexcept {
  return bytes_.subspan(kUpcallOffset + kPage, kUpcallCapacity);
}

std::atomic<uint64_t>& RegionView::completion(uint32_t slot) const noexcept {
  return at<std::atomic<uint64_t>>(bytes_, kCompletionOffset + slot * sizeof(uint64_t));
}

std::span<std::byte> RegionView::arena() const noexcept { return bytes_.subspan(kArenaOffset); }

ServerRegionHeader& ServerRegionView::header() const noexcept {
  return at<ServerRegionHeader>(bytes_, 0);
}

RingControl& ServerRegionView::control(uint32_t channel) const noexcept {
  return at<RingControl>(bytes_, server_channel_offset(channel));
}

std::span<std::byte> ServerRegionView::ring_bytes(uint32_t channel) const noexcept {
  return bytes_.subspan(server_channel_offset(channel) + kPage, kRingCapacity);
}

void format_region(std::span<std::byte> bytes, uint64_t arena_size) noexcept {
  RegionHeader& header = RegionView(bytes).header();
  header.magic = kRegionMagic;
  header.layout_version = kLayoutVersion;
  header.layout_version_min = kLayoutVersionMin;
  header.features = 0;
  header.region_size = kArenaOffset + arena_size;
  header.upcall_offset = kUpcallOffset;
  header.completion_offset = kCompletionOffset;
  header.channel_offset = kChannelOffset;
  header.channel_stride = kChannelStride;
  header.arena_offset = kArenaOffset;
  header.arena_size = arena_size;
  header.upcall_capacity = kUpcallCapacity;
  header.ring_capacity = kRingCapacity;
  header.reply_capacity = kReplyCapacity;
  header.channel_max = kMaxChannels;
  header.completion_count = kCompletionSlots;
}

void format_server_region(std::span<std::byte> bytes) noexcept {
  ServerRegionView(bytes).header().magic = kServerRegionMagic;
}

}  // namespace ava::transport
