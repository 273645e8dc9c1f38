#include "server/module_loader.h"

#include <dlfcn.h>

namespace ava::server {

tl::expected<const Module*, LoadFailure> load_module(const std::string& path,
                                                     const std::string& api, uint64_t wire_hash) {
  const auto failure = [](Error error, std::string sentence) {
    return tl::make_unexpected(LoadFailure{error, std::move(sentence)});
  };
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return failure(Error::kNotFound, ::dlerror());
  const auto* module = static_cast<const Module*>(::dlsym(library, AVA_SERVER_MODULE_SYMBOL));
  if (module == nullptr) return failure(Error::kNotFound, path + " is no server module of AvA's");
  if (module->abi != kModuleAbi) {
    return failure(Error::kVersionMismatch,
                   path + " was built for another ava-server (module ABI " +
                       std::to_string(module->abi) + ", this one has " +
                       std::to_string(kModuleAbi) + "): build them together");
  }
  if (module->api != api || module->wire_hash != wire_hash) {
    return failure(Error::kUnknownApi,
                   path + " serves '" + module->api + "' of another generation than was asked for");
  }
  std::string why;
  if (!module->load(why)) {
    return failure(Error::kSystem, "the native library of '" + api + "' does not load: " + why);
  }
  return module;
}

}  // namespace ava::server
