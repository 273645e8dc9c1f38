// Router modules of which the registry takes one. Each is built from this source with another
// definition.
#include "base/export.h"
#include "router/module.h"

namespace {

using namespace ava;
using namespace ava::router;

CheckResult pass(std::span<const std::byte>, const CheckContext&) noexcept { return {}; }
[[maybe_unused]] Cost no_cost(std::span<const std::byte>) noexcept { return {}; }

#if defined(TEST_HOLES)
constexpr Function kFunctions[] = {{"hole", {}, pass, nullptr}};
#else
constexpr Function kFunctions[] = {{"good_call", {}, pass, no_cost}};
#endif

#if defined(TEST_OTHER_ABI)
constexpr uint32_t kAbi = kModuleAbi + 1;
#else
constexpr uint32_t kAbi = kModuleAbi;
#endif

}  // namespace

#if defined(TEST_NO_SYMBOL)
#define SYMBOL another_symbol
#else
#define SYMBOL ava_router_module
#endif

extern "C" AVA_EXPORT const Module SYMBOL;
const Module SYMBOL = {kAbi, "good", 0x11, kFunctions};
