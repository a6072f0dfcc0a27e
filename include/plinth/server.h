#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/channelz.h"
#include "plinth/deadline.h"
#include "plinth/health.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/runtime.h"
#include "plinth/server_settings.h"
#include "plinth/servicer.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth {

/// What a server does at one moment.
struct ServerStats {
  /// Between `start` and the beginning of `stop`.
  bool serving = false;
  /// As grpc.health.v1 answers for the whole server; NOT_SERVING outside of that time.
  HealthStatus health = HealthStatus::kNotServing;
  /// As GrpcServer::address.
  std::string address;
  std::size_t connections = 0;
  /// Calls that run, or whose answers their clients have not read.
  std::size_t streams = 0;
};

/// A gRPC server: workers, listening socket, services, health and reflection, from settings.
///
///     GrpcServer server(settings.grpc.server);
///     server.add_interceptor(MyInterceptor{}).add_servicer(MyServicer{container});
///     return server.run();
///
/// Its functions are called from one thread that is no worker's, and outside of sync_wait; `stop` and `wait` from any
/// such thread.
class GrpcServer {
 public:
  /// `logger` gets the server's events; without one they go to stdout as lines of JSON.
  explicit GrpcServer(ServerSettings settings = {}, std::shared_ptr<Logger> logger = nullptr);
  /// Stops it, with the grace of the settings.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  /// Before `start`. Two servicers of one service are a bug of the program, and end it with a sentence.
  GrpcServer& add_servicer(std::shared_ptr<BaseServicer> servicer);
  template <class Servicer>
    requires std::is_base_of_v<BaseServicer, std::remove_cvref_t<Servicer>>
  GrpcServer& add_servicer(Servicer&& servicer) {
    return add_servicer(std::make_shared<std::remove_cvref_t<Servicer>>(std::forward<Servicer>(servicer)));
  }

  /// Before `start`. The first added is the outermost.
  GrpcServer& add_interceptor(std::shared_ptr<Interceptor> interceptor);
  template <class T>
    requires std::is_base_of_v<Interceptor, std::remove_cvref_t<T>>
  GrpcServer& add_interceptor(T&& interceptor) {
    return add_interceptor(std::make_shared<std::remove_cvref_t<T>>(std::forward<T>(interceptor)));
  }

  /// Where dependencies are registered, and statuses set.
  HealthRegistry& health() noexcept;

  /// Listens and serves, in the background. The Status says why it cannot: a port in use, a bad host, a bad key.
  /// A second time: a warning in the log, no effect; after a stop that and FAILED_PRECONDITION. GRPC__SERVER__ENABLED
  /// is for `run` alone.
  Status start();

  /// Health goes NOT_SERVING, clients are told to go elsewhere, running calls have `grace` (the settings' without one)
  /// to finish, the rest are cancelled. Returns when all is over, also when another thread has begun it. On a
  /// server that does not run: a warning, no effect.
  void stop(std::optional<Duration> grace = std::nullopt);

  /// Returns when the server has stopped.
  void wait();

  /// What main returns: starts, unless that has been done, calls `on_started`, serves until SIGTERM or SIGINT, stops
  /// with the settings' grace; 0, at once when it has been stopped already. A second signal ends the program at once.
  /// When it cannot start: one line on stderr; 1.
  int run(const std::function<void()>& on_started = {});

  bool is_running() const noexcept;

  /// "127.0.0.1:50051", with the port that was really taken; empty before `start` and after `stop`.
  std::string address() const;

  Runtime& runtime() noexcept;
  const Runtime& runtime() const noexcept;

  /// From any thread.
  ServerStats stats() const;

  /// What it serves, health and reflection included; empty before `start`. From any thread.
  std::vector<std::shared_ptr<BaseServicer>> servicers() const;

  /// Its connections and what they have done; asks the workers. On any of them.
  Task<channelz::Server> inspect() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace plinth
