#include "server/object_table.h"

#include <algorithm>

namespace ava::server {
namespace {

// An index rests until this many others are free, too. With 20 bits of generation a stale id then
// names another object only after a thousand million creations.
constexpr size_t kResting = 1024;

// Objects that live on natively although the application has given them up, such as a context that
// its queue holds. Most of them die without a word; the eldest are forgotten beyond this many.
constexpr uint32_t kMaxZombies = 64 * 1024;

}  // namespace

ObjectTable::ObjectTable(std::span<const Type> types, uint32_t capacity) noexcept
    : types_(types), capacity_(std::min(capacity, marshal::kMaxObjects)) {}

ObjectTable::~ObjectTable() {
  for (auto& chunk : chunks_) delete chunk.load(std::memory_order_relaxed);
}

ObjectTable::Entry* ObjectTable::entry_of(uint32_t index) const noexcept {
  if (index >= marshal::kMaxObjects) return nullptr;
  // [chunk] Pairs with the release store in take_index: the entries are constructed.
  Chunk* chunk = chunks_[index / kChunk].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &(*chunk)[index % kChunk];
}

void* ObjectTable::resolve(marshal::ObjectId id, marshal::TypeId type) const noexcept {
  if (id == 0 || marshal::id_type(id) != type) return nullptr;
  const Entry* entry = entry_of(marshal::id_index(id));
  // [id] Pairs with the release store in show(): the object belongs to this id.
  if (entry == nullptr || entry->id.load(std::memory_order_acquire) != id) return nullptr;
  void* object = entry->object.load(std::memory_order_acquire);
  // The entry may have gone to another object between the two loads; its id then changed first.
  return entry->id.load(std::memory_order_relaxed) == id ? object : nullptr;
}

marshal::ObjectId ObjectTable::id_of(const Entry& entry, uint32_t index) const noexcept {
  return marshal::make_id(entry.type, entry.generation, index, false);
}

ObjectTable::Entry* ObjectTable::live_entry(marshal::ObjectId id) const noexcept {
  Entry* entry = id == 0 ? nullptr : entry_of(marshal::id_index(id));
  return entry != nullptr && entry->id.load(std::memory_order_relaxed) == id ? entry : nullptr;
}

marshal::ObjectId ObjectTable::created(void* object, marshal::TypeId type) {
  const Key key{object, type};
  const std::lock_guard lock(mutex_);
  if (const auto at = by_object_.find(key); at != by_object_.end()) {
    Entry& entry = *entry_of(at->second);
    if (entry.state == State::kLive && (entry.references > 0 || !entry.was_created)) {
      // It cannot have died: the application holds it, and the library handed it out once more. Or
      // a callback named it before the call that made it was back.
      entry.was_created = true;
      ++entry.references;
      return id_of(entry, at->second);
    }
    // The old object died without a word, and the new one has its address.
    free_entry(entry, at->second);
  }
  return insert(key, true);
}

marshal::ObjectId ObjectTable::found(void* object, marshal::TypeId type) {
  const Key key{object, type};
  const std::lock_guard lock(mutex_);
  const auto at = by_object_.find(key);
  if (at == by_object_.end()) return insert(key, false);
  Entry& entry = *entry_of(at->second);
  entry.was_found = true;
  if (entry.state == State::kZombie) {
    remove(zombies_, at->second);
    show(entry, at->second);
  }
  return id_of(entry, at->second);
}

marshal::ObjectId ObjectTable::pin(void* object, marshal::TypeId type) {
  const Key key{object, type};
  const std::lock_guard lock(mutex_);
  const auto at = by_object_.find(key);
  const marshal::ObjectId id = at == by_object_.end() ? insert(key, false) : 0;
  if (at == by_object_.end() && id == 0) return 0;
  const uint32_t index = id != 0 ? marshal::id_index(id) : at->second;
  Entry& entry = *entry_of(index);
  ++entry.pins;
  if (entry.state == State::kZombie) {
    remove(zombies_, index);
    show(entry, index);
  }
  return id_of(entry, index);
}

void ObjectTable::unpin(void* object, marshal::TypeId type) {
  const bool last = last_reference(object, type);
  const std::lock_guard lock(mutex_);
  const auto at = by_object_.find(Key{object, type});
  if (at == by_object_.end()) return;
  const uint32_t index = at->second;
  Entry& entry = *entry_of(index);
  if (entry.pins == 0 || --entry.pins != 0 || entry.references != 0) return;
  if (last) {
    free_entry(entry, index);
  } else if (entry.was_created && !entry.was_found) {
    bury(entry, index);
  }
}

marshal::ObjectId ObjectTable::known(void* object, marshal::TypeId type) const {
  const std::lock_guard lock(mutex_);
  const auto at = by_object_.find(Key{object, type});
  return at == by_object_.end() ? 0 : id_of(*entry_of(at->second), at->second);
}

void ObjectTable::retain(marshal::ObjectId id) {
  const std::lock_guard lock(mutex_);
  if (Entry* entry = live_entry(id)) ++entry->references;
}

bool ObjectTable::last_reference(void* object, marshal::TypeId type) const {
  const auto reference_count = types_[type - 1].reference_count;
  return reference_count == nullptr || reference_count(object) == 1;
}

ObjectTable::Release ObjectTable::begin_release(marshal::ObjectId id, bool held) {
  const marshal::TypeId type = marshal::id_type(id);
  void* object = resolve(id, type);
  if (object == nullptr || type == 0 || type > types_.size()) return {};
  const bool last = !held && last_reference(object, type);

  const std::lock_guard lock(mutex_);
  Entry* entry = live_entry(id);
  if (entry == nullptr) return {};
  const uint32_t index = marshal::id_index(id);
  Release release{id, object, Release::Effect::kNone};
  if (entry->references > 0) --entry->references;
  // What the application never created is not the application's to destroy: releasing a root
  // device, say, changes nothing although its count is always 1.
  if (!entry->was_created) return release;
  if (last) {
    release.effect = Release::Effect::kDestroys;
    forget_address(*entry, index);
    entry->id.store(0, std::memory_order_release);
    entry->state = State::kDying;
  } else if (entry->references == 0 && !entry->was_found && entry->pins == 0) {
    release.effect = Release::Effect::kZombie;
    bury(*entry, index);
  }
  return release;
}

void ObjectTable::finish_release(const Release& release, bool success) {
  if (release.object == nullptr) return;
  const uint32_t index = marshal::id_index(release.id);
  const std::lock_guard lock(mutex_);
  Entry* entry = entry_of(index);
  // Not so where a new object at the same address took a zombie's place meanwhile.
  if (entry == nullptr || id_of(*entry, index) != release.id || entry->state == State::kFree) {
    return;
  }
  if (success) {
    if (entry->state == State::kDying) free_entry(*entry, index);
    return;
  }
  ++entry->references;
  if (entry->state == State::kZombie) {
    remove(zombies_, index);
    show(*entry, index);
  } else if (entry->state == State::kDying) {
    by_object_.try_emplace(Key{release.object, entry->type}, index);
    show(*entry, index);
  }
}

void ObjectTable::drop(void* object, marshal::TypeId type) {
  if (!last_reference(object, type)) return;
  const std::lock_guard lock(mutex_);
  const auto at = by_object_.find(Key{object, type});
  if (at == by_object_.end()) return;
  Entry& entry = *entry_of(at->second);
  if (entry.references == 0) free_entry(entry, at->second);
}

uint32_t ObjectTable::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

marshal::ObjectId ObjectTable::insert(const Key& key, bool created) {
  const uint32_t index = take_index();
  if (index == 0) return 0;
  Entry& entry = *entry_of(index);
  by_object_.emplace(key, index);
  ++size_;
  entry.generation = entry.generation == marshal::kMaxGeneration ? 1 : entry.generation + 1;
  entry.references = created ? 1 : 0;
  entry.pins = 0;
  entry.type = key.type;
  entry.was_created = created;
  entry.was_found = !created;
  // Release, so that a resolve() that sees the new object also sees that the old id is gone.
  entry.object.store(key.object, std::memory_order_release);
  show(entry, index);
  return id_of(entry, index);
}

uint32_t ObjectTable::take_index() {
  if (free_.count <= kResting && next_index_ < capacity_) {
    const uint32_t index = next_index_;
    if (entry_of(index) == nullptr) {
      // [chunk] Pairs with the acquire load in entry_of.
      chunks_[index / kChunk].store(new Chunk, std::memory_order_release);
    }
    ++next_index_;
    return index;
  }
  if (free_.count == 0 && zombies_.count != 0)
    free_entry(*entry_of(zombies_.first), zombies_.first);
  const uint32_t index = free_.first;
  if (index != 0) remove(free_, index);
  return index;
}

void ObjectTable::append(List& list, uint32_t index) noexcept {
  Entry& entry = *entry_of(index);
  entry.previous = list.last;
  entry.next = 0;
  (list.last != 0 ? entry_of(list.last)->next : list.first) = index;
  list.last = index;
  ++list.count;
}

void ObjectTable::remove(List& list, uint32_t index) noexcept {
  const Entry& entry = *entry_of(index);
  (entry.previous != 0 ? entry_of(entry.previous)->next : list.first) = entry.next;
  (entry.next != 0 ? entry_of(entry.next)->previous : list.last) = entry.previous;
  --list.count;
}

void ObjectTable::show(Entry& entry, uint32_t index) noexcept {
  entry.state = State::kLive;
  // [id] Pairs with the acquire load in resolve().
  entry.id.store(id_of(entry, index), std::memory_order_release);
}

void ObjectTable::bury(Entry& entry, uint32_t index) {
  entry.id.store(0, std::memory_order_release);
  entry.state = State::kZombie;
  append(zombies_, index);
  if (zombies_.count > kMaxZombies) free_entry(*entry_of(zombies_.first), zombies_.first);
}

void ObjectTable::free_entry(Entry& entry, uint32_t index) {
  entry.id.store(0, std::memory_order_release);
  if (entry.state == State::kZombie) remove(zombies_, index);
  forget_address(entry, index);
  entry.state = State::kFree;
  append(free_, index);
  --size_;
}

void ObjectTable::forget_address(const Entry& entry, uint32_t index) {
  const auto at = by_object_.find(Key{entry.object.load(std::memory_order_relaxed), entry.type});
  // After a failed release the address may by now stand for another entry.
  if (at != by_object_.end() && at->second == index) by_object_.erase(at);
}

}  // namespace ava::server
