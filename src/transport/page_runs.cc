#include "transport/page_runs.h"

#include <new>

namespace ava::transport {

// calloc takes address space alone for a large table: a record costs memory from its first use.
PageRuns::PageRuns(uint32_t count) noexcept
    : size_(count), pages_(static_cast<Page*>(std::calloc(count, sizeof(Page)))) {
  if (pages_ == nullptr || size_ == 0) return;
  mark(0, size_, Page::State::kFree);
  free_.insert(pages_[0]);
}

PageRuns::~PageRuns() { free_.clear(); }

uint32_t PageRuns::take(uint32_t count) noexcept {
  Page wanted{};
  wanted.count = count;
  const auto best = free_.lower_bound(wanted);
  if (best == free_.end()) return kNoPage;
  const uint32_t first = best->start;
  const uint32_t rest = best->count - count;
  free_.erase(best);
  mark(first, count, Page::State::kUsed);
  if (rest > 0) {
    mark(first + count, rest, Page::State::kFree);
    free_.insert(pages_[first + count]);
  }
  return first;
}

uint32_t PageRuns::give(uint32_t first) noexcept {
  const uint32_t freed = pages_[first].count;
  uint32_t count = freed;
  if (first > 0 && pages_[first - 1].state == Page::State::kFree) {
    Page& left = pages_[pages_[first - 1].start];
    free_.erase(free_.iterator_to(left));
    first = left.start;
    count += left.count;
  }
  if (first + count < size_ && pages_[first + count].state == Page::State::kFree) {
    Page& right = pages_[first + count];
    free_.erase(free_.iterator_to(right));
    count += right.count;
  }
  mark(first, count, Page::State::kFree);
  free_.insert(pages_[first]);
  return freed;
}

// Both ends know what the run is, so that either neighbour can tell.
void PageRuns::mark(uint32_t first, uint32_t count, Page::State state) noexcept {
  Page& last = pages_[first + count - 1];
  last.state = state;
  last.start = first;
  Page& head = pages_[first];
  head.state = state;
  head.start = first;
  head.count = count;
}

}  // namespace ava::transport
