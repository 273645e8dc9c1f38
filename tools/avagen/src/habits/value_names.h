// What the names of an API's constants say of the values that go with them: "VEC_EVENT_CONTEXT",
// among constants that all begin with "VEC_EVENT", goes with a context.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "habits/words.h"
#include "header.h"

namespace avagen {

// The constants that are values of a type. Null: the header does not group any under its name.
const std::vector<std::string>* values_of(const Header& header, const CType& type);

// The noun of a handle type's own name: "device" of "vec_device_id".
Words noun_of(const std::string& handle);

class ValueNames {
 public:
  struct Meaning {
    std::string handle;  // the type of the handle that it goes with; empty: none, for all we know
    bool is_doubtful = false;
  };

  // `handles`: the API's handle types, each with the nouns that stand for one ("mem", "buffer").
  using Nouns = std::vector<std::pair<std::string, Words>>;
  ValueNames(const std::vector<std::string>& constants, const Nouns& handles);
  Meaning of(const std::string& constant) const;

 private:
  const Nouns& handles_;
  Words shared_;  // with which all constants begin
};

}  // namespace avagen
