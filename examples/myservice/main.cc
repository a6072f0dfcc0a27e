#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "banner.h"
#include "plinth/admin.h"
#include "plinth/async.h"
#include "plinth/container.h"
#include "plinth/default_chain.h"
#include "plinth/server.h"
#include "plinth/settings.h"
#include "plinth/telemetry.h"
#include "repositories/demo_data.h"
#include "repositories/sqlite_resource_repository.h"
#include "servicers/my_service.h"
#include "use_cases/create_resources.h"
#include "use_cases/get_resource.h"
#include "use_cases/list_resources.h"
#include "use_cases/sync_resources.h"

namespace {

using namespace plinth;

std::string database_path() {
  const char* path = std::getenv("MYSERVICE_DATABASE");
  return path && *path ? path : ":memory:";
}

/// The repository with something in it; null, and a line on stderr, when the database cannot be used.
std::shared_ptr<app::ResourceRepository> open_repository() {
  const auto path = database_path();
  try {
    auto repository = std::make_shared<app::SqliteResourceRepository>(path);
    sync_wait(app::add_demo_data(*repository));
    return repository;
  } catch (const app::SqliteError& error) {
    fmt::print(stderr, "myservice: cannot use the database MYSERVICE_DATABASE={}: {}\n", path, error.what());
    return nullptr;
  }
}

template <class UseCase>
void register_use_case(Container& container) {
  container.register_singleton<UseCase>(
      [](Resolver& resolver) { return UseCase(resolver.resolve<app::ResourceRepository>()); });
}

void register_everything(Container& container, std::shared_ptr<app::ResourceRepository> repository) {
  container.register_instance(std::move(repository));
  register_use_case<app::GetResourceUseCase>(container);
  register_use_case<app::ListResourcesUseCase>(container);
  register_use_case<app::CreateResourcesUseCase>(container);
  register_use_case<app::SyncResourcesUseCase>(container);
}

/// What to do next; the log is on stdout.
void greet(const GrpcServer& server, const ServerSettings& settings) {
  fmt::print(stderr, "{}", app::banner(server.address(), !settings.tls.cert_file.empty()));
}

int serve(const Settings& settings, Container& container, app::ResourceRepository& repository) {
  const Telemetry telemetry(settings.observability);
  GrpcServer server(settings.grpc.server, telemetry.logger);
  AdminServer admin(settings, server, telemetry);
  server.add_interceptor(admin.interceptor());
  for (auto& interceptor : default_chain(telemetry, settings.security)) server.add_interceptor(interceptor);
  server.add_servicer(app::MyServiceServicer(container));
  server.add_servicer(admin.channelz_servicer());
  server.health().add_dependency("database", [&] { return repository.ping(); });
  if (const auto status = admin.start(); !status.ok()) throw StatusError(status);
  return server.run([&] { greet(server, settings.grpc.server); });
}

}  // namespace

int main() {
  const auto settings = Settings::from_environment();
  const auto repository = open_repository();
  if (!repository) return 1;
  Container container;
  register_everything(container, repository);
  try {
    return serve(settings, container, *repository);
  } catch (const StatusError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
