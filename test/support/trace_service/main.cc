#include "plinth/client.h"
#include "plinth/server.h"
#include "plinth/settings.h"
#include "plinth/tracing.h"
#include "relay.h"

using namespace plinth;

namespace {

std::optional<test::Probe::Stub> stub_to(const char* target, GrpcClientFactory& factory) {
  if (!target) return std::nullopt;
  ChannelOptions options;
  options.secure = false;
  return factory.create_stub<test::Probe::Stub>(factory.create_channel(target, options));
}

}  // namespace

/// trace-service [target of the next service]
int main(int, char** arguments) {
  const auto settings = Settings::from_environment();
  const auto logger = make_logger(settings.observability.log_format, settings.observability.log_level);
  const auto tracer = make_tracer(settings.observability, logger, nullptr);
  GrpcClientFactory factory(settings.grpc.client, logger);
  factory.add_interceptor(TracingInterceptor(tracer));
  GrpcServer server(settings.grpc.server, logger);
  server.add_interceptor(TracingInterceptor(tracer));
  server.add_servicer(std::make_shared<test::RelayServicer>(stub_to(arguments[1], factory)));
  return server.run();
}
