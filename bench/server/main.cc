#include <CLI/CLI.hpp>

#include <string>

#include "plinth/auth.h"
#include "plinth/bench/echo.pb.h"
#include "plinth/bench/echo.plinth.h"
#include "plinth/default_chain.h"
#include "plinth/error_interceptor.h"
#include "plinth/logging.h"
#include "plinth/metrics_interceptor.h"
#include "plinth/server.h"
#include "plinth/settings.h"
#include "plinth/telemetry.h"

namespace {

using namespace plinth;

constexpr int kUsageError = 2;

bench::Resource resource_of(const std::string& id) {
  bench::Resource resource;
  resource.set_id(id);
  resource.set_name("resource " + id);
  return resource;
}

class EchoServicer final : public bench::Echo::Servicer {
 public:
  Task<Result<bench::Resource>> Get(ServerContext&, const bench::GetRequest& request) override {
    co_return resource_of(request.id());
  }

  Generator<bench::Resource> List(ServerContext&, const bench::ListRequest& request) override {
    for (int id = 0; id < request.count(); ++id) co_yield resource_of(std::to_string(id));
  }

  Task<Result<bench::Blob>> Mirror(ServerContext&, const bench::Blob& request) override { co_return request; }
};

/// What the chain of interceptors costs by itself.
class NoopInterceptor final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "NoopInterceptor"; }

  Task<Status> intercept(CallContext&, Next next) override {
    auto rest = next();
    co_return co_await std::move(rest);
  }
};

std::shared_ptr<Interceptor> interceptor_of(const std::string& name, const Settings& settings,
                                            const Telemetry& telemetry) {
  if (name == "noop") return std::make_shared<NoopInterceptor>();
  if (name == "errors") return std::make_shared<ErrorInterceptor>();
  if (name == "metrics") return std::make_shared<MetricsInterceptor>(telemetry.metrics);
  if (name == "tracing") return std::make_shared<TracingInterceptor>(telemetry.tracer);
  if (name == "logging") return std::make_shared<LoggingInterceptor>(telemetry.logger);
  return std::make_shared<AuthInterceptor>(AuthOptions{.security = settings.security, .logger = telemetry.logger});
}

InterceptorList chain_of(const std::string& name, const Settings& settings, const Telemetry& telemetry) {
  if (name.empty()) return {};
  if (name != "full") return {interceptor_of(name, settings, telemetry)};
  return default_chain(telemetry, settings.security);
}

int serve(const std::string& chain) {
  auto settings = Settings::from_environment();
  settings.grpc.server.health_check_enabled = false;
  settings.grpc.server.reflection_enabled = false;
  const Telemetry telemetry(settings.observability);
  GrpcServer server(settings.grpc.server, telemetry.logger);
  for (auto& interceptor : chain_of(chain, settings, telemetry)) server.add_interceptor(interceptor);
  server.add_servicer(EchoServicer());
  return server.run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("plinth.bench.Echo, set up by GRPC__SERVER__... variables");
  std::string chain;
  app.add_option("--chain", chain,
                 "Interceptors around each call: one alone, or the default chain (full); none without")
      ->check(CLI::IsMember({"noop", "errors", "metrics", "tracing", "logging", "auth", "full"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  return serve(chain);
}
