// What prose says about a function: a comment in the header, or the vendor's reference.
//
// Only plain statements are understood ("pointer to a buffer of *size* bytes", "may be NULL"). A
// remark carries the words that it was read from, so that a person can judge.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "habits/signature.h"

namespace avagen {

enum class Way : uint8_t { kIn, kOut, kInOut };

// T: what was stated; quote: where.
template <typename T>
struct Stated {
  T value;
  std::string quote;
};

struct ParameterRemarks {
  std::optional<Stated<std::string>> length;  // an expression, in elements (bytes for void)
  std::optional<Stated<Way>> way;
  std::optional<Stated<bool>> nullable;
  std::optional<Stated<bool>> is_string;
  std::optional<Stated<bool>> kept;  // the library uses it for as long as an object lives
  std::optional<Stated<bool>> written_by_result;  // what the function returns is how much there is
};

struct Remarks {
  std::map<std::string, ParameterRemarks> parameters;
  std::optional<Stated<bool>> asynchronous;
};

// `prose`: a comment with its marks, or text of a reference.
Remarks read_remarks(std::string_view prose, const Signature& signature);
// Adds what `other` says where `remarks` says nothing.
void add_remarks(const Remarks& other, Remarks& remarks);
// The functions to which a description refers for the rest: "Same as f(), but ...".
std::vector<std::string> described_like(std::string_view prose);

// A reference in plain text or XML, cut into what belongs to each function.
class Reference {
 public:
  Reference() = default;
  // `functions`: the names that start a section.
  Reference(std::string_view text, const std::vector<std::string>& functions);
  std::string about(const std::string& function) const;

 private:
  std::map<std::string, std::string> sections_;
};

}  // namespace avagen
