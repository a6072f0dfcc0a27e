#include <CLI/CLI.hpp>

#include <string>

#include "plinth/bench/echo.pb.h"
#include "plinth/bench/echo.plinth.h"
#include "plinth/interceptor.h"
#include "plinth/server.h"
#include "plinth/settings.h"

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

ServerSettings settings() {
  auto settings = Settings::from_environment().grpc.server;
  settings.health_check_enabled = false;
  settings.reflection_enabled = false;
  return settings;
}

int serve(const std::string& chain) {
  GrpcServer server(settings());
  if (chain == "noop") server.add_interceptor(NoopInterceptor());
  server.add_servicer(EchoServicer());
  return server.run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("plinth.bench.Echo, set up by GRPC__SERVER__... variables");
  std::string chain;
  app.add_option("--chain", chain, "Interceptors around each call: one that does nothing (noop); none without this")
      ->check(CLI::IsMember({"noop"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  return serve(chain);
}
