#include "guest/closures.h"

#include <new>

namespace ava::guest {

uint64_t Closures::add(const Closure& closure) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    closures_.emplace(last_ + 1, closure);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  if (closure.about != nullptr) ++about_;
  return ++last_;
}

void Closures::erase(std::map<uint64_t, Closure>::iterator at) {
  if (at->second.about != nullptr) --about_;
  closures_.erase(at);
}

void Closures::drop(uint64_t number) noexcept {
  const std::lock_guard lock(mutex_);
  if (const auto at = closures_.find(number); at != closures_.end()) erase(at);
}

bool Closures::find(uint64_t number, Closure& closure) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = closures_.find(number);
  if (found == closures_.end()) return false;
  closure = found->second;
  if (closure.once) erase(found);
  return true;
}

void Closures::confirm(uint64_t number) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = closures_.find(number);
  if (found != closures_.end()) found->second.registered = true;
}

bool Closures::take_lost(std::vector<Closure>& lost) noexcept {
  const std::lock_guard lock(mutex_);
  const auto waits = [](const auto& each) { return each.second.if_lost.row != IfLost::kNone; };
  for (const auto& each : closures_) {
    if (waits(each) && !each.second.registered) return false;
  }
  for (auto at = closures_.begin(); at != closures_.end();) {
    const auto each = at++;
    if (!waits(*each)) continue;
    try {
      lost.push_back(each->second);
    } catch (const std::bad_alloc&) {  // it is not called
    }
    erase(each);
  }
  return true;
}

}  // namespace ava::guest
