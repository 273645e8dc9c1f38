// A C type as the generator needs it: how it is written, how wide it is, what it points to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace avagen {

struct CType {
  enum class Kind : uint8_t {
    kVoid,
    kBool,
    kInteger,
    kEnum,
    kFloat,
    kPointer,
    kFunction,
    kRecord,
    kOther
  };
  Kind kind = Kind::kOther;
  std::string spelling;            // as in the header, without an outer const: "const float*"
  std::vector<std::string> chain;  // the typedefs it goes by, outermost first; then the plain type
  bool is_const = false;
  bool is_signed = false;
  bool complete = false;                     // its size is known
  uint64_t size = 0;                         // bytes
  bool holds_pointers = false;               // of records: some field leads elsewhere
  std::shared_ptr<const CType> pointee;      // of pointers
  std::shared_ptr<const CType> result;       // of functions
  std::vector<CType> parameters;             // of functions
  std::vector<std::string> parameter_names;  // of functions, where the header gives them

  bool is_pointer() const { return kind == Kind::kPointer; }
  bool is_number() const {
    return kind == Kind::kBool || kind == Kind::kInteger || kind == Kind::kEnum ||
           kind == Kind::kFloat;
  }
  bool is_function_pointer() const {
    return is_pointer() && pointee != nullptr && pointee->kind == Kind::kFunction;
  }
  // A pointer to a struct whose fields nobody sees: what APIs use as handles.
  bool is_opaque_pointer() const {
    return is_pointer() && pointee != nullptr && pointee->kind == Kind::kRecord &&
           !pointee->complete;
  }
  // `name` declared with this type: "const float* in", "void (*notify)(int)".
  std::string declare(const std::string& name) const;
  // The FlatBuffers scalar of the same width; of numbers.
  std::string wire_scalar() const;
};

// A type's name without "const".
inline std::string plain_name(const std::string& name) {
  return name.starts_with("const ") ? name.substr(6) : name;
}

}  // namespace avagen
