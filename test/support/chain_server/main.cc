#include <CLI/CLI.hpp>

#include "chain.h"
#include "plinth/default_chain.h"
#include "plinth/error_interceptor.h"
#include "plinth/server.h"
#include "plinth/settings.h"
#include "plinth/telemetry.h"

int main(int argc, char** argv) {
  CLI::App app("A server with the default chain of interceptors, whose calls end as they are asked to");
  plinth::ErrorOptions errors;
  app.add_flag("--details", errors.include_details, "Tell the peer what is known of an error");
  app.add_flag("--debug_info", errors.include_debug_info, "Tell the peer what was thrown");
  CLI11_PARSE(app, argc, argv);

  const auto settings = plinth::Settings::from_environment();
  const plinth::Telemetry telemetry(settings.observability);
  plinth::GrpcServer server(settings.grpc.server, telemetry.logger);
  errors.logger = telemetry.logger;
  auto chain = plinth::default_chain(telemetry, settings.security);
  chain.front() = std::make_shared<plinth::ErrorInterceptor>(std::move(errors));
  for (auto& interceptor : chain) server.add_interceptor(interceptor);
  server.add_servicer(plinth::test::ChainServicer());
  return server.run();
}
