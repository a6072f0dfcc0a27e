#include <plinth/server.h>
#include <plinth/settings.h>

#include "hello.pb.h"
#include "hello.plinth.h"

using namespace plinth;

class GreeterServicer final : public hello::Greeter::Servicer {
  Task<Result<hello::HelloReply>> SayHello(ServerContext&, const hello::HelloRequest& request) override {
    hello::HelloReply reply;
    reply.set_message("Hello, " + request.name() + "!");
    co_return reply;
  }
};

int main() {
  GrpcServer server(Settings::from_environment().grpc.server);
  server.add_servicer(GreeterServicer());
  return server.run();
}
