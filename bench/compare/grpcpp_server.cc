// The peer of the comparison: the same service on grpc++ and its callback API, set up to run as cheaply as it can
// while it still does what gRPC asks of a server, deadlines included.

#include <grpcpp/grpcpp.h>
#include <plinth/bench/echo.grpc.pb.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using plinth::bench::GetRequest;
using plinth::bench::Resource;

// Keeps the messages of finished calls for the next calls of the same thread.
class MessagePool final : public grpc::MessageAllocator<GetRequest, Resource> {
 public:
  grpc::MessageHolder<GetRequest, Resource>* AllocateMessages() override;

 private:
  class Holder final : public grpc::MessageHolder<GetRequest, Resource> {
   public:
    Holder();
    void Release() override;

   private:
    GetRequest request_;
    Resource response_;
  };

  static constexpr std::size_t kKept = 4096;
  static thread_local std::vector<std::unique_ptr<Holder>> idle_;
};

thread_local std::vector<std::unique_ptr<MessagePool::Holder>> MessagePool::idle_;

MessagePool::Holder::Holder() {
  set_request(&request_);
  set_response(&response_);
}

void MessagePool::Holder::Release() {
  std::unique_ptr<Holder> self(this);
  if (idle_.size() >= kKept) return;
  request_.Clear();
  response_.Clear();
  idle_.push_back(std::move(self));
}

grpc::MessageHolder<GetRequest, Resource>* MessagePool::AllocateMessages() {
  if (idle_.empty()) return new Holder;
  Holder* holder = idle_.back().release();
  idle_.pop_back();
  return holder;
}

class EchoServicer final : public plinth::bench::Echo::CallbackService {
 public:
  EchoServicer() { SetMessageAllocatorFor_Get(&messages_); }

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const GetRequest* request,
                                Resource* answer) override {
    answer->set_id(request->id());
    answer->set_name("resource " + request->id());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  MessagePool messages_;
};

std::unique_ptr<grpc::Server> start(const std::string& address, EchoServicer& servicer) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.RegisterService(&servicer);
  return builder.BuildAndStart();
}

}  // namespace

int main() {
  const char* port = std::getenv("GRPC__SERVER__PORT");
  if (!port) {
    std::fputs("set GRPC__SERVER__PORT to the port to listen on\n", stderr);
    return 2;
  }
  const std::string address = std::string("127.0.0.1:") + port;
  EchoServicer servicer;
  auto server = start(address, servicer);
  if (!server) return 1;
  std::printf("listening on %s\n", address.c_str());
  std::fflush(stdout);
  server->Wait();
}
