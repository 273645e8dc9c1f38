// A slice of an ivshmem device that the kernel gives this process as a whole (vfio-pci): no module
// of ours, and no second process. This process lends itself a slice, as the module would.
//
// Threads: one of our own takes the interrupts, and looks for whom they are.
#include <dirent.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "transport/guest_hello.h"
#include "transport/ivshmem_layout.h"
#include "transport/slice_device.h"

namespace ava::transport {
namespace {

constexpr int64_t kCleanPatience = 5 * kSecond;  // until the host has cleaned a slice
constexpr const char* kDrivers = "/sys/bus/pci/drivers/vfio-pci";

// A number in a file of sysfs; 0 if there is none.
unsigned long read_number(const std::string& path) {
  char text[32] = {};
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0) return 0;
  return std::strtoul(text, nullptr, 0);
}

// The last part of where a link leads; empty if it is none.
std::string link_name(const std::string& path) {
  char target[512];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  if (size <= 0) return {};
  const std::string whole(target, static_cast<size_t>(size));
  return whole.substr(whole.rfind('/') + 1);
}

// The descriptors by which the kernel gives a device away, and what is mapped of it.
struct Access {
  UniqueFd container;
  UniqueFd group;
  UniqueFd device;
  uint64_t registers = 0;  // where BAR 0 is in `device`
  std::span<std::byte> memory;
};

class VfioDevice final : public SliceDevice {
 public:
  VfioDevice(Access access, uint32_t slice, UniqueFd interrupt) noexcept
      : access_(std::move(access)),
        header_(*reinterpret_cast<const ava_ivshmem_header*>(access_.memory.data())),
        number_(slice),
        interrupt_(std::move(interrupt)),
        owner_(::getpid()) {}

  ~VfioDevice() override {
    // A forked child has neither the mapping nor the thread.
    if (owner_ != ::getpid()) {
      if (thread_.joinable()) thread_.detach();
      return;
    }
    stopping_.store(true);
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(interrupt_.get(), &one, sizeof one);
    if (thread_.joinable()) thread_.join();
    lease().fetch_add(1, std::memory_order_release);
    (void)ring_control();
    ::munmap(access_.memory.data(), access_.memory.size());
  }

  // Starts the thread that takes interrupts; without, sleepers look from time to time.
  void start() {
    if (!interrupt_) return;
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { take_interrupts(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  std::span<std::byte> slice() noexcept override {
    return access_.memory.subspan(header_.slice_offset + number_ * header_.slice_size,
                                  header_.slice_size);
  }
  uint64_t region_offset() const noexcept override { return header_.region_offset; }
  Result<void> ring_control() noexcept override { return ring(0); }
  Result<void> ring_slice() noexcept override { return ring(1 + number_); }

  void wait(ParkWord& word, int64_t timeout_ns) noexcept override {
    // Between looks, where no interrupt comes: short, for somebody waits.
    const int64_t nap_ns = thread_.joinable() ? 100 * kMillisecond : 100 * kMicrosecond;
    const int64_t until = timeout_ns < 0 ? INT64_MAX : now_ns() + timeout_ns;
    std::unique_lock lock(mutex_);
    const uint64_t seen = rounds_;
    while (word.load(std::memory_order_relaxed) == 1 && rounds_ == seen) {
      const int64_t left = until - now_ns();
      if (left <= 0) return;
      changed_.wait_for(lock, std::chrono::nanoseconds(std::min(left, nap_ns)));
    }
  }
  void wake() noexcept override {
    {
      const std::lock_guard lock(mutex_);
      ++rounds_;
    }
    changed_.notify_all();
  }

 private:
  std::atomic_ref<uint32_t> lease() noexcept {
    auto* leases =
        reinterpret_cast<ava_ivshmem_leases*>(access_.memory.data() + AVA_IVSHMEM_LEASES_OFFSET);
    return std::atomic_ref(leases->lease[number_]);
  }

  Result<void> ring(uint32_t vector) noexcept {
    if (header_.vectors == 0) return {};
    const uint32_t value = header_.host_peer << 16 | vector;
    const auto at = static_cast<off_t>(access_.registers + AVA_IVSHMEM_DOORBELL);
    if (::pwrite(access_.device.get(), &value, sizeof value, at) == ssize_t{sizeof value}) {
      return {};
    }
    return fail(Error::kClosed);
  }

  void take_interrupts() noexcept {
    uint64_t count;
    while (::read(interrupt_.get(), &count, sizeof count) == ssize_t{sizeof count} &&
           !stopping_.load()) {
      wake();
    }
  }

  Access access_;
  const ava_ivshmem_header header_;  // as it was when the slice was lent
  const uint32_t number_;
  UniqueFd interrupt_;
  const pid_t owner_;
  std::mutex mutex_;     // guards rounds_
  uint64_t rounds_ = 0;  // times that all sleepers were to look again
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// The device's file descriptors, with its memory mapped.
tl::expected<Access, ConnectError> open_access(const std::string& address) {
  const std::string group_name = link_name("/sys/bus/pci/devices/" + address + "/iommu_group");
  if (group_name.empty()) {
    return refuse(Error::kNotFound, "no IOMMU: " + address +
                                        " belongs to no group; vfio needs an IOMMU with interrupt "
                                        "remapping in this machine, and intel_iommu=on");
  }
  const std::string path = "/dev/vfio/" + group_name;
  Access access;
  access.container.reset(::open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
  access.group.reset(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!access.container || !access.group) {
    const int error = errno;
    if (error == EBUSY) {
      return refuse(Error::kExhausted, "in use: another process has " + path +
                                           "; without our kernel module there can be only one");
    }
    return refuse(error == EACCES || error == EPERM ? Error::kPermission : Error::kSystem,
                  "cannot open " + path + ": " + std::strerror(error));
  }
  const int container = access.container.get();
  if (::ioctl(access.group.get(), VFIO_GROUP_SET_CONTAINER, &container) != 0 ||
      ::ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) != 0) {
    return refuse(Error::kSystem,
                  "cannot use " + path + ": " + std::strerror(errno) +
                      "; is each device of its group bound to vfio-pci, and are interrupts "
                      "remapped?");
  }
  access.device.reset(::ioctl(access.group.get(), VFIO_GROUP_GET_DEVICE_FD, address.c_str()));
  vfio_region_info registers{}, memory{}, configuration{};
  registers.argsz = memory.argsz = configuration.argsz = sizeof(vfio_region_info);
  registers.index = VFIO_PCI_BAR0_REGION_INDEX;
  memory.index = VFIO_PCI_BAR2_REGION_INDEX;
  configuration.index = VFIO_PCI_CONFIG_REGION_INDEX;
  if (!access.device ||
      ::ioctl(access.device.get(), VFIO_DEVICE_GET_REGION_INFO, &registers) != 0 ||
      ::ioctl(access.device.get(), VFIO_DEVICE_GET_REGION_INFO, &memory) != 0 ||
      ::ioctl(access.device.get(), VFIO_DEVICE_GET_REGION_INFO, &configuration) != 0 ||
      memory.size < AVA_IVSHMEM_ALIGN) {
    return refuse(Error::kSystem, address + " is no ivshmem device with a memory of ours");
  }
  access.registers = registers.offset;
  // Interrupts are writes of the device's: it must be allowed to be a bus master.
  uint16_t command = 0;
  const auto at = static_cast<off_t>(configuration.offset + PCI_COMMAND);
  if (::pread(access.device.get(), &command, sizeof command, at) == ssize_t{sizeof command}) {
    command |= PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
    [[maybe_unused]] const ssize_t written =
        ::pwrite(access.device.get(), &command, sizeof command, at);
  }
  void* data = ::mmap(nullptr, memory.size, PROT_READ | PROT_WRITE, MAP_SHARED, access.device.get(),
                      static_cast<off_t>(memory.offset));
  if (data == MAP_FAILED) {
    return refuse(Error::kSystem,
                  "cannot map the memory of " + address + ": " + std::strerror(errno));
  }
  ::madvise(data, memory.size, MADV_DONTFORK);
  access.memory = {static_cast<std::byte*>(data), memory.size};
  return access;
}

// Has the device raise vector 1 + `slice` on an eventfd; empty where it cannot.
UniqueFd take_vector(int device, uint32_t slice) {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC));
  // All vectors up to ours: the others lead nowhere.
  std::vector<int32_t> fds(slice + 2, -1);
  fds.back() = fd.get();
  std::vector<std::byte> bytes(sizeof(vfio_irq_set) + fds.size() * sizeof(int32_t));
  vfio_irq_set set{};
  set.argsz = static_cast<uint32_t>(bytes.size());
  set.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
  set.index = VFIO_PCI_MSIX_IRQ_INDEX;
  set.count = static_cast<uint32_t>(fds.size());
  std::memcpy(bytes.data(), &set, sizeof set);
  std::memcpy(bytes.data() + sizeof set, fds.data(), fds.size() * sizeof(int32_t));
  if (!fd || ::ioctl(device, VFIO_DEVICE_SET_IRQS, bytes.data()) != 0) return {};
  return fd;
}

bool is_sound(const ava_ivshmem_header& header, uint64_t size) {
  return header.slices > 0 && header.slices <= AVA_IVSHMEM_MAX_SLICES && header.size <= size &&
         header.slice_offset >= AVA_IVSHMEM_ALIGN &&
         header.slice_size <= (size - header.slice_offset) / header.slices &&
         header.region_offset + kArenaOffset <= header.slice_size;
}

}  // namespace

std::string find_vfio_device() {
  std::string found;
  if (DIR* const folder = ::opendir(kDrivers); folder != nullptr) {
    while (const dirent* entry = ::readdir(folder)) {
      const std::string path = std::string(kDrivers) + "/" + entry->d_name;
      if (read_number(path + "/vendor") == AVA_IVSHMEM_PCI_VENDOR &&
          read_number(path + "/device") == AVA_IVSHMEM_PCI_DEVICE) {
        found = entry->d_name;
        break;
      }
    }
    ::closedir(folder);
  }
  return found;
}

tl::expected<std::unique_ptr<SliceDevice>, ConnectError> open_vfio_device(
    const std::string& address) {
  if (address.empty()) {
    return refuse(Error::kNotFound,
                  "no device: no ivshmem device (1af4:1110) is bound to vfio-pci");
  }
  auto access = open_access(address);
  if (!access) return Refused(access.error());
  auto* bytes = access->memory.data();
  const auto give_up = [&](Error error, const std::string& sentence) {
    ::munmap(bytes, access->memory.size());
    return refuse(error, sentence);
  };
  const ava_ivshmem_header header = *reinterpret_cast<const ava_ivshmem_header*>(bytes);
  if (header.magic != AVA_IVSHMEM_MAGIC) {
    return give_up(Error::kBadMessage, "not AvA's: the memory of " + address + " is another's");
  }
  if (header.version < AVA_IVSHMEM_VERSION_MIN || header.version_min > AVA_IVSHMEM_VERSION ||
      !is_sound(header, access->memory.size())) {
    return give_up(Error::kVersionMismatch,
                   "layouts differ: the host's memory behind " + address +
                       " is of a version that this guest library does not know; upgrade the older "
                       "one");
  }
  auto* leases = reinterpret_cast<ava_ivshmem_leases*>(bytes + AVA_IVSHMEM_LEASES_OFFSET);
  const auto ring = [&] {
    const uint32_t value = header.host_peer << 16;
    [[maybe_unused]] const ssize_t written =
        ::pwrite(access->device.get(), &value, sizeof value,
                 static_cast<off_t>(access->registers + AVA_IVSHMEM_DOORBELL));
  };
  // Nobody else has the device now: whoever had a slice is gone.
  for (uint32_t slice = 0; slice < header.slices; ++slice) {
    const std::atomic_ref lease(leases->lease[slice]);
    if (lease.load() % 2 == 1) lease.fetch_add(1, std::memory_order_release);
  }
  ring();
  for (const int64_t deadline = now_ns() + kCleanPatience; now_ns() < deadline;) {
    for (uint32_t slice = 0; slice < header.slices; ++slice) {
      const std::atomic_ref lease(leases->lease[slice]);
      auto& cleaned = reinterpret_cast<ava_ivshmem_header*>(bytes)->cleaned[slice];
      if (lease.load() != std::atomic_ref(cleaned).load(std::memory_order_acquire)) continue;
      lease.fetch_add(1, std::memory_order_release);
      UniqueFd interrupt =
          header.vectors == 0 ? UniqueFd() : take_vector(access->device.get(), slice);
      auto device = std::make_unique<VfioDevice>(std::move(*access), slice, std::move(interrupt));
      device->start();
      return device;
    }
    const timespec nap{0, kMillisecond};
    ::nanosleep(&nap, nullptr);
  }
  return give_up(Error::kTimedOut, "no answer: " + address +
                                       " has slices, but nobody on the host cleans them; see "
                                       "whether ava-routerd runs there");
}

}  // namespace ava::transport
