#include "transport/slice_device.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"
#include "transport/guest_hello.h"
#include "transport/ivshmem_device.h"
#include "transport/ivshmem_layout.h"

namespace ava::transport {
namespace {

class KernelDevice final : public SliceDevice {
 public:
  KernelDevice(UniqueFd fd, const ava_ivshmem_info& info, std::span<std::byte> slice) noexcept
      : fd_(std::move(fd)), info_(info), slice_(slice), owner_(::getpid()) {}
  ~KernelDevice() override {
    // A forked child never had the mapping: what lies at these addresses is its own.
    if (owner_ == ::getpid()) ::munmap(slice_.data(), slice_.size());
  }

  std::span<std::byte> slice() noexcept override { return slice_; }
  uint64_t region_offset() const noexcept override { return info_.region_offset; }
  Result<void> ring_control() noexcept override { return ring(AVA_IVSHMEM_RING_CONTROL); }
  Result<void> ring_slice() noexcept override { return ring(AVA_IVSHMEM_RING_SLICE); }

  void wait(ParkWord& word, int64_t timeout_ns) noexcept override {
    const auto* at = reinterpret_cast<const std::byte*>(&word);
    ava_ivshmem_wait wait{};
    wait.offset = static_cast<uint64_t>(at - slice_.data());
    wait.value = 1;
    wait.timeout_ns = timeout_ns;
    ::ioctl(fd_.get(), AVA_IVSHMEM_WAIT, &wait);
  }
  void wake() noexcept override { ::ioctl(fd_.get(), AVA_IVSHMEM_WAKE); }

 private:
  Result<void> ring(unsigned which) noexcept {
    if (::ioctl(fd_.get(), AVA_IVSHMEM_RING, which) == 0) return {};
    return fail(Error::kClosed);
  }

  UniqueFd fd_;
  ava_ivshmem_info info_;
  std::span<std::byte> slice_;
  pid_t owner_;
};

Refused explain_open(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
      return refuse(Error::kNotFound,
                    "no device: there is no " + path +
                        "; load the kernel module ava_ivshmem, and see whether this machine has an "
                        "ivshmem device (lspci -d 1af4:1110)");
    case EACCES:
    case EPERM:
      return refuse(Error::kPermission, "no permission: user " + std::to_string(::geteuid()) +
                                            " may not open " + path +
                                            "; its mode is this machine's administrator's to set");
    case ENOSPC:
      return refuse(Error::kExhausted,
                    "no slice: " + path +
                        " has lent all that it has; end a program, or have the host give this "
                        "machine more slices");
    case ETIMEDOUT:
    case EAGAIN:
      return refuse(Error::kTimedOut, "no answer: " + path +
                                          " has slices, but nobody on the host cleans them; see "
                                          "whether ava-routerd runs there");
    case EPROTONOSUPPORT:
      return refuse(Error::kVersionMismatch,
                    "layouts differ: the host's memory behind " + path +
                        " is of a version that this kernel module does not know; upgrade the older "
                        "one");
    case ENODEV:
    case ENXIO:
      return refuse(Error::kClosed,
                    "no device: the ivshmem device behind " + path + " was taken away");
    default:
      return refuse(Error::kSystem, "cannot open " + path + ": " + std::strerror(error));
  }
}

}  // namespace

tl::expected<std::unique_ptr<SliceDevice>, ConnectError> open_slice_device(
    const std::string& path) {
  UniqueFd fd;
  do {
    fd.reset(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  } while (!fd && errno == EINTR);
  if (!fd) return explain_open(path, errno);
  // An application that closed its standard streams must not find its output in our file.
  if (fd.get() <= STDERR_FILENO) {
    fd.reset(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!fd) return refuse(Error::kSystem, "no descriptors are left");
  }
  ava_ivshmem_info info{};
  if (::ioctl(fd.get(), AVA_IVSHMEM_INFO, &info) != 0) {
    return refuse(Error::kBadMessage, "not a device of ours: " + path +
                                          " is not the file of the kernel module ava_ivshmem");
  }
  if (info.version != AVA_IVSHMEM_DEVICE_VERSION) {
    return refuse(Error::kVersionMismatch,
                  "versions differ: the kernel module ava_ivshmem is version " +
                      std::to_string(info.version) + ", this guest library knows " +
                      std::to_string(AVA_IVSHMEM_DEVICE_VERSION) + "; upgrade the older one");
  }
  if (info.slice_size < info.region_offset + kArenaOffset) {
    return refuse(Error::kVersionMismatch, "wrong size: slices of " +
                                               std::to_string(info.slice_size) + " bytes behind " +
                                               path + " have no room for a region");
  }
  void* data = ::mmap(nullptr, info.slice_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) {
    return refuse(Error::kSystem, "cannot map the " + std::to_string(info.slice_size) +
                                      " bytes of a slice of " + path + ": " + std::strerror(errno));
  }
  return std::make_unique<KernelDevice>(std::move(fd), info,
                                        std::span(static_cast<std::byte*>(data), info.slice_size));
}

}  // namespace ava::transport
