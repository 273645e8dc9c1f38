// Loads an API's server module, and through it the native library.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "base/error.h"
#include "server/module.h"

namespace ava::server {

struct LoadFailure {
  Error error;
  std::string sentence;  // for a person: what is wrong with which file
};

// The module in the shared object at `path`, which must be of `api` with exactly this wire hash,
// and whose native library is loaded. Lives as long as the process. Errors: kNotFound (no such file
// or no module in it), kVersionMismatch (another ABI), kUnknownApi (another API or hash), kSystem
// (the native library does not load).
tl::expected<const Module*, LoadFailure> load_module(const std::string& path,
                                                     const std::string& api, uint64_t wire_hash);

}  // namespace ava::server
