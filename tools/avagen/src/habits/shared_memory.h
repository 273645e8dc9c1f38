// Memory that a library allocates for itself and the application at one address: "void*
// acme_shared_alloc(acme, size_t size)", and "void acme_shared_free(acme, void* memory)" beside it.
// What functions with that word in their names take is an address in such memory.
#pragma once

#include <string>
#include <vector>

#include "habits/lengths.h"
#include "habits/signature.h"

namespace avagen {

struct Finding;

class SharedMemory {
 public:
  // Where the header has such a pair; otherwise nothing is found.
  SharedMemory(const Header& header, std::vector<NamingRule> rules);

  bool is_free(const Signature& signature) const { return signature.name == free_; }
  // About the function itself, and about a pointer that it takes.
  std::vector<Finding> about(const Signature& signature) const;
  std::vector<Finding> about(const Signature& signature, size_t index) const;

 private:
  std::vector<Finding> about_list(const Signature& signature, size_t index) const;

  std::vector<NamingRule> rules_;
  std::string word_;  // "shared"; empty: there is no such memory
  std::string allocate_;
  std::string size_;  // the parameter that says how much
  std::string free_;
};

}  // namespace avagen
