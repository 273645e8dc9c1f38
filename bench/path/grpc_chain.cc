// The chain over gRPC on Unix sockets, guest to router to server to router to guest, with its
// synchronous interface: what a remoting layer costs that is built from what everybody has.
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "grpc_chain.grpc.pb.h"
#include "harness/temp_dir.h"
#include "path/chain.h"

namespace ava::bench {
namespace {

using grpc_chain::Hop;
using grpc_chain::Payload;

class Echo final : public Hop::Service {
  grpc::Status Call(grpc::ServerContext*, const Payload* request, Payload* reply) override {
    reply->set_bytes(request->bytes());
    return grpc::Status::OK;
  }
};

std::unique_ptr<Hop::Stub> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 10);  // the other side is starting, too
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10);
  const auto channel =
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    throw std::runtime_error("gRPC: nobody answers on " + address);
  }
  return Hop::NewStub(channel);
}

class Forward final : public Hop::Service {
 public:
  explicit Forward(const std::string& next) : next_(connect(next)) {}

 private:
  grpc::Status Call(grpc::ServerContext*, const Payload* request, Payload* reply) override {
    grpc::ClientContext context;
    return next_->Call(&context, *request, reply);
  }
  std::unique_ptr<Hop::Stub> next_;
};

void listen(const std::string& address, Hop::Service& service) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) throw std::runtime_error("gRPC: cannot listen on " + address);
  server->Wait();
}

class GrpcChain final : public Chain {
 public:
  // The forks come before this process uses gRPC, which must not be forked once it runs.
  explicit GrpcChain(const Placement& placement)
      : server_(Child::fork(placement.server,
                            [this] {
                              Echo echo;
                              listen(address("server"), echo);
                            })),
        router_(Child::fork(placement.router,
                            [this] {
                              Forward forward(address("server"));
                              listen(address("router"), forward);
                            })),
        stub_(connect(address("router"))) {
    payload_.set_bytes(std::string(kPayload, 'x'));
  }

  void call() override {
    grpc::ClientContext context;
    Payload reply;
    const grpc::Status status = stub_->Call(&context, payload_, &reply);
    if (!status.ok()) throw std::runtime_error("gRPC: " + status.error_message());
  }
  std::vector<pid_t> parties() const override { return {router_.pid(), server_.pid()}; }

 private:
  std::string address(const std::string& name) const { return "unix:" + folder_.path(name); }

  TempDir folder_;
  Child server_;
  Child router_;
  std::unique_ptr<Hop::Stub> stub_;
  Payload payload_;
};

}  // namespace

std::unique_ptr<Chain> make_grpc_chain(const Placement& placement) {
  return std::make_unique<GrpcChain>(placement);
}

}  // namespace ava::bench
