#include "server/mappings.h"

namespace ava::server {
namespace {

void end(Mapping& mapping) {
  const std::lock_guard lock(mapping.mutex);
  mapping.live = false;
}

}  // namespace

void MappedCopy::run() const noexcept {
  const std::lock_guard lock(mapping->mutex);
  if (mapping->live) {
    marshal::copy_box(to, mapping->guest_box, mapping->native, mapping->native_box);
  }
}

std::shared_ptr<Mapping> Mappings::add(marshal::ObjectId object, void* native,
                                       const marshal::Box& native_box,
                                       const marshal::Box& guest_box,
                                       std::shared_ptr<const void> own) {
  auto mapping = std::make_shared<Mapping>();
  mapping->object = object;
  mapping->native = native;
  mapping->native_box = native_box;
  mapping->guest_box = guest_box;
  mapping->own = std::move(own);
  const std::lock_guard lock(mutex_);
  if (mappings_.size() >= kMaxMappings) return nullptr;
  mapping->number = ++last_;
  mappings_.emplace(mapping->number, mapping);
  return mapping;
}

std::shared_ptr<Mapping> Mappings::take(uint64_t number, marshal::ObjectId object) {
  std::shared_ptr<Mapping> mapping;
  {
    const std::lock_guard lock(mutex_);
    const auto at = mappings_.find(number);
    if (at == mappings_.end() || at->second->object != object) return nullptr;
    mapping = std::move(at->second);
    mappings_.erase(at);
  }
  end(*mapping);
  return mapping;
}

void Mappings::restore(const std::shared_ptr<Mapping>& mapping) {
  {
    const std::lock_guard lock(mapping->mutex);
    mapping->live = true;
  }
  const std::lock_guard lock(mutex_);
  mappings_.emplace(mapping->number, mapping);
}

void Mappings::drop(marshal::ObjectId object) {
  const std::lock_guard lock(mutex_);
  if (mappings_.empty()) return;
  for (auto at = mappings_.begin(); at != mappings_.end();) {
    if (at->second->object != object) {
      ++at;
      continue;
    }
    end(*at->second);
    at = mappings_.erase(at);
  }
}

}  // namespace ava::server
