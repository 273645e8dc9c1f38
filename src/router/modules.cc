#include "router/modules.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/log.h"
#include "transport/control.h"

namespace ava::router {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRouterSuffix = ".router.so";
constexpr std::string_view kServerSuffix = ".server.so";

// Sorted, so that which of two equal modules is first does not depend on the file system.
std::vector<fs::path> find_modules(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied,
                                        error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (walk->path().filename().string().ends_with(kRouterSuffix)) found.push_back(walk->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Why a module cannot be used; null if it can.
const char* objection(const Module& module) noexcept {
  if (module.abi != kModuleAbi) return "it was made for another router's module interface";
  if (module.api == nullptr || *module.api == '\0') return "it names no API";
  if (std::strlen(module.api) >= transport::kApiNameBytes) return "its API's name is too long";
  for (const Function& function : module.functions) {
    if (function.name == nullptr || function.check == nullptr || function.cost == nullptr) {
      return "its table of functions has holes";
    }
  }
  return nullptr;
}

}  // namespace

ModuleRegistry ModuleRegistry::load(const std::vector<fs::path>& folders) {
  ModuleRegistry registry;
  for (const fs::path& folder : folders) {
    for (const fs::path& path : find_modules(folder)) registry.add(path);
  }
  return registry;
}

void ModuleRegistry::add(const fs::path& router_module) {
  std::string server_module = router_module.string();
  server_module.replace(server_module.size() - kRouterSuffix.size(), kRouterSuffix.size(),
                        kServerSuffix);
  if (!fs::exists(server_module)) {
    AVA_WARN("%s is left out: there is no %s", router_module.c_str(), server_module.c_str());
    return;
  }
  // Never closed: generations point into it until the router ends.
  void* handle = ::dlopen(router_module.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    AVA_WARN("%s is left out: %s", router_module.c_str(), ::dlerror());
    return;
  }
  const auto* module = static_cast<const Module*>(::dlsym(handle, AVA_ROUTER_MODULE_SYMBOL));
  const char* reason =
      module == nullptr ? "it exports no " AVA_ROUTER_MODULE_SYMBOL : objection(*module);
  if (reason != nullptr) {
    AVA_WARN("%s is left out: %s", router_module.c_str(), reason);
    return;
  }
  if (const Generation* first = find(module->api, module->wire_hash); first != nullptr) {
    AVA_DEBUG("%s is left out: the same as %s", router_module.c_str(),
              first->router_module.c_str());
    return;
  }
  AVA_INFO("serving %s %s from %s", module->api, hash_text(module->wire_hash).c_str(),
           router_module.c_str());
  generations_.push_back(std::make_unique<const Generation>(
      Generation{module->api, module->wire_hash, router_module.string(), std::move(server_module),
                 FunctionTable(*module)}));
}

const Generation* ModuleRegistry::find(const std::string& api, uint64_t wire_hash) const noexcept {
  for (const auto& generation : generations_) {
    if (generation->api == api && generation->wire_hash == wire_hash) return generation.get();
  }
  return nullptr;
}

std::string ModuleRegistry::explain(const std::string& api, uint64_t wire_hash) const {
  std::string same, others;
  for (const auto& generation : generations_) {
    std::string& list = generation->api == api ? same : others;
    if (!list.empty()) list += ", ";
    if (generation->api != api) list += generation->api + " ";
    list += hash_text(generation->wire_hash);
  }
  if (!same.empty()) {
    return "the wire hash of " + api + " differs: the guest library has " + hash_text(wire_hash) +
           ", installed here is " + same + "; install the package that matches";
  }
  return "no module for " + api + " (" + hash_text(wire_hash) +
         ") is installed; here is: " + (others.empty() ? "nothing" : others);
}

std::string hash_text(uint64_t wire_hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(wire_hash));
  return text;
}

}  // namespace ava::router
