// A virtual machine without QEMU, with doorbells or, at a link instead of a socket, without.
// and has the memory, doorbells and interrupts that a guest would. Its slices are lent as the
// kernel module lends them, or by hand, so that tests can lie.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "transport/host_memory.h"
#include "transport/ivshmem_layout.h"
#include "transport/slice_device.h"

namespace ava::router {

class MachineDouble {
 public:
  // Connects as a QEMU that is given `socket` as its chardev. Not connected() where it was refused.
  explicit MachineDouble(const std::string& socket) {
    if (std::filesystem::is_symlink(socket)) {
      plain_ = map(UniqueFd(::open(socket.c_str(), O_RDWR | O_CLOEXEC))) && header_.vectors == 0;
      return;
    }
    socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        !shake_hands()) {
      return;
    }
    stop_.reset(::eventfd(0, EFD_CLOEXEC));
    thread_ = std::jthread([this] { take_interrupts(); });
  }
  ~MachineDouble() { disconnect(); }

  bool connected() const { return plain_ || thread_.joinable(); }
  // QEMU ends. What was mapped stays mapped, as in a process that still runs.
  void disconnect() {
    if (!thread_.joinable()) return;
    const uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
    socket_.reset();
  }

  std::span<std::byte> memory() const { return memory_->bytes(); }
  // As it was when the machine connected; what a hostile guest writes there misleads no test.
  const ava_ivshmem_header& header() const { return header_; }
  uint32_t& lease(uint32_t slice) const {
    return reinterpret_cast<ava_ivshmem_leases*>(memory().data() + AVA_IVSHMEM_LEASES_OFFSET)
        ->lease[slice];
  }
  uint32_t cleaned(uint32_t slice) const {
    return std::atomic_ref(reinterpret_cast<ava_ivshmem_header*>(memory().data())->cleaned[slice])
        .load();
  }
  std::span<std::byte> slice(uint32_t slice) const {
    return memory().subspan(header().slice_offset + slice * header().slice_size,
                            header().slice_size);
  }
  ava_ivshmem_control& control(uint32_t number) const {
    return *reinterpret_cast<ava_ivshmem_control*>(slice(number).data());
  }
  // The device was given fewer vectors than the host has: slices ring with the control's.
  bool few_doorbells = false;
  // Rings the host, as a store to the doorbell register does.
  void ring(uint32_t vector) const {
    if (plain_) return;
    const uint64_t one = 1;
    (void)!::write(doorbells_.at(vector).get(), &one, sizeof one);
  }

  // The kernel module's open(): a clean slice, or null where there is none within some seconds.
  std::unique_ptr<transport::SliceDevice> open() {
    std::unique_lock lock(mutex_);
    for (const int64_t deadline = now_ns() + 5 * kSecond; now_ns() < deadline;) {
      for (uint32_t i = 0; i < header().slices; ++i) {
        if (lease(i) % 2 == 0 && cleaned(i) == lease(i)) {
          std::atomic_ref(lease(i)).fetch_add(1);
          return std::make_unique<Device>(*this, i);
        }
      }
      interrupted_.wait_for(lock, std::chrono::milliseconds(plain_ ? 1 : 100));
    }
    return nullptr;
  }
  // Its release().
  void close(uint32_t slice) {
    std::atomic_ref(lease(slice)).fetch_add(1);
    ring(0);
  }

 private:
  class Device final : public transport::SliceDevice {
   public:
    Device(MachineDouble& machine, uint32_t number) : machine_(machine), number_(number) {}
    ~Device() override { machine_.close(number_); }

    std::span<std::byte> slice() noexcept override { return machine_.slice(number_); }
    uint64_t region_offset() const noexcept override { return machine_.header().region_offset; }
    Result<void> ring_control() noexcept override {
      machine_.ring(0);
      return {};
    }
    Result<void> ring_slice() noexcept override {
      machine_.ring(machine_.few_doorbells ? 0 : 1 + number_);
      return {};
    }
    void wait(transport::ParkWord& word, int64_t timeout_ns) noexcept override {
      if (machine_.plain_) {
        for (const int64_t end = now_ns() + timeout_ns; word.load() == 1 && now_ns() < end;) {
          ::usleep(100);
        }
        return;
      }
      std::unique_lock lock(machine_.mutex_);
      const auto changed = [&] { return word.load() != 1; };
      machine_.interrupted_.wait_for(
          lock, std::chrono::nanoseconds(timeout_ns < 0 ? kSecond : timeout_ns), changed);
    }
    void wake() noexcept override {
      { const std::lock_guard lock(machine_.mutex_); }
      machine_.interrupted_.notify_all();
    }

   private:
    MachineDouble& machine_;
    uint32_t number_;
  };

  struct Received {
    int64_t number;
    UniqueFd fd;
  };
  bool receive(Received& received) {
    iovec part{&received.number, sizeof received.number};
    msghdr message{};
    alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(int))] = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC) != ssize_t{sizeof received.number}) {
      return false;
    }
    received.fd.reset();
    if (const cmsghdr* rights = CMSG_FIRSTHDR(&message); rights != nullptr) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
      received.fd.reset(fd);
    }
    return true;
  }
  bool shake_hands() {
    Received received;
    if (!receive(received) || received.number != 0 || received.fd) return false;
    if (!receive(received) || received.fd) return false;
    const int64_t self = received.number;
    if (!receive(received) || received.number != -1 || !received.fd) return false;
    if (!map(std::move(received.fd))) return false;
    while (interrupts_.size() < header().vectors) {
      if (!receive(received) || !received.fd) return false;
      (received.number == self ? interrupts_ : doorbells_).push_back(std::move(received.fd));
    }
    return doorbells_.size() == header().vectors;
  }
  bool map(UniqueFd fd) {
    struct stat status;
    if (!fd || ::fstat(fd.get(), &status) != 0) return false;
    auto memory =
        transport::SharedMemory::adopt(std::move(fd), static_cast<uint64_t>(status.st_size));
    if (!memory) return false;
    memory_ = std::make_unique<transport::SharedMemory>(std::move(*memory));
    std::memcpy(&header_, memory_->bytes().data(), sizeof header_);
    return true;
  }
  // The guest's interrupt handler.
  void take_interrupts() {
    std::vector<pollfd> items = {{stop_.get(), POLLIN, 0}};
    for (const UniqueFd& interrupt : interrupts_) items.push_back({interrupt.get(), POLLIN, 0});
    while (::poll(items.data(), items.size(), -1) > 0 && items[0].revents == 0) {
      for (const pollfd& item : items) {
        uint64_t count;
        if (item.revents != 0) (void)!::read(item.fd, &count, sizeof count);
      }
      // A waiter looks at its word under the mutex: it has seen what came before, or sleeps.
      { const std::lock_guard lock(mutex_); }
      interrupted_.notify_all();
    }
  }

  bool plain_ = false;  // no doorbells, no interrupts
  UniqueFd socket_;
  std::unique_ptr<transport::SharedMemory> memory_;
  ava_ivshmem_header header_{};
  std::vector<UniqueFd> doorbells_;
  std::vector<UniqueFd> interrupts_;
  UniqueFd stop_;
  std::mutex mutex_;  // guards nothing: makes looking and sleeping one step
  std::condition_variable interrupted_;
  std::jthread thread_;
};

}  // namespace ava::router
