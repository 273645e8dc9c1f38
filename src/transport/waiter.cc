#include "transport/waiter.h"

#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "transport/waiter_impl.h"

namespace ava::transport {

Result<std::unique_ptr<Waiter>> Waiter::create(Kind kind) noexcept {
  const char* wish = std::getenv("AVA_WAITER");
  if (kind == Kind::kAuto && wish != nullptr && std::strcmp(wish, "epoll") == 0) {
    kind = Kind::kEpoll;
  }
  if (kind == Kind::kEpoll) return create_epoll_waiter();
  auto waiter = create_io_uring_waiter();
  if (waiter || kind == Kind::kIoUring) return waiter;
  AVA_INFO("io_uring is not to be had: waiting with epoll");
  return create_epoll_waiter();
}

}  // namespace ava::transport
