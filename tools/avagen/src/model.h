// What avagen knows about an API once the passes have run: the specification and the header put
// together, every question decided. Emitters read it and decide nothing.
//
// Ownership: the model borrows expressions and declarations from the Spec and functions from the
// Header, which outlive it; what it makes itself is in `made`.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "header.h"
#include "tree.h"

namespace avagen {

// One annotation and the condition over it (null: always). `used` is set by the pass that acts on
// it; what no pass acted on is dead.
struct Fact {
  const Annotation* annotation = nullptr;
  const Expr* condition = nullptr;
  bool used = false;
};

// What a type or a function returns, by what happened below the API. Null: nothing was said.
struct Values {
  const Expr* success = nullptr;
  const Expr* lost = nullptr;
  const Expr* unsupported = nullptr;
  const Expr* refused = nullptr;
  const Expr* exhausted = nullptr;
  const Expr* invalid = nullptr;
};

// type(T), or a type that stands for an opaque pointer.
struct Type {
  std::string name;
  Span span;
  CType c;
  bool declared = false;  // false: inferred from the header
  bool is_handle = false;
  uint16_t id = 0;  // of handles; from 1
  bool dispatch = false;
  bool nonnull = false;  // a null handle is an invalid one
  bool unresolved = false;
  Values values;
  const Expr* reference_count = nullptr;
  const Expr* completion = nullptr;
  const Expr* retain = nullptr;
  const Expr* release = nullptr;
};

struct Check {
  const Expr* condition = nullptr;
  const Expr* expression = nullptr;
};

// "Where `condition` holds, the elements are handles of `type`", or pairs of a list.
struct Entry {
  const Expr* key = nullptr;
  const Type* type = nullptr;  // null: a plain value
};
struct Translation {
  const Expr* condition = nullptr;
  const Type* type = nullptr;  // elements are handles
  std::vector<Entry> entries;  // elements are key and value pairs
};

struct Edit {
  enum class Kind : uint8_t {
    kClearBits,
    kReplace,
    kReplaceString,
    kDropWords,
    kDropEntries,
    kDropSuffix
  };
  Kind kind = Kind::kReplace;
  const Expr* condition = nullptr;
  const Annotation* annotation = nullptr;
  // Whether the result's size may change, so that the whole value must be asked for.
  bool resizes() const {
    return kind == Kind::kReplaceString || kind == Kind::kDropWords || kind == Kind::kDropEntries ||
           kind == Kind::kDropSuffix;
  }
};

// "The application's memory backs the object that this call creates": of a pointer, the memory
// itself; of a handle, what backs that object, from `offset` on.
struct Backing {
  const Expr* condition = nullptr;
  const Expr* offset = nullptr;
};
// The bits of a result that differ for an object that is backed by the application's memory.
struct BackedBits {
  const Expr* condition = nullptr;
  const Annotation* annotation = nullptr;
};
// A rectangle of the application's memory. Its bytes travel packed; the server computes how many
// there must be.
struct BoxSpec {
  const Expr* condition = nullptr;  // null: always
  const Annotation* annotation = nullptr;
  const Expr& argument(size_t index) const { return annotation->arguments[index]; }
  bool has_origin() const { return annotation->arguments.size() == 5; }
};

// --- structs that lead to other memory ---
struct Callback;
struct StructType;

// What some memory holds: a row of the API's shapes (marshal/graph.h).
struct Shape {
  enum class Kind : uint8_t { kBytes, kString, kHandles, kPointers, kStructs, kOutput };
  Kind kind = Kind::kBytes;
  std::string name;     // "float", "pointers_vec_layer"
  std::string element;  // C name of an element
  uint16_t id = 0;
  const Type* handle = nullptr;        // kHandles
  const Shape* of = nullptr;           // kPointers: what is behind each
  const StructType* record = nullptr;  // kStructs
  bool nonnull = false;                // kHandles, kPointers: none of them is null
};
// A field that is more than bytes.
struct StructField {
  enum class Kind : uint8_t {
    kHandle,
    kPointer,
    kUnused,
    kFound,
    kMade,
    kText,
    kOwn,
    kCallback,
    kUserData  // a callback's
  };
  std::string path;    // "place.device"
  std::string prefix;  // "place.": of the struct that its expressions are about
  uint64_t offset = 0;
  Kind kind = Kind::kPointer;
  const Type* handle = nullptr;     // kHandle, kFound, kMade
  const Shape* shape = nullptr;     // kPointer
  const Expr* count = nullptr;      // elements, less those before `at`; null: one
  const Expr* at = nullptr;         // the first element that the library touches; null: 0
  const Expr* written = nullptr;    // up to which it writes them; null: all
  const Expr* condition = nullptr;  // null: always
  bool nonnull = false;
  Callback* callback = nullptr;  // kCallback
  // The library puts something there, and looks at nothing.
  bool is_out() const {
    return kind == Kind::kFound || kind == Kind::kMade || kind == Kind::kText || kind == Kind::kOwn;
  }
  std::string user_data{};  // kCallback: the path of its user data
  bool once = false;        // kCallback
};
// field(path) { }, as it was said.
struct FieldNote {
  const Annotation* annotation = nullptr;
  const Expr* condition = nullptr;
  Callback* callback = nullptr;  // of a pointer to a function
  std::vector<Fact> facts;
  std::vector<Fact> element_facts;
  bool used = false;
};
// A struct of which some fields lead elsewhere: type(T) { field(...) }, or one parameter's own.
struct StructType {
  std::string name;
  Span span;
  CType c;
  const std::vector<HeaderField>* record = nullptr;
  std::vector<FieldNote> notes;
  std::vector<StructField> fields;  // once describe_structs() has run
  bool of_parameter = false;        // one parameter's own
  bool described = false;
};
// Where `condition` holds, the elements are addresses in mirrored memory, which ends or does not.
struct MirroredElements {
  const Expr* condition = nullptr;
  bool unmirrors = false;
};
// A value that the guest sends in place of the application's.
struct Substitute {
  const Expr* condition = nullptr;
  const Expr* value = nullptr;
};

struct Function;
struct Parameter;

struct Callback {
  std::string name;
  Span span;
  CType function;      // the function type
  std::string c_type;  // how C code names the pointer's type
  std::vector<Parameter> parameters;
  int user_data = -1;
  const Type* destroyed = nullptr;  // called at the end of an object of this type,
  int about = -1;                   // whose handle this parameter is
  uint32_t number = 0;
  bool awaited = false;     // the library waits for its end
  bool used = false;        // some covered function takes it, or a struct holds it
  bool in_struct = false;   // a struct does
  bool unresolved = false;  // as of functions
  // Is it called where the session is lost before the library could?
  bool says_lost() const;
};

struct Parameter {
  enum class Kind : uint8_t {
    kUndecided,
    kNumber,      // by value
    kHandle,      // by value
    kOutNumber,   // a pointer to one
    kOutHandle,   // a pointer to one
    kIn,          // bytes
    kOut,         // bytes
    kInOut,       // bytes
    kInHandles,   // a list
    kOutHandles,  // a list
    kString,      // zero-terminated
    kStrings,     // a list of byte strings
    kProperties,  // a zero-terminated list of pairs
    kCallback,
    kUserData,
    kGraph,         // structs, and what they lead to
    kMapped,        // an address that the application was given for mapped memory
    kMirrored,      // an address in mirrored memory
    kRegistered,    // memory that the library is lent
    kUnregistered,  // which is given back
  };
  std::string name;
  Span span;
  unsigned index = 0;
  CType c;
  Kind kind = Kind::kUndecided;
  std::vector<Fact> facts;
  std::vector<Fact> element_facts;
  bool unresolved = false;  // a person has yet to decide something about it

  const Type* handle = nullptr;     // kHandle, kOutHandle, kInHandles, kOutHandles
  bool allocates = false;           // the handles are new objects
  const Expr* implicit = nullptr;   // kNumber: none of the function's; what the guest computes
  bool given = false;               // kOutNumber: it is read, too, and travels by value
  const Expr* count = nullptr;      // elements (bytes for void)
  std::string element = "uint8_t";  // C name of an element; of void: one byte
  uint64_t element_size = 1;
  const Expr* written = nullptr;
  std::vector<const Expr*> also_on;  // results besides success with which it is written
  int written_from = -1;             // the out parameter that `written` reads, if it is one
  bool written_by_result = false;    // it is the function's result, if that is no larger
  bool written_if_wanted = false;    // all of it, where the application did not want `written_from`
  int until = -1;                    // the parameter whose object says when bytes are through
  bool until_return = false;         // it is the returned object
  int keeps = -1;                    // the parameter whose object's life the bytes are read for
  bool keeps_return = false;         // it is the returned object
  const Parameter* lengths = nullptr;   // kStrings: the sizes of its elements
  bool parsed = false;                  // the native library interprets the bytes: a private copy
  std::vector<std::string> file_words;  // kString: what stands before folders whose files are read
  bool zero_terminated = false;         // kStrings: where `lengths` says nothing
  std::vector<Check> checks;
  std::vector<Translation> translations;
  std::vector<Entry> entries;  // kProperties
  std::vector<Edit> edits;
  std::vector<Substitute> substitutes;     // kNumber; the first whose condition holds
  const Annotation* append = nullptr;      // kString: text behind it
  std::optional<BoxSpec> box;              // kIn, kOut; then there is no count
  const StructType* own_struct = nullptr;  // what field() says of this parameter's struct alone
  const Shape* shape = nullptr;            // kGraph
  bool comes_back = false;                 // kGraph: the library changes the structs
  bool filled = false;                     // and reads nothing of the application's there
  bool written_behind = false;             // kGraph: it writes where they lead to
  const Expr* inner = nullptr;             // kGraph of pointers: elements behind each; null: one
  bool by_value = false;                   // kIn, kGraph: a struct, not a pointer
  bool by_server = false;                  // the server checks the size, which the router cannot
  std::vector<Backing> backs;              // kIn, kHandle
  std::vector<Backing> backing;            // kOut; of the object `backing_of`
  std::vector<BackedBits> backed_bits;     // kOut
  int backing_of = -1;
  int mapped_of = -1;                   // kMapped: the object; itself where that is mirrored memory
  bool lent_in = false;                 // kRegistered: the library reads it
  bool lent_out = false;                // and writes it
  bool mirrored = false;                // kMapped; kIn, kOut: it may lead into mirrored memory
  const Expr* mirrored_when = nullptr;  // of such a kIn or kOut; null: always
  bool unmirrors = false;               // kMirrored: the memory ends
  std::vector<MirroredElements> mirrored_elements;  // kIn: of which a private copy is passed
  std::vector<const Type*> maybe;                   // kIn: the bytes may be a handle of these types
  const Expr* maybe_when = nullptr;
  bool nonnull = false;
  bool nonnull_elements = false;  // kStrings, kInHandles: none of them is null
  bool optional = false;          // kHandle: may be null
  bool indexed = false;           // an expression reads its elements
  bool is_error = false;
  bool retains = false;
  bool deallocates = false;
  bool once = false;
  const Expr* lost = nullptr;  // of a callback: what it is given where the session is lost
  Callback* callback = nullptr;
  int user_data = -1;              // kCallback: index of the parameter passed through
  int destroyed = -1;              // kCallback: called at the end of the object in this parameter
  std::vector<std::string> notes;  // what was inferred, and why

  // What it leads to; of a struct by value, that struct.
  const CType& target() const { return by_value ? c : *c.pointee; }
  bool is_pointer() const {
    return (c.is_pointer() || by_value) && kind != Kind::kHandle && kind != Kind::kCallback &&
           kind != Kind::kUserData;
  }
  bool is_output() const {
    return kind == Kind::kOutNumber || kind == Kind::kOutHandle || kind == Kind::kOut ||
           kind == Kind::kInOut || kind == Kind::kOutHandles || comes_back || written_behind;
  }
  bool is_kept() const { return keeps >= 0 || keeps_return; }
  bool completes_later() const { return until >= 0 || until_return; }
};

inline bool Callback::says_lost() const {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const Parameter& parameter) { return parameter.lost != nullptr; });
}

// A function that allocates memory which the application has at the same address.
struct Mirrors {
  const Parameter* size = nullptr;
  const Function* free = nullptr;  // gives it back, in a parameter that `unmirrors`
};

// What a function that maps an object's memory says about it.
struct Maps {
  int object = -1;
  const Expr* bytes = nullptr;
  const Expr* at = nullptr;      // null: 0
  const Expr* reads = nullptr;   // null: always
  const Expr* writes = nullptr;  // null: always
  std::optional<BoxSpec> box;    // instead of bytes and at
  int row_pitch = -1;            // outputs that say how the mapped memory lies
  int slice_pitch = -1;
  int until = -1;  // the object that says when the mapping is complete; -1: at once
};

struct Cost {
  enum class Kind : uint8_t { kDeviceTime, kBandwidth, kMemory };
  Kind kind = Kind::kDeviceTime;
  const Expr* condition = nullptr;
  const Expr* amount = nullptr;
};

// What the server answers in place of the library, where that holds.
struct Answer {
  const Expr* value = nullptr;
  const Expr* when = nullptr;
};

struct Function;

// An entry of a table of functions that a function returns.
struct TableEntry {
  const HeaderField* field = nullptr;
  const Function* function = nullptr;  // null: nothing covers it, or it is no function
  bool only_there = false;             // the library offers the function nowhere else
};

struct Function {
  enum class Mode : uint8_t { kSync, kAsync, kConditional };
  enum class Result : uint8_t {
    kVoid,
    kNumber,
    kHandle,
    kMapped,
    kMirrored,
    kRecord,
    kTable,
    kText,  // of the library's own
    kOther
  };
  std::string name;
  Span span;
  const FunctionDeclaration* declaration = nullptr;  // null: the specification does not mention it
  const HeaderFunction* header = nullptr;
  uint32_t chapter = 0;
  uint32_t number = 0;  // row in the tables
  std::vector<Fact> facts;
  std::vector<Parameter> parameters;
  Mode mode = Mode::kSync;
  const Expr* sync_when = nullptr;  // kConditional
  bool quiet = false;
  const Expr* quiet_when = nullptr;
  std::vector<const Expr*> learn;
  std::vector<Cost> costs;
  std::optional<Maps> maps;         // Result::kMapped, or kNumber where mirrored memory is mapped
  std::optional<Mirrors> mirrors;   // Result::kMirrored
  std::vector<TableEntry> entries;  // Result::kTable
  std::vector<Answer> answers;
  std::vector<Check> checks;
  bool unsupported = false;
  std::string unsupported_reason;
  bool unresolved = false;  // it, or a parameter of it: passes keep quiet about the rest
  bool allocates = false;
  std::string native;          // the native library's name for it
  std::string looked_up;       // a server block's function that finds it; empty: exported
  std::string replaced_guest;  // the reason; empty: generated
  std::string replaced_server;
  Result result = Result::kVoid;
  const Type* result_type = nullptr;  // of handles
  const Type* status = nullptr;       // type() that says what the result means; null: none
  Values values;                      // of the result
  bool own_values = false;            // returns { } says something
  int error = -1;                     // the parameter through which it reports its error
  const Type* error_status = nullptr;
  Values error_values;
  // What a handle of that type that names no live object means in this function, where it is not
  // what type() says.
  struct Invalid {
    const Type* type;
    const Expr* value;
  };
  std::vector<Invalid> invalid;
  std::vector<std::string> notes;

  bool guest_only = false;  // replaced in the guest, and nothing else is said: not on the wire

  // Those of the C function, behind which are the implicit ones.
  std::span<const Parameter> declared() const {
    return std::span(parameters).first(header->parameters.size());
  }
  // One word of its reply says what it returned.
  bool returns_address() const {
    return result == Result::kHandle || result == Result::kMapped || result == Result::kMirrored;
  }
  // Is what it maps the memory itself, at the address that it was given?
  bool maps_mirrored() const { return maps && result == Result::kNumber; }
  bool covered() const { return !unsupported; }
  bool on_wire() const { return !unsupported && !guest_only; }
  // Null says that it failed.
  bool returns_pointer() const { return returns_address() || result == Result::kTable; }
  const Parameter* find(const std::string& parameter) const {
    for (const Parameter& candidate : parameters) {
      if (candidate.name == parameter) return &candidate;
    }
    return nullptr;
  }
};

struct DispatchTable {
  std::string type;
  std::string variable;
  Span span;
  const std::vector<HeaderField>* fields = nullptr;
};

struct Model {
  const Spec* spec = nullptr;
  const Header* header = nullptr;
  std::deque<Type> types;  // handles and others, declared first
  std::deque<StructType> structs;
  std::deque<Shape> shapes;
  std::deque<Callback> callbacks;
  std::deque<Function> functions;  // covered ones in the order of the specification, then others
  std::optional<DispatchTable> dispatch;
  std::string error_name;  // the convention's name of an error parameter
  // By the convention's name of a parameter: what is returned where a handle in it is none.
  std::map<std::string, const Expr*> invalid_names;
  std::deque<Expr> made;
  std::deque<std::vector<Statement>> habits;  // annotations that no specification says
  uint64_t wire_hash = 0;

  const Expr* make(Expr expression) {
    made.push_back(std::move(expression));
    return &made.back();
  }
  Type* find_type(const std::string& name) {
    for (Type& type : types) {
      if (type.name == name) return &type;
    }
    return nullptr;
  }
  const Function* find_function(const std::string& name) const {
    for (const Function& function : functions) {
      if (function.name == name) return &function;
    }
    return nullptr;
  }
  // The handle type that a C type is, through its typedefs. Null: none.
  Type* handle_of(const CType& c) {
    for (std::string name : c.chain) {
      // A function that does not change the object takes a pointer to const.
      if (c.is_pointer() && name.starts_with("const ")) name.erase(0, 6);
      if (Type* type = find_type(name); type != nullptr && type->is_handle) return type;
    }
    return nullptr;
  }
  // The struct that a C type is, where something is said of its fields. Null: nothing is.
  StructType* struct_of(const CType& c) {
    for (StructType& type : structs) {
      if (type.of_parameter) continue;
      for (const std::string& name : c.chain) {
        const std::vector<std::string>& names = type.c.chain;
        if (std::find(names.begin(), names.end(), plain_name(name)) != names.end()) return &type;
      }
    }
    return nullptr;
  }
  // The callback(T) that describes a C type, through its typedefs. Null: none.
  Callback* callback_of(const CType& c) {
    for (const std::string& name : c.chain) {
      for (Callback& callback : callbacks) {
        if (callback.name == name) return &callback;
      }
    }
    return nullptr;
  }
  // The type() that says what a value of a C type means. Null: none.
  Type* status_of(const CType& c) {
    for (const std::string& name : c.chain) {
      if (Type* type = find_type(name)) return type;
    }
    return nullptr;
  }
};

}  // namespace avagen
