// A specification, as anybody may write it: parsing ends, and says of what is wrong where it is.
#include "parse.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

namespace {

void expect_places(const avagen::Reporter& reporter, size_t size) {
  for (const avagen::Diagnostic& each : reporter.all()) {
    FUZZ_CHECK(each.span.begin <= each.span.end && each.span.end <= size);
  }
  reporter.format();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace avagen;
  // The parser reads files.
  static const int file = ::memfd_create("specification", MFD_CLOEXEC);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) {
    return 0;
  }
  Sources sources;
  Reporter reporter(sources);
  Spec spec;
  parse("/proc/self/fd/" + std::to_string(file), {}, spec, reporter);
  expect_places(reporter, size);
  return 0;
}
