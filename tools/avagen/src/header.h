// What the API's own C header says, read by libclang: functions, types, constants.
//
// The specification's prototypes are given to the C compiler as redeclarations, so it is the
// compiler that decides whether they agree with the header; types and constants that the
// specification names are probed in the same way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "c_type.h"
#include "diagnostics.h"
#include "tree.h"

namespace avagen {

struct HeaderParameter {
  std::string name;  // may be empty
  CType type;
  uint64_t extent = 0;  // of "int x[3]"; 0: none is given
};

struct HeaderFunction {
  std::string name;
  CType result;
  std::vector<HeaderParameter> parameters;
  bool variadic = false;
  bool deprecated = false;
  std::string comment;  // in front of it, with its marks
};

struct HeaderField {
  std::string name;  // of an anonymous struct or union: empty
  CType type;
  uint64_t offset = 0;                        // bytes, in its own struct
  bool is_bits = false;                       // a bit-field
  uint64_t extent = 0;                        // elements of an array; 0: it is none
  std::shared_ptr<const CType> element = {};  // of an array
  std::vector<HeaderField> fields = {};  // of a struct or union by value, or of an array's element
};

// A macro or an enumerator with a value.
struct Constant {
  bool is_integer = false;
  bool is_negative = false;
  uint64_t value = 0;  // two's complement
};

struct Header {
  // Declared in a header that the specification includes itself, in their order. Functions of
  // headers behind those are not the API's.
  std::vector<HeaderFunction> own_functions;
  // Macros and enumerators of the same headers, in their order.
  std::vector<std::string> own_constants;
  // By the type whose values they are: enumerators, and macros behind a comment that is the type's
  // name ("/* vec_info */").
  std::map<std::string, std::vector<std::string>> constants_of;
  std::map<std::string, HeaderFunction> functions;
  std::map<std::string, CType> types;  // those that the specification names, by its spelling
  std::map<std::string, std::vector<HeaderField>> records;
  // The fields of a struct, by any of its names. Null: nobody asked for them.
  const std::vector<HeaderField>* record_of(const CType& c) const {
    for (const std::string& name : c.chain) {
      const auto known = records.find(plain_name(name));
      if (known != records.end()) return &known->second;
    }
    return nullptr;
  }
  std::map<std::string, Constant> constants;  // those that the specification names
  std::map<std::string, uint64_t> sizes;      // of sizeof expressions in the specification
  std::vector<std::string> files;             // all files read
};

// Reports kHeader where the header does not parse, kUndeclaredFunction, kDeclarationDiffers,
// kUnknownType. False only if nothing could be read.
// `all_constants`: the values of own_constants, too, though the specification does not name them.
bool read_header(const Spec& spec, const std::vector<std::string>& include_folders, Header& header,
                 Reporter& reporter, bool all_constants = false);

}  // namespace avagen
