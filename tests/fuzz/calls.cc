#include "tests/fuzz/calls.h"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <optional>

#include "marshal/bounds.h"
#include "marshal/bulk.h"
#include "marshal/frame.h"
#include "marshal/wire_generated.h"

namespace ava::fuzz {
namespace {

using marshal::Space;

// How many of AvA's own requests there are, from number 1.
constexpr uint32_t kRuntimeFunctions = marshal::kFileAnswer;

// The selectors of a number; smaller ones, and all others modulo kByte, are the number itself, or a
// handle's index.
enum Number : uint8_t {
  kGuestMade = 16,  // up to 31: an index of an id that the guest made
  kByte = 32,       // then: that many bytes
  kShort,
  kInt,
  kLong,
  kEdges,  // up to kLastEdge: one of kEdgeValues
  kLastEdge = 95,
  kFirstMirror,  // up to kLastMirror: in which of the library's mirrored memories; then: 16 bits
  kLastMirror = 111
};
constexpr uint64_t kEdgeValues[] = {UINT64_MAX,
                                    UINT64_MAX - 1,
                                    uint64_t{1} << 63,
                                    (uint64_t{1} << 63) - 1,
                                    uint64_t{1} << 32,
                                    (uint64_t{1} << 32) - 1,
                                    uint64_t{1} << 31,
                                    (uint64_t{1} << 31) - 1,
                                    kArena,
                                    kArena + 1,
                                    kArena - 1,
                                    marshal::kMaxInline,
                                    marshal::kMaxList,
                                    marshal::kMaxList + 1,
                                    4096,
                                    64};

// A call's control byte: what each of its pairs of bits being 3 says.
enum Control : uint8_t {
  kRaw = 3,           // the body: a length and bytes
  kPatched = 3 << 2,  // the body's bytes are patched: a count, then offset and value each
  kNoReply = 3 << 4,  // nobody waits
  kNewIds = 1 << 6,   // index and count of ids that the guest made, where results have some
  kOther = 1 << 7,    // the other channel
};
constexpr bool says(uint8_t control, Control what) { return (control & what) == what; }

uint64_t small_number(uint8_t selector, marshal::TypeId type) {
  if (type == 0) return selector;
  if (selector == 0) return 0;
  return selector < kGuestMade ? marshal::make_id(type, 1, selector, false)
                               : marshal::make_id(type, 1, selector - kGuestMade + 1u, true);
}

uint64_t number(Input& input, marshal::TypeId type) {
  const auto selector = input.number<uint8_t>();
  if (selector < kByte) return small_number(selector, type);
  switch (selector) {
    case kByte:
      return input.number<uint8_t>();
    case kShort:
      return input.number<uint16_t>();
    case kInt:
      return input.number<uint32_t>();
    case kLong:
      return input.number<uint64_t>();
    default:
      if (selector > kLastEdge && selector <= kLastMirror) {
        return kMirrors + (selector - kFirstMirror) * kMirrorRoom + input.number<uint16_t>();
      }
      return selector <= kLastEdge ? kEdgeValues[(selector - kEdges) % std::size(kEdgeValues)]
                                   : small_number(selector % kByte, type);
  }
}

void append_bytes(std::vector<uint8_t>& out, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void append_number(std::vector<uint8_t>& out, uint64_t value, marshal::TypeId type) {
  for (uint8_t selector = 0; selector < kByte; ++selector) {
    if (small_number(selector, type) == value) return out.push_back(selector);
  }
  if (value >= kMirrors && (value - kMirrors) / kMirrorRoom <= kLastMirror - kFirstMirror &&
      (value - kMirrors) % kMirrorRoom <= 0xffff) {
    out.push_back(static_cast<uint8_t>(kFirstMirror + (value - kMirrors) / kMirrorRoom));
    return append_bytes(out, (value - kMirrors) % kMirrorRoom, 2);
  }
  const uint8_t selector = value <= 0xff         ? kByte
                           : value <= 0xffff     ? kShort
                           : value <= 0xffffffff ? kInt
                                                 : kLong;
  out.push_back(selector);
  append_bytes(out, value, size_t{1} << (selector - kByte));
}

// The selectors of `present`, which begins a request.
enum Present : uint8_t {
  kAll = 0,
  kAllButOne = 128,  // up to 191: but that one
  kAny = 192,        // then: 64 bits
};

uint64_t present(Input& input, uint64_t pointers) {
  const auto selector = input.number<uint8_t>();
  if (selector < kAllButOne) return pointers;
  if (selector < kAny) return pointers & ~(uint64_t{1} << (selector - kAllButOne));
  return input.number<uint64_t>();
}

// --- fields ---

struct Value {
  uint64_t number = 0;
  std::optional<std::vector<uint8_t>> bytes;
  std::optional<std::vector<uint64_t>> words;
  std::optional<wire::Bulk> bulk;
  wire::Box box;
};

// The selectors of a length; smaller ones are the length itself, modulo kShortLengths.
enum Length : uint8_t {
  kShortLengths = 64,
  kAbsent = 128,
  kLongLength = 255,  // then: 16 bits
};

std::optional<size_t> length(Input& input) {
  const auto selector = input.number<uint8_t>();
  if (selector < kAbsent) return selector % kShortLengths;
  if (selector < kLongLength) return {};
  return std::min<size_t>(input.number<uint16_t>(), marshal::kMaxInline + 64);
}

void append_length(std::vector<uint8_t>& out, size_t size) {
  if (size < kShortLengths) return out.push_back(static_cast<uint8_t>(size));
  out.push_back(kLongLength);
  append_bytes(out, size, 2);
}

std::optional<wire::Bulk> bulk(Input& input) {
  // In braces, because their arguments are read in that order.
  const auto selector = input.number<uint8_t>();
  const auto space = [](Space value) { return static_cast<uint32_t>(value); };
  switch (selector % 8) {
    case 0:
      return {};
    case 1:
      return wire::Bulk{0, number(input, 0), space(Space::kInline), 0};
    case 2:
      return wire::Bulk{input.number<uint16_t>() * 16u, number(input, 0), space(Space::kArena), 0};
    case 3:
      return wire::Bulk{input.number<uint16_t>() * 16u, number(input, 0), space(Space::kArena),
                        input.number<uint8_t>()};
    case 4:
      return wire::Bulk{input.number<uint8_t>(), number(input, 0), space(Space::kSpill), 0};
    case 5:
      return wire::Bulk{0, number(input, 0), space(Space::kMissing), 0};
    case 6:
      return wire::Bulk{number(input, 0), number(input, 0), space(Space::kMirrored), 0};
    default: {
      const auto offset = number(input, 0);
      const auto size = number(input, 0);
      return wire::Bulk{offset, size, input.number<uint8_t>(),
                        static_cast<uint32_t>(number(input, 0))};
    }
  }
}

void append_bulk(std::vector<uint8_t>& out, const wire::Bulk* bulk) {
  if (bulk == nullptr) return out.push_back(0);
  out.push_back(7);
  append_number(out, bulk->offset(), 0);
  append_number(out, bulk->size(), 0);
  out.push_back(static_cast<uint8_t>(bulk->space()));
  append_number(out, bulk->slot(), 0);
}

Value value_of(Input& input, const Field& field) {
  Value value;
  switch (field.kind) {
    case Field::kNumber:
      value.number = number(input, field.type);
      break;
    case Field::kBytes:
      if (const auto size = length(input)) {
        const auto bytes = input.bytes(*size);
        value.bytes.emplace(*size);
        std::transform(bytes.begin(), bytes.end(), value.bytes->begin(),
                       [](std::byte byte) { return static_cast<uint8_t>(byte); });
      }
      break;
    case Field::kWords:
      if (const auto size = length(input)) {
        value.words.emplace(*size);
        for (uint64_t& word : *value.words) word = number(input, field.type);
      }
      break;
    case Field::kBulk:
      value.bulk = bulk(input);
      break;
    case Field::kBox: {
      uint64_t parts[5];
      for (uint64_t& part : parts) part = number(input, 0);
      value.box = wire::Box(parts[0], parts[1], parts[2], parts[3], parts[4]);
      break;
    }
  }
  return value;
}

// --- requests ---

// Where a field of a struct begins, `at` being where the one before it ends.
size_t aligned(size_t at, const Field& field) {
  const size_t alignment = field.kind == Field::kNumber ? field.size : alignof(wire::Box);
  return (at + alignment - 1) / alignment * alignment;
}

size_t size_of(const Field& field) {
  return field.kind == Field::kNumber ? field.size : sizeof(wire::Box);
}

std::vector<std::byte> structure(const Request& request, const std::vector<Value>& values) {
  std::vector<std::byte> body;
  for (size_t i = 0; i < values.size(); ++i) {
    const Field& field = request.fields[i];
    const size_t at = aligned(body.size(), field);
    body.resize(at + size_of(field));
    const void* from =
        field.kind == Field::kNumber ? static_cast<const void*>(&values[i].number) : &values[i].box;
    std::memcpy(body.data() + at, from, size_of(field));
  }
  body.resize((body.size() + 7) / 8 * 8);  // `present` is of eight bytes
  return body;
}

flatbuffers::voffset_t slot(size_t field) {
  return flatbuffers::FieldIndexToOffset(static_cast<flatbuffers::voffset_t>(field));
}

void add_number(flatbuffers::FlatBufferBuilder& builder, size_t at, uint64_t number, size_t size) {
  if (size == 8) builder.AddElement<uint64_t>(slot(at), number, 0);
  if (size == 4) builder.AddElement<uint32_t>(slot(at), static_cast<uint32_t>(number), 0);
  if (size == 2) builder.AddElement<uint16_t>(slot(at), static_cast<uint16_t>(number), 0);
  if (size == 1) builder.AddElement<uint8_t>(slot(at), static_cast<uint8_t>(number), 0);
}

std::vector<std::byte> table(const Request& request, const std::vector<Value>& values) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::uoffset_t> vectors(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].bytes) vectors[i] = builder.CreateVector(*values[i].bytes).o;
    if (values[i].words) vectors[i] = builder.CreateVector(*values[i].words).o;
  }
  const auto start = builder.StartTable();
  for (size_t i = 0; i < values.size(); ++i) {
    const Field& field = request.fields[i];
    if (field.kind == Field::kNumber) add_number(builder, i, values[i].number, field.size);
    if (field.kind == Field::kBox) builder.AddStruct(slot(i), &values[i].box);
    if (values[i].bulk) builder.AddStruct(slot(i), &*values[i].bulk);
    if (vectors[i] != 0) {
      builder.AddOffset(slot(i), flatbuffers::Offset<flatbuffers::Vector<uint8_t>>(vectors[i]));
    }
  }
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(builder.EndTable(start)));
  std::vector<std::byte> body(builder.GetSize());
  std::memcpy(body.data(), builder.GetBufferPointer(), body.size());
  return body;
}

std::vector<std::byte> raw(Input& input) {
  const auto bytes = input.bytes(input.number<uint8_t>());
  return {bytes.begin(), bytes.end()};
}

// Of AvA's own requests: a struct of numbers, and bytes behind it.
std::vector<std::byte> runtime_body(Input& input) {
  std::vector<std::byte> body(input.number<uint8_t>() % 8 * sizeof(uint64_t));
  for (size_t at = 0; at < body.size(); at += sizeof(uint64_t)) {
    const uint64_t word = number(input, 0);
    std::memcpy(body.data() + at, &word, sizeof word);
  }
  const auto rest = input.bytes(input.number<uint8_t>() % 32);
  body.insert(body.end(), rest.begin(), rest.end());
  return body;
}

void patch(Input& input, std::vector<std::byte>& body) {
  for (int left = input.number<uint8_t>() % 8; left > 0 && !body.empty(); --left) {
    const size_t at = input.number<uint16_t>() % body.size();
    body[at] = input.number<std::byte>();
  }
}

// --- and back ---

void append_structure(std::vector<uint8_t>& out, const Request& request,
                      std::span<const std::byte> body) {
  size_t end = 0;
  for (const Field& field : request.fields) {
    const size_t at = aligned(end, field);
    end = at + size_of(field);
    if (&field == request.fields.data()) continue;  // `present`
    if (field.kind == Field::kNumber) {
      uint64_t number = 0;
      std::memcpy(&number, body.data() + at, field.size);
      append_number(out, number, field.type);
    } else {
      for (size_t part = 0; part < 5; ++part) {
        uint64_t number = 0;
        std::memcpy(&number, body.data() + at + 8 * part, sizeof number);
        append_number(out, number, 0);
      }
    }
  }
}

uint64_t number_of(const flatbuffers::Table& table, size_t at, size_t size) {
  if (size == 8) return table.GetField<uint64_t>(slot(at), 0);
  if (size == 4) return table.GetField<uint32_t>(slot(at), 0);
  if (size == 2) return table.GetField<uint16_t>(slot(at), 0);
  return table.GetField<uint8_t>(slot(at), 0);
}

void append_field(std::vector<uint8_t>& out, const Field& field, const flatbuffers::Table& table,
                  size_t at) {
  switch (field.kind) {
    case Field::kNumber:
      return append_number(out, number_of(table, at, field.size), field.type);
    case Field::kBytes: {
      const auto* bytes = table.GetPointer<const flatbuffers::Vector<uint8_t>*>(slot(at));
      if (bytes == nullptr) return out.push_back(kAbsent);
      append_length(out, bytes->size());
      out.insert(out.end(), bytes->begin(), bytes->end());
      return;
    }
    case Field::kWords: {
      const auto* words = table.GetPointer<const flatbuffers::Vector<uint64_t>*>(slot(at));
      if (words == nullptr) return out.push_back(kAbsent);
      append_length(out, words->size());
      for (const uint64_t word : *words) append_number(out, word, field.type);
      return;
    }
    case Field::kBulk:
      return append_bulk(out, table.GetStruct<const wire::Bulk*>(slot(at)));
    case Field::kBox: {
      const auto* box = table.GetStruct<const wire::Box*>(slot(at));
      const wire::Box none{};
      if (box == nullptr) box = &none;
      for (const uint64_t part :
           {box->row_bytes(), box->rows(), box->slices(), box->row_pitch(), box->slice_pitch()}) {
        append_number(out, part, 0);
      }
      return;
    }
  }
}

}  // namespace

Call next_call(Input& input, const Api& api) {
  Call call{};
  const auto functions = static_cast<uint32_t>(api.requests.size());
  const uint32_t row = input.number<uint16_t>() % (functions + kRuntimeFunctions);
  const auto control = input.number<uint8_t>();
  call.channel = says(control, kOther) ? 1 : 0;
  call.wants_reply = !says(control, kNoReply);
  if (row >= functions) {
    call.function = 1 + row - functions;
    call.body = runtime_body(input);
    return call;
  }
  call.function = marshal::kFirstApiFunction + row;
  const Request& request = api.requests[row];
  if (says(control, kNewIds) && request.makes != 0) {
    call.first_new_id = marshal::make_id(request.makes, 1, input.number<uint8_t>() % 32u, true);
    call.new_ids = input.number<uint8_t>();
  }
  if (says(control, kRaw)) {
    call.body = raw(input);
  } else {
    std::vector<Value> values(request.fields.size());
    values[0].number = present(input, request.pointers);
    for (size_t i = 1; i < values.size(); ++i) values[i] = value_of(input, request.fields[i]);
    call.body = request.fixed ? structure(request, values) : table(request, values);
  }
  if (says(control, kPatched)) patch(input, call.body);
  return call;
}

bool lacks_bytes(uint32_t function, std::span<const std::byte> body, const Api& api) {
  const uint32_t row = function - marshal::kFirstApiFunction;
  if (row >= api.requests.size() || api.requests[row].fixed) return false;
  const auto* root = flatbuffers::GetRoot<flatbuffers::Table>(body.data());
  const std::span<const Field> fields = api.requests[row].fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].kind != Field::kBulk) continue;
    const auto* bulk = root->GetStruct<const wire::Bulk*>(slot(i));
    if (bulk != nullptr && bulk->space() == static_cast<uint32_t>(Space::kMissing)) return true;
  }
  return false;
}

uint64_t number_in(std::span<const std::byte> body, const Request& request, size_t field) {
  const size_t size = request.fields[field].size;
  if (!request.fixed) {
    return number_of(*flatbuffers::GetRoot<flatbuffers::Table>(body.data()), field, size);
  }
  size_t at = 0;
  for (size_t i = 0; i < field; ++i)
    at = aligned(at, request.fields[i]) + size_of(request.fields[i]);
  uint64_t number = 0;
  std::memcpy(&number, body.data() + aligned(at, request.fields[field]), size);
  return number;
}

bool append_call(const Call& call, const Api& api, std::vector<uint8_t>& out) {
  const uint32_t row = call.function - marshal::kFirstApiFunction;
  if (row >= api.requests.size()) return false;
  const Request& request = api.requests[row];
  append_bytes(out, row, 2);
  out.push_back(static_cast<uint8_t>((call.channel != 0 ? kOther : 0) |
                                     (call.wants_reply ? 0 : kNoReply) |
                                     (call.new_ids != 0 ? kNewIds : 0)));
  if (call.new_ids != 0) {
    out.push_back(static_cast<uint8_t>(marshal::id_index(call.first_new_id)));
    out.push_back(static_cast<uint8_t>(call.new_ids));
  }
  uint64_t is_present = 0;
  const auto* root =
      request.fixed ? nullptr : flatbuffers::GetRoot<flatbuffers::Table>(call.body.data());
  if (root != nullptr) {
    is_present = root->GetField<uint64_t>(slot(0), 0);
  } else {
    std::memcpy(&is_present, call.body.data(), sizeof is_present);
  }
  if (is_present == request.pointers) {
    out.push_back(kAll);
  } else {
    out.push_back(kAny);
    append_bytes(out, is_present, 8);
  }
  if (root == nullptr) {
    append_structure(out, request, call.body);
    return true;
  }
  for (size_t i = 1; i < request.fields.size(); ++i) {
    append_field(out, request.fields[i], *root, i);
  }
  return true;
}

}  // namespace ava::fuzz
