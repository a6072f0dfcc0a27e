#include <plinth/async.h>
#include <plinth/client.h>
#include <plinth/settings.h>

#include <cstdio>

#include "hello.pb.h"
#include "hello.plinth.h"

using namespace plinth;

// hello-client [name [target]]
int main(int count, char** arguments) {
  GrpcClientFactory factory(Settings::from_environment().grpc.client);
  const auto channel = factory.create_channel(count > 2 ? arguments[2] : "localhost:50051", {.secure = false});
  auto stub = factory.create_stub<hello::Greeter::Stub>(channel);

  hello::HelloRequest request;
  request.set_name(count > 1 ? arguments[1] : "world");
  const auto reply = sync_wait(stub.SayHello(request));
  std::puts(reply ? reply->message().c_str() : reply.error().to_string().c_str());
  return reply ? 0 : 1;
}
