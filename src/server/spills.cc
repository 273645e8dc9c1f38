#include "server/spills.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "marshal/bulk.h"

namespace ava::server {

Result<Spills::Spill*> Spills::make(uint64_t number, uint64_t size) {
  // Cannot overflow: each term is bounded by the total.
  if (size > marshal::kMaxSpill || spills_.size() >= kMaxSpills ||
      total_->load() + size > kMaxSpillTotal) {
    return fail(Error::kExhausted);
  }
  // Of a size that the application made up nothing is ever touched: no memory is set aside for it.
  const uint64_t mapped = std::max<uint64_t>(size, 1);
  void* const bytes = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes == MAP_FAILED) return fail(Error::kExhausted);
  total_->fetch_add(size);
  Memory memory(static_cast<std::byte*>(bytes), [total = total_, size, mapped](std::byte* at) {
    total->fetch_sub(size);
    ::munmap(at, mapped);
  });
  return &spills_.emplace(number, Spill{std::move(memory), size, 0}).first->second;
}

Result<void> Spills::append(uint64_t number, uint64_t total, std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  const auto at = spills_.find(number);
  const Result<Spill*> spill =
      at != spills_.end() ? Result<Spill*>(&at->second) : make(number, total);
  if (!spill) return fail(spill.error());
  Spill& to = **spill;
  if (!marshal::in_range(to.filled, bytes.size(), to.size)) return fail(Error::kBadReference);
  if (!bytes.empty()) std::memcpy(to.memory.get() + to.filled, bytes.data(), bytes.size());
  to.filled += bytes.size();
  return {};
}

Result<Spills::Memory> Spills::use(uint64_t number, uint64_t size, bool make_it) {
  const std::lock_guard lock(mutex_);
  const auto at = spills_.find(number);
  if (at != spills_.end()) {
    if (size > at->second.size) return fail(Error::kBadReference);
    return at->second.memory;
  }
  if (!make_it) return fail(Error::kBadReference);
  const auto spill = make(number, size);
  if (!spill) return fail(spill.error());
  return (*spill)->memory;
}

Result<void> Spills::read(uint64_t number, uint64_t offset, std::span<std::byte> to) {
  const std::lock_guard lock(mutex_);
  const auto at = spills_.find(number);
  if (at == spills_.end() || !marshal::in_range(offset, to.size(), at->second.size)) {
    return fail(Error::kBadReference);
  }
  if (!to.empty()) std::memcpy(to.data(), at->second.memory.get() + offset, to.size());
  return {};
}

void Spills::free(uint64_t number) {
  const std::lock_guard lock(mutex_);
  spills_.erase(number);
}

}  // namespace ava::server
