// The two kinds of Waiter, for waiter.cc alone.
#pragma once

#include <memory>

#include "base/result.h"
#include "transport/waiter.h"

namespace ava::transport {

Result<std::unique_ptr<Waiter>> create_io_uring_waiter() noexcept;
Result<std::unique_ptr<Waiter>> create_epoll_waiter() noexcept;

}  // namespace ava::transport
