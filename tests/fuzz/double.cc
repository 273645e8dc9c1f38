#include "tests/fuzz/double.h"

#include <sys/mman.h>

#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace ava::fuzz {
namespace {

// A library refuses larger sizes without a look at the memory.
constexpr uint64_t kMuch = uint64_t{16} << 20;  // bytes

// Memory that is touched when an object completes.
struct Work {
  const volatile void* read;
  volatile void* written;
  uint64_t size;
};

struct Object {
  marshal::TypeId type = 0;
  uint64_t references = 1;
  bool is_own =
      false;  // the library's, as root devices are: whatever an application counts, it stays
  bool completed = false;
  std::vector<Work> work;
  std::vector<std::function<void()>> at_the_end;
};

struct Library {
  std::mutex mutex;
  std::minstd_rand dice;
  bool refuses = false;
  // Never freed before ava_fuzz_begin: a handle that is used twice is always a wrong one.
  std::deque<Object> objects;
  std::unordered_map<const void*, Object*> live;
  std::vector<Work> orphans;  // work whose object nobody holds any more
  std::vector<std::unique_ptr<std::byte[]>> mapped;
  std::unordered_map<const void*, uint64_t> mapped_sizes;
  std::map<uintptr_t, uint64_t> mirrors;  // live; their pages are gone with them
  uint64_t mirrors_made = 0;

  bool one_in(unsigned n) { return dice() % n == 0; }

  Object& get(const void* handle) {
    const auto at = live.find(handle);
    FUZZ_CHECK(at != live.end());
    return *at->second;
  }
  bool is_mirrored(uintptr_t address, uint64_t size) const {
    const auto next = mirrors.upper_bound(address);
    if (next == mirrors.begin()) return false;
    const auto& [begin, all] = *std::prev(next);
    return address - begin <= all && size <= all - (address - begin);
  }
  // Other memory is AddressSanitizer's to look after.
  bool may_touch(const volatile void* data, uint64_t size) const {
    const auto address = reinterpret_cast<uintptr_t>(data);
    return address < kMirrors || address >= kMirrors + mirrors_made * kMirrorRoom ||
           is_mirrored(address, size);
  }
  Object* make(marshal::TypeId type) {
    Object& object = objects.emplace_back();
    object.type = type;
    live.emplace(&object, &object);
    return &object;
  }
};

Library& library() {
  static Library instance;
  return instance;
}

void touch_read(const volatile void* data, uint64_t size) {
  if (data == nullptr || size > kMuch) return;
  const auto* bytes = static_cast<const volatile uint8_t*>(data);
  uint8_t sum = 0;
  for (uint64_t i = 0; i < size; ++i) sum = static_cast<uint8_t>(sum + bytes[i]);
  static_cast<void>(sum);
}

// Words whose last byte is zero: sizes that are small, and texts that end.
void touch_write(volatile void* data, uint64_t size) {
  if (data == nullptr || size > kMuch) return;
  auto* bytes = static_cast<volatile uint8_t*>(data);
  for (uint64_t i = 0; i < size; ++i) bytes[i] = i % 8 == 0 ? 8 : 0;
}

void insist(const volatile void* data, uint64_t size) {
  const std::lock_guard lock(library().mutex);
  FUZZ_CHECK(library().may_touch(data, size));
}

// What became of mirrored memory in the meantime is the application's fault.
void perform(const Work& work) {
  if (!library().may_touch(work.read, work.size) || !library().may_touch(work.written, work.size)) {
    return;
  }
  touch_read(work.read, work.size);
  touch_write(work.written, work.size);
}

template <typename Function>
void for_each_address(const void* list, uint64_t bytes, Function function) {
  if (list == nullptr) return;
  for (uint64_t at = 0; at + sizeof(void*) <= bytes; at += sizeof(void*)) {
    const void* address = nullptr;
    std::memcpy(&address, static_cast<const std::byte*>(list) + at, sizeof address);
    function(address);
  }
}

void complete(Object& object) {
  for (const Work& work : object.work) perform(work);
  object.work.clear();
  object.completed = true;
}

}  // namespace

void Double::object(const void* handle, marshal::TypeId type) {
  const std::lock_guard lock(library().mutex);
  const auto at = library().live.find(handle);
  if (handle == nullptr || (at != library().live.end() && at->second->type == type)) return;
  std::fprintf(stderr, "%s was given no live object of type %u\n", function_, unsigned{type});
  FUZZ_CHECK(false);
}

void Double::reads(const volatile void* data, uint64_t size) {
  insist(data, size);
  touch_read(data, size);
}

void Double::strings(const void* const* list, uint64_t count, const size_t* lengths) {
  for (uint64_t i = 0; list != nullptr && i < count; ++i) {
    const auto* text = static_cast<const char*>(list[i]);
    if (text == nullptr) continue;
    reads(text, lengths != nullptr && lengths[i] != 0 ? lengths[i] : std::strlen(text) + 1);
  }
}

// Rings of structs are as good as trees, so that each element is entered once.
void Double::graph(const void* memory, uint64_t count, marshal::ShapeId shape,
                   std::span<const marshal::Shape> shapes) {
  using Kind = marshal::Shape::Kind;
  std::set<std::pair<const void*, marshal::ShapeId>> seen;
  std::vector<std::tuple<const std::byte*, uint64_t, marshal::ShapeId>> left{
      {static_cast<const std::byte*>(memory), count, shape}};
  const auto word = [](const std::byte* at) {
    const std::byte* value = nullptr;
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  while (!left.empty()) {
    const auto [at, elements, id] = left.back();
    left.pop_back();
    const marshal::Shape& what = shapes[id];
    if (at == nullptr || (what.kind != Kind::kString && !seen.emplace(at, id).second)) continue;
    if (what.kind == Kind::kString) {
      string(reinterpret_cast<const char*>(at));
      continue;
    }
    const uint64_t size = marshal::saturating_mul(elements, what.element_size);
    if (what.is_output()) {
      writes(const_cast<std::byte*>(at), size);
      continue;
    }
    reads(at, size);
    for (uint64_t i = 0; i < elements && what.kind != Kind::kBytes; ++i) {
      const std::byte* element = at + i * what.element_size;
      if (what.kind == Kind::kHandles) object(word(element), what.of);
      if (what.kind == Kind::kPointers) left.emplace_back(word(element), 1, what.of);
      for (const marshal::GraphField& field : what.fields) {
        if (!field.is_active(element)) continue;
        const std::byte* value = word(element + field.offset);
        if (field.kind == marshal::GraphField::Kind::kHandle) object(value, field.of);
        if (field.kind != marshal::GraphField::Kind::kPointer) continue;
        if (value != nullptr) value += field.at_of(element) * shapes[field.of].element_size;
        left.emplace_back(value, field.count_of(element), field.of);
      }
    }
  }
}

void Double::mirrored(const void* memory, uint64_t size) {
  if (memory == nullptr) return;
  {
    const std::lock_guard lock(library().mutex);
    FUZZ_CHECK(library().is_mirrored(reinterpret_cast<uintptr_t>(memory), size));
  }
  touch_read(memory, size);
}

void Double::all_mirrored(const void* list, uint64_t bytes) {
  for_each_address(list, bytes, [this](const void* address) { mirrored(address, 0); });
}

void Double::changes(void* memory, uint64_t count, marshal::ShapeId shape,
                     std::span<const marshal::Shape> shapes) {
  const marshal::Shape& what = shapes[shape];
  for (uint64_t i = 0; memory != nullptr && i < count; ++i) {
    std::byte* const element = static_cast<std::byte*>(memory) + i * what.element_size;
    const std::vector<std::byte> before(element, element + what.element_size);
    touch_write(element, what.element_size);
    for (const marshal::GraphField& field : what.fields) {
      if (!field.is_active(before.data())) continue;
      std::memcpy(element + field.offset, before.data() + field.offset, sizeof(void*));
      if (field.kind != marshal::GraphField::Kind::kOwn) continue;
      // Numbers and null pointers, if so many are there.
      static constexpr std::byte kOwn[4096] = {};
      const uint64_t size = shapes[field.of].element_size;
      const std::byte* const own = kOwn;
      if (marshal::saturating_mul(field.count_of(element), size) > sizeof kOwn) continue;
      std::memcpy(element + field.offset, &own, sizeof own);
    }
  }
}

void Double::unmaps(const void* memory) {
  const std::lock_guard lock(library().mutex);
  const auto at = library().mapped_sizes.find(memory);
  if (at != library().mapped_sizes.end()) touch_read(memory, at->second);
}

bool Double::succeeds() {
  const std::lock_guard lock(library().mutex);
  return !library().refuses && !library().one_in(16);
}

uint64_t Double::number() {
  const std::lock_guard lock(library().mutex);
  static constexpr uint64_t kNumbers[] = {0, 1, 2, 8, 16, 64};
  return kNumbers[library().dice() % std::size(kNumbers)];
}

uint64_t Double::at_least(uint64_t written) {
  const uint64_t more = number();
  return written + std::min(more, ~written);
}

void Double::writes(volatile void* data, uint64_t size) {
  insist(data, size);
  touch_write(data, size);
}

void Double::writes_empty_list(void* data, uint64_t size) {
  if (data != nullptr && size <= kMuch) std::memset(data, 0, size);
}

void Double::writes_handles(void* data, uint64_t size, marshal::TypeId type) {
  if (size > kMuch) return;
  for (uint64_t i = 0; data != nullptr && i + sizeof(void*) <= size; i += sizeof(void*)) {
    void* handle = found(type);
    std::memcpy(static_cast<std::byte*>(data) + i, &handle, sizeof handle);
  }
}

void Double::reads_until(void* object, const volatile void* data, uint64_t size) {
  insist(data, size);
  if (object == nullptr) return touch_read(data, size);
  const std::lock_guard lock(library().mutex);
  library().get(object).work.push_back({data, nullptr, size});
}

void Double::writes_until(void* object, volatile void* data, uint64_t size) {
  insist(data, size);
  if (object == nullptr) return touch_write(data, size);
  const std::lock_guard lock(library().mutex);
  library().get(object).work.push_back({nullptr, data, size});
}

void* Double::made(marshal::TypeId type) {
  const std::lock_guard lock(library().mutex);
  return library().make(type);
}

void* Double::found(marshal::TypeId type) {
  const std::lock_guard lock(library().mutex);
  for (Object& object : library().objects) {
    if (object.type == type && object.references != 0) return &object;
  }
  Object* const object = library().make(type);
  object->is_own = true;
  return object;
}

void* Double::maps(uint64_t size) {
  if (size > kMuch) return nullptr;
  const std::lock_guard lock(library().mutex);
  std::byte* memory = library().mapped.emplace_back(std::make_unique<std::byte[]>(size)).get();
  library().mapped_sizes[memory] = size;
  return memory;
}

void* Double::mirrors(uint64_t size) {
  if (size == 0 || size >= kMirrorRoom) return nullptr;
  const std::lock_guard lock(library().mutex);
  auto* const address = reinterpret_cast<void*>(kMirrors + library().mirrors_made++ * kMirrorRoom);
  void* const memory = ::mmap(address, kMirrorRoom, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  FUZZ_CHECK(memory == address);
  library().mirrors[reinterpret_cast<uintptr_t>(memory)] = size;
  return memory;
}

void Double::unmirrors(const void* memory) {
  if (memory == nullptr) return;
  const std::lock_guard lock(library().mutex);
  FUZZ_CHECK(library().mirrors.erase(reinterpret_cast<uintptr_t>(memory)) == 1);
  ::munmap(const_cast<void*>(memory), kMirrorRoom);
}

void Double::all_unmirrors(const void* list, uint64_t bytes) {
  for_each_address(list, bytes, [this](const void* address) { unmirrors(address); });
}

void Double::retains(const void* handle) {
  if (handle == nullptr) return;
  const std::lock_guard lock(library().mutex);
  Object& object = library().get(handle);
  if (!object.is_own) ++object.references;
}

void Double::releases(const void* handle) {
  if (handle == nullptr) return;
  std::vector<std::function<void()>> then;
  {
    const std::lock_guard lock(library().mutex);
    Object& object = library().get(handle);
    if (object.is_own || --object.references != 0) return;
    library().live.erase(handle);
    library().orphans.insert(library().orphans.end(), object.work.begin(), object.work.end());
    object.work.clear();
    then = std::move(object.at_the_end);
  }
  for (const auto& call : then) call();
}

void Double::at_the_end(const void* handle, std::function<void()> then) {
  const std::lock_guard lock(library().mutex);
  if (handle != nullptr) library().get(handle).at_the_end.push_back(std::move(then));
}

uint64_t Double::references(const void* handle) {
  const std::lock_guard lock(library().mutex);
  return handle == nullptr ? 0 : library().get(handle).references;
}

int32_t Double::completion(const void* handle) {
  const std::lock_guard lock(library().mutex);
  if (handle == nullptr) return 0;
  Object& object = library().get(handle);
  if (!object.completed) {
    if (library().one_in(2)) return 1;
    complete(object);
  }
  return 0;
}

}  // namespace ava::fuzz

using ava::fuzz::library;

void ava_fuzz_begin(uint32_t dice) {
  const std::lock_guard lock(library().mutex);
  library().dice.seed(dice + 1);
  library().refuses = false;
  library().live.clear();
  library().objects.clear();
  library().orphans.clear();
  library().mapped.clear();
  library().mapped_sizes.clear();
  for (const auto& [address, size] : library().mirrors) {
    ::munmap(reinterpret_cast<void*>(address), ava::fuzz::kMirrorRoom);
  }
  library().mirrors.clear();
  library().mirrors_made = 0;
}

void ava_fuzz_refuse(bool refuses) {
  const std::lock_guard lock(library().mutex);
  library().refuses = refuses;
}

void ava_fuzz_finish() {
  const std::lock_guard lock(library().mutex);
  for (ava::fuzz::Object& object : library().objects) complete(object);
  for (const ava::fuzz::Work& work : library().orphans) perform(work);
  library().orphans.clear();
}
