// AvA as an application meets it: the toy API's guest library loaded like any other library, behind
// it an ava-routerd and the ava-server that it starts, of this build, on a socket of their own.
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "base/unique_fd.h"
#include "harness/temp_dir.h"
#include "path/chain.h"
#include "toy.h"

namespace ava::bench {
namespace {

class Library {
 public:
  explicit Library(const std::string& path) : handle_(::dlopen(path.c_str(), RTLD_NOW)) {
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
  }
  template <typename F>
  void find(const char* name, F& function) const {
    function = reinterpret_cast<F>(::dlsym(handle_, name));
    if (function == nullptr) throw std::runtime_error(::dlerror());
  }

 private:
  void* handle_;  // kept: a guest library, like a vendor's, stays until exit
};

struct Toy {
  explicit Toy(const Library& library) {
    library.find("toy_null", null);
    library.find("toy_ctx_create", ctx_create);
    library.find("toy_add", add);
    library.find("toy_sum", sum);
  }
  decltype(&::toy_null) null;
  decltype(&::toy_ctx_create) ctx_create;
  decltype(&::toy_add) add;
  decltype(&::toy_sum) sum;
};

void require(toy_status status, const char* call) {
  if (status != TOY_OK) {
    throw std::runtime_error(std::string(call) + " returned " + std::to_string(status));
  }
}

class AvaChain final : public Chain {
 public:
  AvaChain(const Placement& placement, const AvaFiles& files, const std::string& spin_us)
      : router_(start_router(placement, files, spin_us)) {
    ::setenv("AVA_SOCKET", folder_.path("ava.sock").c_str(), 1);
    if (!spin_us.empty()) ::setenv("AVA_SPIN_US", spin_us.c_str(), 1);
    const Library library(files.guest_library);
    toy_ = std::make_unique<Toy>(library);
    require(toy_->ctx_create(0, &ctx_), "toy_ctx_create");
    const std::vector<pid_t> servers = children_of(router_.pid());
    if (servers.empty()) throw std::runtime_error("ava-routerd has started no server");
    parties_ = servers;
    parties_.push_back(router_.pid());
  }
  ~AvaChain() override { router_.stop(SIGTERM); }

  void call() override { require(toy_->null(), "toy_null"); }
  bool window(unsigned count) override {
    for (unsigned i = 0; i < count; ++i) require(toy_->add(ctx_, TOY_ADD, 1), "toy_add");
    int64_t sum = 0;
    require(toy_->sum(ctx_, &sum), "toy_sum");
    added_ += count;
    if (sum != added_) throw std::runtime_error("toy_sum: calls were lost");
    return true;
  }
  std::vector<pid_t> parties() const override { return parties_; }

 private:
  // The server is the router's child, and inherits its pin.
  Child start_router(const Placement& placement, const AvaFiles& files,
                     const std::string& spin_us) {
    int ready[2];  // the router inherits the writing end
    if (::pipe(ready) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const UniqueFd reading(ready[0]);
    UniqueFd writing(ready[1]);
    std::vector<std::string> environment;
    if (!spin_us.empty()) environment.push_back("AVA_SPIN_US=" + spin_us);
    if (::getenv("AVA_LOG") == nullptr) environment.push_back("AVA_LOG=warn");
    Child router = Child::exec(
        placement.router,
        {files.routerd, "--socket", folder_.path("ava.sock"), "--modules", files.modules,
         "--cache-folder", folder_.path("cache"), "--ready-fd", std::to_string(writing.get())},
        environment);
    writing.reset();
    char byte;
    if (::read(reading.get(), &byte, 1) != 1) throw std::runtime_error("ava-routerd did not start");
    return router;
  }

  TempDir folder_;
  Child router_;
  std::unique_ptr<Toy> toy_;
  toy_ctx ctx_ = nullptr;
  int64_t added_ = 0;
  std::vector<pid_t> parties_;
};

}  // namespace

std::unique_ptr<Chain> make_ava_chain(const Placement& placement, const AvaFiles& files,
                                      const std::string& spin_us) {
  return std::make_unique<AvaChain>(placement, files, spin_us);
}

}  // namespace ava::bench
