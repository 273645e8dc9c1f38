// One call on its way out of the application: what generated stubs use.
//
//   toy_status toy_sum(toy_ctx ctx, int64_t* sum) {
//     Call call(kToySum);
//     const auto ctx_id = call.handle(ctx, kType_toy_ctx);
//     call.pointer(1, sum);
//     if (call.failed()) return toy_status_of(call);
//     const auto* reply = call.invoke_fixed<wire::ToySumReply>(
//         wire::ToySumRequest(call.present(), ctx_id));
//     if (reply == nullptr) return toy_status_of(call);
//     if (sum != nullptr) *sum = reply->sum();
//     return reply->ret();
//   }
//
// Threads: a Call lives on one thread's stack and holds that thread's channel (a nested call, from
// a signal handler, takes another one). Ownership: pointers given in are the application's; replies
// live until the Call ends. Errors: invoke returns null, outcome() says why, and the stub returns
// what the specification gives for that. Nothing throws, aborts, or prints.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <initializer_list>
#include <span>

#include "guest/closures.h"
#include "guest/module.h"
#include "marshal/box.h"
#include "marshal/frame.h"
#include "marshal/graph.h"
#include "marshal/rectangle.h"
#include "marshal/typed_list.h"
#include "marshal/wire_generated.h"

namespace ava::guest {

struct Block;
enum class OnFull;
class Channel;
class GraphBuilder;
struct Mapping;
class Runtime;
struct Shadow;

using Bytes = flatbuffers::Offset<flatbuffers::Vector<uint8_t>>;
using Words = flatbuffers::Offset<flatbuffers::Vector<uint64_t>>;

// An input's two fields in a request: inline bytes, or a reference.
struct In {
  Bytes bytes{};
  wire::Bulk bulk{};
  const wire::Bulk* reference() const noexcept { return bulk.space() == 0 ? nullptr : &bulk; }
};
// A list of byte strings: In, and the size of each.
struct InList {
  In in;
  Words sizes{};
  bool some_null = false;
};
// An output's field in a request.
struct Out {
  wire::Bulk bulk{};
  // Of the bytes that a reply says were written, those that the application has room for.
  uint64_t held(uint64_t written) const noexcept {
    return written < bulk.size() ? written : bulk.size();
  }
  const wire::Bulk* reference() const noexcept { return bulk.space() == 0 ? nullptr : &bulk; }
};
// What structs lead to: a graph (marshal/graph.h), In for its data, and Out for what the library
// writes there.
struct Graph {
  Bytes bytes{};
  In data;
  Out output;
  const GraphBuilder* found = nullptr;
};

// A mapping's two fields in a request: how its bytes lie, and where they are to go, if anywhere.
struct Map {
  wire::Box box{};
  wire::Bulk bulk{};
  const wire::Bulk* reference() const noexcept { return bulk.space() == 0 ? nullptr : &bulk; }
};
// The end of one: its number, and the bytes that go back, if any do.
struct Unmap {
  uint64_t number = 0;
  wire::Bulk bulk{};
  const wire::Bulk* reference() const noexcept { return bulk.space() == 0 ? nullptr : &bulk; }
};

// The end of memory's being lent: its number, and the room for what comes back, if anything does.
struct Unregister {
  uint64_t number = 0;
  void* data = nullptr;
  Out output;
};

// Whether a frame wakes a sleeping router (docs/architecture.md, Publish).
enum class Wake { kNow, kQuiet };

class Call {
 public:
  // Connects on the process's first call. After a lost session, failed() is true at once.
  explicit Call(uint32_t function) noexcept;
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // --- arguments; in any order, before sending ---
  // Notes that pointer argument `parameter` is not null.
  void pointer(unsigned parameter, const void* value) noexcept {
    if (value != nullptr) present_ |= uint64_t{1} << parameter;
  }
  uint64_t present() const noexcept { return present_; }
  // `count` is how much an output has room for at most, and another output says how much there is:
  // room that nothing could fill is left out.
  template <typename T>
  static void limit(T& count, uint64_t most) noexcept {
    if (count > most) count = static_cast<T>(most);
  }
  // The id behind a handle; 0 for null. A pointer that never was a handle of this type fails the
  // call with Outcome::kInvalidHandle; null, and an object that may be gone, make it wait for the
  // server's word. The object's earlier asynchronous calls on other threads
  // become dependencies of this one.
  marshal::ObjectId handle(const void* handle, marshal::TypeId type) noexcept;
  Words handles(const void* list, uint64_t count, unsigned parameter,
                marshal::TypeId type) noexcept;
  // A handle of which this call gives or takes one application reference, when it succeeds.
  marshal::ObjectId handle_retained(const void* handle, marshal::TypeId type) noexcept;
  marshal::ObjectId handle_released(const void* handle, marshal::TypeId type) noexcept;
  // If `value` is a live handle of `type`, its id; else 0, and nothing fails: for arguments of
  // which only the server knows whether they are handles.
  marshal::ObjectId handle_if_live(const void* value, marshal::TypeId type) noexcept;
  // The same for bytes that may hold one handle of some of these types.
  marshal::ObjectId handle_inside(const void* data, uint64_t size,
                                  std::initializer_list<marshal::TypeId> types) noexcept;
  // A zero-terminated list of key and value (marshal/typed_list.h).
  Words list(const void* pairs, unsigned parameter,
             std::span<const marshal::ListEntry> entries) noexcept;

  // `size` input bytes. Copied now. Where the arena has no room, waits for some, then fails with
  // Outcome::kExhausted; what it could never hold spills. Where there are not so many bytes to
  // read, the call goes out without them and waits: the native library is to refuse it. Should it
  // not, the process faults at the bytes, as natively.
  In in(const void* data, uint64_t size, unsigned parameter) noexcept;
  // The same where another form of the call does not block, so that it runs behind calls which may
  // still have to bring what it is to take (pending.h).
  In in_turn(const void* data, uint64_t size, unsigned parameter) noexcept;
  // The same for a non-blocking call whose bytes are needed until an object completes. Where the
  // arena has no room, spills.
  In in_until(const void* data, uint64_t size, unsigned parameter) noexcept;
  In in_string(const char* text, unsigned parameter) noexcept;  // with its zero
  // `count` strings; element i has sizes[i] bytes, or is zero-terminated where sizes is null or
  // sizes[i] is 0.
  InList in_strings(const void* list, uint64_t count, const size_t* sizes,
                    unsigned parameter) noexcept {
    return in_elements(list, count, sizes, true, parameter);
  }
  // The same for bytes that no zero ends: element i has sizes[i] bytes.
  InList in_buffers(const void* list, uint64_t count, const size_t* sizes,
                    unsigned parameter) noexcept {
    return in_elements(list, count, sizes, false, parameter);
  }
  // `count` structs, or other elements of a shape, and everything that they lead to; of pointers,
  // `inner` elements behind each. Copied now.
  // More than a frame holds, or than memory, fails with Outcome::kExhausted.
  Graph graph(const void* root, uint64_t count, unsigned parameter, marshal::ShapeId shape,
              std::span<const marshal::Shape> shapes, uint64_t inner = 1,
              bool filled = false) noexcept;
  // The same for structs that come back with what the library changed (land_graph). So they must
  // fit into a reply. `filled`: the library fills them, and reads nothing of the application's.
  Graph graph_and_back(const void* root, uint64_t count, unsigned parameter, marshal::ShapeId shape,
                       std::span<const marshal::Shape> shapes, bool filled = false) noexcept;
  // Room for `size` output bytes, which `land` moves to `data`. Where nothing could hold so many,
  // the call goes out without room and waits: the native library is to refuse it.
  Out out(void* data, uint64_t size, unsigned parameter) noexcept;
  // The same for a non-blocking call: the bytes land at `data` once the completion slot says so,
  // before any call returns that observes the completion. Where the arena has no room, spills.
  Out out_until(void* data, uint64_t size, unsigned parameter) noexcept;

  // The same four for a rectangle of the application's memory, whose bytes travel packed; null for
  // one that is none.
  In in_box(const void* data, const marshal::Box& box, unsigned parameter) noexcept;
  In in_box_until(const void* data, const marshal::Box& box, unsigned parameter) noexcept;
  Out out_box(void* data, const marshal::Box& box, unsigned parameter) noexcept {
    return out(data, marshal::content(box), parameter);
  }
  Out out_box_until(void* data, const marshal::Box& box, unsigned parameter) noexcept;

  // Memory for a mapping of `object`'s bytes from `offset` on, and whether they are to be there
  // once the mapping is complete. land_map() hands it out.
  Map map(marshal::ObjectId object, const marshal::Box& box, uint64_t offset, bool reads,
          bool writes) noexcept;
  // The mapping of `object` at `pointer` ends with this call, if it succeeds: number 0 for none.
  Unmap unmap(const void* pointer, marshal::ObjectId object, unsigned parameter) noexcept;

  // Memory that the library was lent is given back with this call, if it succeeds: number 0 for
  // none.
  Unregister unregister(const void* data, unsigned parameter) noexcept;

  // An address in mirrored memory (mirrors.h), or null. Anything else fails the call as refused.
  uint64_t mirrored(const void* pointer, unsigned parameter) noexcept;
  // What the mirror that it leads into is called among mapped objects.
  marshal::ObjectId mirror_of(const void* pointer) noexcept;
  // The same for the beginning of a mirror, which ends with this call if it succeeds.
  uint64_t unmirror(const void* begin, unsigned parameter) noexcept;
  // Addresses that a list has, each as above: the list itself travels as any input.
  void mirrored_all(const void* list, uint64_t bytes, unsigned parameter) noexcept;
  void unmirror_all(const void* list, uint64_t bytes, unsigned parameter) noexcept;
  // Bytes of mirrored memory itself: of these only the place is sent.
  In in_mirrored(const void* data, uint64_t size, unsigned parameter) noexcept;
  Out out_mirrored(void* data, uint64_t size, unsigned parameter) noexcept;
  // As map(), of mirrored memory itself: `pointer` leads there.
  Map map_mirrored(void* pointer, const marshal::Box& box, bool reads, bool writes) noexcept;

  // A callback with its user data; where the function is null, 0, or what says that there is user
  // data all the same. `once`: dropped after one delivery. `about`: the handle at whose object's
  // end it is called; while there are such, calls that release objects wait for what they call
  // back. `if_lost`: called where the session is lost before (closures.h).
  uint64_t closure(const void* function, void* user_data, bool once, const void* about = nullptr,
                   IfLost if_lost = {}) noexcept;

  // --- synchrony ---
  // Must the application wait for this call's reply? True if `sync` is, if an argument is such that
  // success cannot be foreseen (null or doubtful handles, learn), or with AVA_FIDELITY=strict.
  // After all arguments.
  bool must_wait(bool sync) noexcept;
  // This call succeeds if one with the same key did: waits the first time. Call once per part,
  // after all arguments: the families in its lists of handles (shadow.h) are part of the key.
  void learn(const void* part, uint64_t size) noexcept;
  template <typename T>
  void learn_value(const T& part) noexcept {
    learn(&part, sizeof part);
  }

  // --- sending ---
  flatbuffers::FlatBufferBuilder& builder() noexcept;
  // Sends and waits. Null if the call did not happen or its reply is lost: see outcome().
  template <typename Reply, typename Request>
  const Reply* invoke_fixed(const Request& request) noexcept {
    return static_cast<const Reply*>(invoke(&request, sizeof request));
  }
  template <typename Reply, typename Request>
  const Reply* invoke_table(flatbuffers::Offset<Request> root) noexcept {
    return as_reply<Reply>(invoke_finished(root.o));
  }
  // The reply is a table though the request is fixed, and the reverse.
  template <typename Reply, typename Request>
  const Reply* invoke_fixed_for_table(const Request& request) noexcept {
    return as_reply<Reply>(invoke(&request, sizeof request));
  }
  template <typename Reply, typename Request>
  const Reply* invoke_table_for_fixed(flatbuffers::Offset<Request> root) noexcept {
    return static_cast<const Reply*>(invoke_finished(root.o));
  }
  // Sends and returns. False if it could not be sent.
  template <typename Request>
  bool post_fixed(const Request& request, Wake wake) noexcept {
    return post(&request, sizeof request, wake);
  }
  template <typename Request>
  bool post_table(flatbuffers::Offset<Request> root, Wake wake) noexcept {
    return post_finished(root.o, wake);
  }

  // --- results, after a reply ---
  // Did the API's own result mean success? Settles references, learning, and pending outputs.
  void settle(bool success) noexcept;
  // Moves an output's bytes to the application. `bytes` is the reply's inline part. False: the
  // session ended, and bytes are missing.
  [[nodiscard]] bool land(void* data, const Out& out, const flatbuffers::Vector<uint8_t>* bytes,
                          uint64_t written) noexcept;
  [[nodiscard]] bool land_box(void* data, const Out& out, const flatbuffers::Vector<uint8_t>* bytes,
                              const marshal::Box& box) noexcept;
  // The same for what structs lead to: `structs` are the first elements as the library left them
  // (null: those do not come back), `bytes` what it wrote elsewhere.
  [[nodiscard]] bool land_graph(const Graph& graph, const flatbuffers::Vector<uint8_t>* structs,
                                const flatbuffers::Vector<uint8_t>* bytes) noexcept;
  // The application's handle for an id: the same one each time. `created`: with one reference.
  void* land_handle(marshal::ObjectId id, marshal::TypeId type, bool created) noexcept;
  void land_handles(void* list, const flatbuffers::Vector<uint64_t>* ids, marshal::TypeId type,
                    bool created) noexcept;
  // Turns ids inside landed bytes into handles, in place.
  void translate(void* data, uint64_t bytes, marshal::TypeId type) noexcept;
  void translate_list(void* pairs, uint64_t bytes,
                      std::span<const marshal::ListEntry> entries) noexcept;

  // The library was lent `size` bytes, to which the server gave this number (0: it was not).
  void land_registered(const void* data, uint64_t size, uint64_t number, bool comes_back) noexcept;
  // What comes back of it.
  [[nodiscard]] bool land_unregistered(const Unregister& ended,
                                       const flatbuffers::Vector<uint8_t>* bytes) noexcept {
    return land(ended.data, ended.output, bytes, ended.output.bulk.size());
  }
  // Memory of `size` bytes that the library allocated there; place_mirror() asks whether this
  // process has it at that address, too.
  void* land_mirror(uint64_t address, uint64_t size) noexcept;
  // The application's pointer for the mapping that the server gave this number; null for 0.
  void* land_map(uint64_t number) noexcept;
  // A created object is backed by the application's memory, or by a part of what backs another.
  void backs(marshal::ObjectId object, const void* memory) noexcept;
  void shares(marshal::ObjectId object, marshal::ObjectId parent, uint64_t offset) noexcept;
  // Landed bytes are the address of the memory that backs an object (null: none does), or bits of
  // which some differ where there is such memory.
  void land_backing(void* data, uint64_t written, marshal::ObjectId object) noexcept;
  void land_backed_bits(void* data, uint64_t written, marshal::ObjectId object, uint64_t clear,
                        uint64_t set) noexcept;

  // --- failure ---
  bool failed() const noexcept { return outcome_ != marshal::Outcome::kOk; }
  marshal::Outcome outcome() const noexcept { return outcome_; }
  marshal::TypeId invalid_type() const noexcept { return detail_; }  // of kInvalidHandle

 private:
  template <typename Reply>
  static const Reply* as_reply(const void* bytes) noexcept {
    return bytes == nullptr ? nullptr : flatbuffers::GetRoot<Reply>(bytes);
  }
  const void* invoke(const void* body, uint64_t size) noexcept;
  const void* invoke_finished(flatbuffers::uoffset_t root) noexcept;
  bool post(const void* body, uint64_t size, Wake wake) noexcept;
  bool post_finished(flatbuffers::uoffset_t root, Wake wake) noexcept;

  void begin() noexcept;
  void fail(marshal::Outcome outcome, uint16_t detail = 0) noexcept;
  void fail(Error error) noexcept;  // kExhausted, or kLost
  Shadow* use(const void* handle, marshal::TypeId type) noexcept;
  marshal::ObjectId change_reference(const void* handle, marshal::TypeId type,
                                     bool retained) noexcept;
  InList in_elements(const void* list, uint64_t count, const size_t* sizes, bool zero_terminated,
                     unsigned parameter) noexcept;
  Bytes copy_inline(const void* data, uint64_t size) noexcept;
  bool fits_inline(uint64_t size) const noexcept;
  bool take(uint64_t size, OnFull on_full, Block& block) noexcept;
  bool take_for_call(uint64_t size, Block& block) noexcept;
  wire::Bulk stage(const void* data, const marshal::Box& box) noexcept;
  wire::Bulk stage_until(const void* data, const marshal::Box& box) noexcept;
  bool await_outputs(const void* data, const marshal::Box& box) noexcept;
  bool pull(const void* data, uint64_t size, bool until_complete, In& result) noexcept;
  bool is_there(const void* data, uint64_t size) noexcept;
  wire::Bulk missing(uint64_t size) noexcept;
  wire::Bulk missing_input(const void* data, uint64_t extent, uint64_t size) noexcept;
  uint32_t take_slot(const Block& block, void* destination, const marshal::Box& box) noexcept;
  bool find_memory(Mapping& mapping, uint64_t offset) noexcept;
  bool fill_memory(Mapping& mapping, Map& map) noexcept;
  bool has_addresses(const void* list, unsigned parameter) noexcept;
  Map arrange(Mapping& mapping, bool reads) noexcept;
  void free_memory(const Mapping& mapping, bool executed = false) noexcept;
  void settle_mappings(bool success) noexcept;
  void settle_mirrors(bool success) noexcept;
  void forget_mappings(marshal::ObjectId object) noexcept;
  void fault_if_missing() const noexcept;
  void trace() const noexcept;

  enum class Sent : uint8_t { kNot, kAndWaited, kPosted };

  Runtime* runtime_;
  Channel* channel_ =
      nullptr;  // its scratch holds what the call has gathered; null: failed at once
  uint32_t function_;
  uint16_t detail_ = 0;
  Sent sent_ = Sent::kNot;
  bool settled_ = false;
  marshal::Outcome outcome_ = marshal::Outcome::kOk;
  uint64_t present_ = 0;
  int64_t started_ns_ = 0;  // only while tracing
  int saved_errno_;         // the application's: calls leave it alone
};

// Is there a session? Connects on the process's first call. For entry points that have no call to
// make, such as those that hand out a dispatch table.
bool connected() noexcept;

// Is this an address in mirrored memory (mirrors.h)?
bool is_mirrored(const void* pointer) noexcept;

// Memory of the library that this process can have at the same address. `allocate(size)` asks for
// some, `free(memory)` gives it back. Where the address is taken here, the library keeps that
// memory while it is asked for more, and more of it each time: a heap would give the same again, or
// its neighbor. Null where the library has none, or after so many attempts that terabytes were
// taken.
template <typename Allocate, typename Free>
void* place_mirror(size_t size, Allocate allocate, Free free) noexcept {
  constexpr size_t kAttempts = 16;
  constexpr size_t kFirst = size_t{256} << 10;  // what heaps place by itself
  void* unplaced[kAttempts];
  size_t count = 0;
  void* memory = allocate(size);
  for (size_t next = kFirst; memory != nullptr && !is_mirrored(memory); next *= 2) {
    unplaced[count++] = memory;
    memory = count < kAttempts ? allocate(size < next ? next : size) : nullptr;
  }
  while (count != 0) free(unplaced[--count]);
  return memory;
}

// An answer of the library about an object that cannot change while the object lives: asked once,
// with `ask(value)`, which says whether it knows. 0 where nobody does. `key`: the question.
bool recall(const void* handle, marshal::TypeId type, uint32_t key, uint64_t& value) noexcept;
void note_fact(const void* handle, marshal::TypeId type, uint32_t key, uint64_t value) noexcept;
template <typename Ask>
uint64_t fact(const void* handle, marshal::TypeId type, uint32_t key, Ask ask) noexcept {
  uint64_t value = 0;
  if (recall(handle, type, key, value)) return value;
  if (!ask(value)) return 0;
  note_fact(handle, type, key, value);
  return value;
}

// A struct that a function returns by value.
template <typename T>
T value_of(const flatbuffers::Vector<uint8_t>* bytes) noexcept {
  T value{};
  if (bytes != nullptr && bytes->size() == sizeof value) {
    std::memcpy(&value, bytes->data(), sizeof value);
  }
  return value;
}

// A text of the library's own, which lives as long as the process: one that was there before is at
// the same address. Null for null, for what is no text, and where memory is short.
const char* land_text(std::span<const uint8_t> bytes) noexcept;
inline const char* land_text(const flatbuffers::Vector<uint8_t>* bytes) noexcept {
  return bytes == nullptr ? nullptr : land_text(std::span(bytes->data(), bytes->size()));
}

// A table of functions that `function` returned: a copy of the library's, `bytes`, with stubs in
// it. The same address for the same number, for as long as the process lives. Null where the
// library returned null, or memory is short.
void* land_table(uint32_t function, uint64_t number, const flatbuffers::Vector<uint8_t>* bytes,
                 uint64_t size, void (*fill)(void* table)) noexcept;
// An entry that is null in the library's table stays null.
template <typename F>
void stand_in(F& entry, F stub) noexcept {
  if (entry != nullptr) entry = stub;
}

// A callback's bytes; null where the library gave null.
template <typename T>
const T* bytes_of(const flatbuffers::Vector<uint8_t>* bytes) noexcept {
  return bytes == nullptr ? nullptr : reinterpret_cast<const T*>(bytes->data());
}

// A callback on its way into the application.
class Delivery {
 public:
  virtual void* function() const noexcept = 0;  // what the application registered
  virtual void* user_data() const noexcept = 0;
  virtual void* about() const noexcept = 0;  // the handle of the object whose end this is
  virtual void* land_handle(marshal::ObjectId id, marshal::TypeId type) noexcept = 0;

 protected:
  ~Delivery() = default;
};

}  // namespace ava::guest
