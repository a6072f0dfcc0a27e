#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/client_settings.h"
#include "plinth/interceptor.h"
#include "plinth/load_balancer.h"
#include "plinth/log.h"
#include "plinth/name_resolver.h"
#include "plinth/runtime.h"
#include "plinth/stub.h"

namespace plinth {

class Metrics;

/// What one channel is to have that others do not.
struct ChannelOptions {
  /// TLS; false: in the clear.
  bool secure = true;
  /// Files of its own, instead of the factory's.
  std::optional<ClientTlsSettings> tls = std::nullopt;
  /// What the server is called, in :authority and in its certificate, when that is not what the target says.
  std::string authority = "";
  /// A service config in JSON (gRPC's service_config.md): timeouts, retries, balancing for each method. What it does
  /// not say is the factory's setting.
  std::string service_config = "";
  /// Around every call or attempt, inside of the factory's. The first is the outermost.
  std::vector<std::shared_ptr<Interceptor>> interceptors = {};
  /// Instead of the one for the target's scheme.
  std::shared_ptr<NameResolver> resolver = nullptr;
  /// Instead of the settings' policy.
  std::shared_ptr<const LoadBalancerFactory> load_balancer = nullptr;
  /// How long it keeps connections that no call uses.
  Duration idle_timeout = std::chrono::minutes(30);
};

/// Makes channels, and stubs on them, from settings:
///
///     GrpcClientFactory factory(settings.grpc.client);
///     auto channel = factory.create_channel("dns:///myservice:50051", {.secure = false});
///     auto stub = factory.create_stub<myservice::MyService::Stub>(channel);
///     auto resource = co_await stub.GetResource(request);              // in a handler: on the handler's worker
///     auto same = sync_wait(stub.GetResource(request));                // anywhere else
///
/// All functions may be called from any thread. The factory and its channels may go before the server whose handlers
/// call through them, or after it.
class GrpcClientFactory {
 public:
  /// `logger` gets what goes wrong and what is retried; without one nobody does. `metrics` gets the state of each
  /// target's circuit breaker, grpc_client_circuit_breaker_state{target}: 0 closed, 1 open, 2 half-open.
  explicit GrpcClientFactory(ClientSettings settings = {}, std::shared_ptr<Logger> logger = nullptr,
                             std::shared_ptr<Metrics> metrics = nullptr);
  /// Closes all channels, and waits for their end.
  ~GrpcClientFactory();
  GrpcClientFactory(const GrpcClientFactory&) = delete;
  GrpcClientFactory& operator=(const GrpcClientFactory&) = delete;

  /// Around every call of the channels that are created after this, or every attempt, as it says itself. The first
  /// added is the outermost.
  GrpcClientFactory& add_interceptor(std::shared_ptr<Interceptor> interceptor);
  template <class T>
    requires std::is_base_of_v<Interceptor, std::remove_cvref_t<T>>
  GrpcClientFactory& add_interceptor(T&& interceptor) {
    return add_interceptor(std::make_shared<std::remove_cvref_t<T>>(std::forward<T>(interceptor)));
  }

  /// For targets "scheme:..." of the channels that are created after this.
  GrpcClientFactory& add_resolver(std::string scheme, std::shared_ptr<NameResolver> resolver);

  /// The channel to a target: "host:50051" or "dns:///host:50051", "unix:/path", "ipv4:10.0.0.1:50051,10.0.0.2:50051",
  /// "ipv6:[::1]:50051". The same one for the same target and options, until something is added that it would have. It
  /// connects with the first call. Throws StatusError: INVALID_ARGUMENT when the target or the service config is wrong,
  /// FAILED_PRECONDITION when a file of TLS is.
  std::shared_ptr<Channel> create_channel(const std::string& target, ChannelOptions options = {});

  template <class Stub>
  Stub create_stub(std::shared_ptr<Channel> channel) {
    return Stub(std::move(channel));
  }

  /// Ends all calls of its channels with UNAVAILABLE. On a thread that is no worker it waits until all is over.
  void close_all();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace plinth
