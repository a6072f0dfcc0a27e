#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "chain.h"
#include "plinth/auth_policy.h"
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
  std::string policy_file;
  app.add_option("--policy", policy_file, "Who needs a token for what: a file of JSON, see AuthPolicy::parse");
  CLI11_PARSE(app, argc, argv);

  plinth::Result<plinth::AuthPolicy> policy;
  if (!policy_file.empty()) policy = plinth::AuthPolicy::from_file(policy_file);
  if (!policy) {
    fmt::print(stderr, "{}\n", policy.error().message());
    return 1;
  }

  const auto settings = plinth::Settings::from_environment();
  const plinth::Telemetry telemetry(settings.observability);
  plinth::GrpcServer server(settings.grpc.server, telemetry.logger);
  errors.logger = telemetry.logger;
  auto chain = plinth::default_chain(telemetry, settings.security, *std::move(policy));
  chain.front() = std::make_shared<plinth::ErrorInterceptor>(std::move(errors));
  for (auto& interceptor : chain) server.add_interceptor(interceptor);
  server.add_servicer(plinth::test::ChainServicer());
  return server.run();
}
