// One call on its way through the server: what generated dispatchers use.
//
//   void serve_toy_sum(Call& call) {
//     const auto& request = call.fixed<wire::ToySumRequest>();
//     const auto ctx = call.object<toy_ctx>(request.ctx(), kType_toy_ctx);
//     int64_t sum{};
//     if (call.failed()) return;                       // a stale id: answered already
//     const toy_status ret = native.toy_sum(ctx, call.wanted(1) ? &sum : nullptr);
//     call.reply_fixed(wire::ToySumReply(sum, ret));
//   }
//
// Threads: one, the worker of the channel. Lifetime: the call's; what `in` and `out` return lives
// until the call is answered (or, with a completion slot, until the object completed).
// Trust: the router has passed the frame, so structure, ranges and types are right; ids may still
// be stale, and bytes in the arena change at any moment (`parsed` inputs are private copies).
// Errors: what is not noexcept may throw std::bad_alloc, or because a reply grows too large; both
// end at the worker and fail the call with Outcome::kExhausted.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "base/export.h"
#include "marshal/bulk.h"
#include "marshal/frame.h"
#include "marshal/graph.h"
#include "marshal/rectangle.h"
#include "marshal/typed_list.h"
#include "marshal/wire_generated.h"
#include "server/module.h"

namespace ava::server {

class Worker;    // the channel's thread and its scratch memory
struct Closure;  // a callback that the application registered
struct KeptObject;
struct Mapping;

// Structs that come back, from before the native call until the reply.
struct GraphBack {
  bool filled = false;  // by the library alone: what the application had there does not matter
  marshal::GraphView view{};
  std::byte* root = nullptr;    // the library's; null: the application gave none
  std::byte* output = nullptr;  // where it writes; null: it writes nothing
  const wire::Bulk* bulk = nullptr;
};

class AVA_EXPORT Call {
 public:
  Call(Worker& worker, const marshal::Frame& frame, uint64_t position) noexcept;
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // --- the request ---
  template <typename T>
  const T& fixed() noexcept {
    const auto& request = *reinterpret_cast<const T*>(frame_.body.data());
    present_ = request.present();
    return request;
  }
  template <typename T>
  const T& table() noexcept {
    const auto& request = *flatbuffers::GetRoot<T>(frame_.body.data());
    present_ = request.present();
    return request;
  }
  // Was the pointer argument `parameter` not null in the application's call?
  bool wanted(unsigned parameter) const noexcept { return (present_ >> parameter & 1) != 0; }

  // --- arguments ---
  // The native object. A stale id fails the call (Outcome::kInvalidHandle), as does null where the
  // type is nonnull: some libraries answer a null handle by crashing.
  template <typename T>
  T object(marshal::ObjectId id, marshal::TypeId type) noexcept {
    return static_cast<T>(resolve(id, type));
  }
  // The same where null is as good as an object, whatever the type.
  template <typename T>
  T object_or_null(marshal::ObjectId id, marshal::TypeId type) noexcept {
    return id == 0 ? nullptr : static_cast<T>(resolve(id, type));
  }
  // A list of native objects, null where `parameter` was null. `nonnull`: a null id fails the call.
  template <typename T>
  T* objects(const flatbuffers::Vector<uint64_t>* ids, unsigned parameter, marshal::TypeId type,
             bool nonnull = false) noexcept {
    return reinterpret_cast<T*>(resolve_list(ids, parameter, type, nonnull));
  }
  // Input bytes: inline ones, or the arena's, or a spill's. Null where `parameter` was null.
  const void* in(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                 unsigned parameter);
  // The same, as a private copy with two words of zeros behind it: for what the native library
  // parses.
  const void* in_parsed(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                        unsigned parameter);
  // The same where the library goes on reading them until an object is destroyed: keep() says
  // which.
  const void* in_kept(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                      unsigned parameter);
  // The same for a list of addresses that mirrored_all() or unmirror_all() is to look through.
  const void* in_addresses(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                           unsigned parameter);
  // Sizes that the router does not know: the library is about to touch `needed` bytes of memory of
  // `size` bytes. The call fails (Outcome::kRefused) where that is more. Null where nobody knows
  // how much is needed (UINT64_MAX), or where there is no such rectangle: then the library says
  // why.
  template <typename T>
  T* within(T* memory, uint64_t needed, uint64_t size, unsigned parameter) noexcept {
    if (memory == nullptr || needed == UINT64_MAX) return nullptr;
    if (needed > size) fail(marshal::Outcome::kRefused, static_cast<uint16_t>(parameter));
    return memory;
  }
  template <typename T>
  T* within(T* memory, const marshal::Rectangle& place, uint64_t size,
            unsigned parameter) noexcept {
    if (!place.exists) return nullptr;
    // Guests send rectangles packed. An offset would be theirs to aim with where the memory is as
    // large as they say (Space::kMissing).
    const bool packed = place.offset == 0 && marshal::is_packed(place.box);
    if (!packed) fail(marshal::Outcome::kRefused, static_cast<uint16_t>(parameter));
    return within(memory, marshal::content(place.box), size, parameter);
  }
  // The text with `suffix` behind it, unless it contains `unless`; `alone` where there is none.
  const char* appended(const char* text, std::string_view suffix, std::string_view unless,
                       const char* alone) noexcept;
  // `sizes->size()` byte strings that stand one behind the other in the input; a size of ~0 is a
  // null pointer. Each is a private copy with a zero behind it.
  const void* const* in_list(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk,
                             const flatbuffers::Vector<uint64_t>* sizes, unsigned parameter);
  // What structs lead to (marshal/graph.h), as private copies that lead to each other. Null where
  // `parameter` was null. With `back`, what the library writes there goes where `output` says.
  void* graph(const flatbuffers::Vector<uint8_t>* graph, const flatbuffers::Vector<uint8_t>* data,
              const wire::Bulk* bulk, unsigned parameter, std::span<const marshal::Shape> shapes,
              const wire::Bulk* output = nullptr, GraphBack* back = nullptr);
  // The lengths of those, as they are there, whatever the guest's own list says; 0 for null. Null
  // where `parameter`, that list, was null.
  template <typename T>
  const T* lengths(const flatbuffers::Vector<uint64_t>* sizes, unsigned parameter) noexcept {
    const uint64_t count = sizes == nullptr ? 0 : sizes->size();
    auto* list = static_cast<T*>(scratch(marshal::saturating_mul(count, sizeof(T)), parameter));
    for (flatbuffers::uoffset_t i = 0; list != nullptr && i < count; ++i) {
      list[i] = sizes->Get(i) == UINT64_MAX ? T{0} : static_cast<T>(sizes->Get(i));
    }
    return list;
  }
  // Where the native library writes an output. Null where `parameter` was null.
  void* out(const wire::Bulk* bulk, unsigned parameter);
  // `count` zeroed elements of scratch for out-handles. Null where `parameter` was null.
  template <typename T>
  T* out_objects(uint64_t count, unsigned parameter) noexcept {
    return static_cast<T*>(scratch(marshal::saturating_mul(count, sizeof(T)), parameter));
  }
  // A list of key and value (marshal/typed_list.h), with its zero. Null where `parameter` was null.
  const void* list(const flatbuffers::Vector<uint64_t>* words, unsigned parameter,
                   std::span<const marshal::ListEntry> entries) noexcept;
  // Bytes that the library will take for one handle: what to pass instead. With an id, the address
  // of `object_out`, which then holds the native object; bytes that only look like a handle fail
  // the call (Outcome::kInvalidHandle of `expected`).
  const void* handle_argument(marshal::ObjectId id, const void* bytes, uint64_t size,
                              marshal::TypeId expected, void*& object_out) noexcept;
  // Where the guest waits for a mapping's bytes, laid out as `box` says; before the native call.
  // Null for `bulk`: it wants none.
  void map_into(const wire::Bulk* bulk, const wire::Box* box);
  // The native memory behind a mapping that this call ends, after the guest's bytes (null: none
  // were written) went there. An address that is no mapping's for a number that is none.
  void* unmap(uint64_t number, const wire::Bulk* bulk, marshal::ObjectId object,
              unsigned parameter);
  // An address in memory that the guest mirrors (mirrors.h), from which on `size` bytes belong to
  // it; any other fails the call (Outcome::kRefused). Null where `parameter` was null.
  void* mirrored(uint64_t address, uint64_t size, unsigned parameter) noexcept;
  // The same for the beginning of such memory, which ends with this call.
  void* unmirror(uint64_t address, unsigned parameter);
  // Each address of a list of so many bytes, which must be a private copy; null is none in
  // mirrored_all(), and no beginning in unmirror_all().
  void mirrored_all(const void* list, uint64_t bytes, unsigned parameter) noexcept;
  void unmirror_all(const void* list, uint64_t bytes, unsigned parameter);
  // What the memory that `address` leads into is called among mapped objects; 0 for none.
  marshal::ObjectId mirror_of(const void* address) noexcept;
  // As unmap(), of mirrored memory itself. `address` is valid without a mapping, too.
  void* unmap_mirrored(uint64_t address, uint64_t number, const wire::Bulk* bulk,
                       unsigned parameter);
  // Memory that the library is lent until another call gives it back: `size` bytes, of which the
  // first are those of the input, if one came. registered() tells its number, 0 where the call
  // failed.
  void* registers(const flatbuffers::Vector<uint8_t>* bytes, const wire::Bulk* bulk, uint64_t size,
                  unsigned parameter);
  uint64_t registered(uint64_t size, unsigned parameter, bool success);
  // It is given back: the memory of that number, or an address that nobody was lent. unregistered()
  // has the inline part of what comes back, where anything does.
  void* unregisters(uint64_t number, unsigned parameter);
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> unregistered(const wire::Bulk* output,
                                                                 unsigned parameter, bool success);
  // A callback argument: what to pass as user data to the generated trampoline, and whether to pass
  // that. Null where the application gave neither function nor user data. `once`: the library calls
  // back once at most for this call.
  void* closure(uint64_t number, bool once);
  static bool calls_back(uint64_t number) noexcept { return marshal::names_function(number); }

  // Until the call is answered, files that the application names are its own (guest_files.h):
  // relative ones, and those in the folders that stand behind one of `words` in `options`, which
  // may be null.
  void reads_files(const char* options, std::initializer_list<std::string_view> words);

  // Fails the call with what the API says for this outcome; the guest library knows the value.
  void fail(marshal::Outcome outcome, uint16_t detail) noexcept;
  bool failed() const noexcept { return failed_; }

  // --- results ---
  // The id of an object that the call created, or that it found (`created` false): a found object
  // keeps its id for as long as the native object lives. 0 for a null object.
  marshal::ObjectId id_of(const void* object, marshal::TypeId type, bool created);
  flatbuffers::Offset<flatbuffers::Vector<uint64_t>> ids_of(const void* objects, uint64_t count,
                                                            marshal::TypeId type, bool created);
  // Turns native handles inside an output into ids, in place; `bytes` is how much was written. In
  // the arena only those that are known already: there, any value may be the guest's.
  void translate(void* output, uint64_t bytes, marshal::TypeId type);
  void translate_list(void* pairs, uint64_t bytes, std::span<const marshal::ListEntry> entries);
  // The call succeeded, and the library goes on reading what in_kept() returned.
  void keep(unsigned parameter, marshal::ObjectId object);
  // One application reference more or less. `releases` is asked before the native call and settled
  // after it: a call that failed changes nothing. False: the object is still to complete, and the
  // server took over the application's reference until then; the native call is left out, and
  // counts as a success.
  void retains(marshal::ObjectId id);
  [[nodiscard]] bool releases(marshal::ObjectId id);
  // The address of memory that the library allocated, which the guest is to mirror; 0 for null, and
  // where the call fails for too many of them: then nobody has it.
  uint64_t mirror(void* memory, uint64_t size);
  // The number of a mapping of `object` that the native library made; 0 for null. `native_box`: how
  // its bytes lie there; what the guest says in `box` must have the same rows, or none.
  uint64_t mapped(void* memory, marshal::ObjectId object, const wire::Box* box,
                  const marshal::Box& native_box);
  // Of the bytes that the library says it has, those for which an output has room.
  static uint64_t held(const wire::Bulk* bulk, uint64_t written) noexcept {
    return bulk == nullptr ? 0 : std::min<uint64_t>(written, bulk->size());
  }
  // The inline part of an output in the reply; empty for outputs in the arena.
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> reply_bytes(const wire::Bulk* bulk,
                                                                const void* output,
                                                                uint64_t written);
  // What the library made of such structs, and what it wrote where they lead to: the inline part of
  // that. Nothing where the call failed. `structs`: do those come back?
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> graph_structs(const GraphBack& back,
                                                                  bool success);
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> graph_output(const GraphBack& back,
                                                                 bool success, bool structs);
  // A struct that the library returned by value.
  template <typename T>
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> value_bytes(const T& value) {
    return builder().CreateVector(reinterpret_cast<const uint8_t*>(&value), sizeof value);
  }
  // A text of the library's own, with its zero; nothing for null.
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> text_bytes(const char* text) {
    if (text == nullptr) return {};
    return builder().CreateVector(reinterpret_cast<const uint8_t*>(text), std::strlen(text) + 1);
  }
  // A table of functions: its bytes, with 1 for each address at `words` that is not null; and a
  // number that stands for it. Nothing, and 0, for null.
  template <typename T>
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> table_bytes(
      const T* table, std::initializer_list<size_t> words) {
    return table_bytes(table, sizeof(T), words);
  }
  static uint64_t table_number(const void* table);
  // Stores `bulk`'s completion slot once `object` completed. `owned`: the server asked for the
  // object itself, and drops it then.
  void complete_with(const wire::Bulk* bulk, void* object, marshal::TypeId type, bool owned);

  // The same for a mapping that is complete with the call.
  void complete_now(const wire::Bulk* bulk);

  flatbuffers::FlatBufferBuilder& builder() noexcept;
  template <typename T>
  void reply_fixed(const T& reply) noexcept {
    send_reply(&reply, sizeof reply);
  }
  template <typename T>
  void reply_table(flatbuffers::Offset<T> root) {
    builder().Finish(root);
    send_reply(builder().GetBufferPointer(), builder().GetSize());
  }
  // For the runtime's own requests: bytes of no schema, and memory that lives as long as the call.
  // `allocate` returns null after failing the call.
  void reply_bare(const void* data, uint64_t size) noexcept { send_reply(data, size); }
  void* allocate(uint64_t size) noexcept;
  // `success`: did the native call succeed? Settles retains and releases; call it before replying.
  void settle(bool success);

 private:
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> table_bytes(
      const void* table, size_t size, std::initializer_list<size_t> words);
  void* resolve(marshal::ObjectId id, marshal::TypeId type) noexcept;
  void** resolve_list(const flatbuffers::Vector<uint64_t>* ids, unsigned parameter,
                      marshal::TypeId type, bool nonnull) noexcept;
  void* scratch(uint64_t size, unsigned parameter) noexcept;
  void send_reply(const void* data, uint64_t size) noexcept;
  void complete(int32_t status, const void* reply, uint64_t size) noexcept;
  std::span<const std::byte> source(const flatbuffers::Vector<uint8_t>* bytes,
                                    const wire::Bulk* bulk, unsigned parameter);
  void note_slot(const wire::Bulk* bulk);
  bool take_back(const Mapping& mapping, const wire::Bulk* bulk, unsigned parameter);
  std::byte* missing(uint64_t size);
  // Where a reference's bytes are; null after failing the call.
  void* refer(const wire::Bulk& bulk, unsigned parameter, bool output);

  Worker& worker_;
  const marshal::Frame& frame_;
  uint64_t position_;
  uint64_t present_ = 0;
  bool failed_ = false;
  bool replied_ = false;
};

// Does the guest wait for these bytes until an object completes, rather than for the reply?
inline bool completes_later(const wire::Bulk* bulk) noexcept {
  return bulk != nullptr && bulk->slot() != 0;
}

// Are these bytes in memory that the guest mirrors?
inline bool is_mirrored(const wire::Bulk* bulk) noexcept {
  return bulk != nullptr && bulk->space() == static_cast<uint32_t>(marshal::Space::kMirrored);
}

// How many bytes of output the guest has room for, and how many bytes of input it gave.
inline uint64_t size_of(const wire::Bulk* bulk) noexcept {
  return bulk != nullptr ? bulk->size() : 0;
}
inline uint64_t size_of(const flatbuffers::Vector<uint8_t>* bytes,
                        const wire::Bulk* bulk) noexcept {
  return bulk != nullptr ? bulk->size() : bytes != nullptr ? bytes->size() : 0;
}

// A callback that the native library makes: generated trampolines fill one and send it. The guest's
// callback thread runs the application's function after the outputs that it proves have landed; the
// objects that it names live until that function has returned.
class AVA_EXPORT Upcall {
 public:
  // `closure` is what Call::closure returned. `number` is the upcall's row in the guest module.
  // `awaited`: sending it returns when the application's function has, or the session ends.
  Upcall(void* closure, uint32_t number, bool awaited = false) noexcept;
  ~Upcall();
  Upcall(const Upcall&) = delete;
  Upcall& operator=(const Upcall&) = delete;

  uint64_t closure_number() const noexcept;
  marshal::ObjectId id_of(const void* object, marshal::TypeId type) noexcept;
  flatbuffers::FlatBufferBuilder& builder() noexcept { return builder_; }
  // Bytes that the callback is given; none for null.
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> bytes(const void* data, uint64_t size);
  flatbuffers::Offset<flatbuffers::Vector<uint8_t>> string(const char* text);
  template <typename T>
  void send_fixed(const T& body) noexcept {
    send(&body, sizeof body);
  }
  template <typename T>
  void send_table(flatbuffers::Offset<T> root) noexcept {
    builder().Finish(root);
    send(builder().GetBufferPointer(), builder().GetSize());
  }

 private:
  void send(const void* data, uint64_t size) noexcept;

  Closure& closure_;
  const uint32_t number_;
  const bool awaited_;
  std::vector<KeptObject> kept_;
  flatbuffers::FlatBufferBuilder builder_;  // allocates when it is used first
};

}  // namespace ava::server
