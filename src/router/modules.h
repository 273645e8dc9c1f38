// The API packages that this router serves: what `*.router.so` and `*.server.so` it finds, under
// API name and wire hash, several generations side by side.
//
// Trust: modules are the operator's, like the router itself: loading one runs its code.
// Threads: built by the main thread; immutable afterwards.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "router/function_table.h"

namespace ava::router {

// One generation of one API.
struct Generation {
  std::string api;
  uint64_t wire_hash;
  std::string router_module;  // paths
  std::string server_module;
  FunctionTable functions;
};

class ModuleRegistry {
 public:
  // Loads every `*.router.so` with a `*.server.so` beside it, below each of `folders`. What does
  // not load is logged and left out; of two with the same name and hash the first stays.
  static ModuleRegistry load(const std::vector<std::filesystem::path>& folders);

  // Null where there is none.
  const Generation* find(const std::string& api, uint64_t wire_hash) const noexcept;
  const std::vector<std::unique_ptr<const Generation>>& all() const noexcept {
    return generations_;
  }
  // Why find() found none, for whoever asked: names what is installed and both sides' hashes.
  std::string explain(const std::string& api, uint64_t wire_hash) const;

 private:
  void add(const std::filesystem::path& router_module);

  std::vector<std::unique_ptr<const Generation>> generations_;
};

// A wire hash as people see it: 16 hexadecimal digits.
std::string hash_text(uint64_t wire_hash);

}  // namespace ava::router
