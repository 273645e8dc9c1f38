// ava-routerd: reads its configuration, builds the router, runs it.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "base/log.h"
#include "router/options.h"
#include "router/router.h"

namespace {

using namespace ava;
using namespace ava::router;

void list_modules(const Config& config) {
  const ModuleRegistry registry = ModuleRegistry::load(config.modules);
  for (const auto& generation : registry.all()) {
    std::printf("%s %s %s\n", generation->api.c_str(), hash_text(generation->wire_hash).c_str(),
                generation->router_module.c_str());
  }
}

// A session has about ten descriptors; the usual soft limit would do for a hundred sessions.
void raise_descriptor_limit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void say_ready(int fd) {
  if (fd < 0) return;
  if (::dprintf(fd, "ready\n") < 0) AVA_WARN("cannot write to the descriptor of --ready-fd");
  ::close(fd);
}

int run(int argc, char** argv) {
  Options options = read_options(argc, argv);
  if (options.exit) return options.exit_code;
  if (options.list) {
    list_modules(options.config);
    return 0;
  }
  if (options.check) {
    std::printf("the configuration is good\n");
    return 0;
  }
  ::signal(SIGPIPE, SIG_IGN);  // whoever reads our log may leave
  raise_descriptor_limit();
  Router router(std::move(options.config));
  say_ready(options.ready_fd);
  router.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  log_init("routerd", LogLevel::kInfo);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ava-routerd: %s\n", error.what());
    return 1;
  }
}
