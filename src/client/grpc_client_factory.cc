#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include "client/channel.h"
#include "client/load_balancers.h"
#include "client/resolvers.h"
#include "client/socket_connector.h"
#include "client/target.h"
#include "net/dns.h"
#include "plinth/client.h"
#include "plinth/metrics.h"

namespace plinth {

using client::Shared;

namespace {

/// Threads of a factory's own, for calls from threads that have no worker.
constexpr std::size_t kOwnWorkers = 1;
/// gRFC A8.
constexpr std::chrono::milliseconds kShortestKeepAlive = std::chrono::seconds(10);

/// The last who has it may be a worker, even one of its own: an interceptor's stub goes with the channel that has it.
void end_elsewhere(Runtime* runtime) {
  const auto* const worker = Worker::current();
  if (!worker || worker->is_passing()) return delete runtime;
  std::thread([runtime] { delete runtime; }).detach();
}

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw StatusError(std::move(result).error());
  return std::move(*result);
}

Task<Result<std::vector<std::string>>> look_up(std::string host, std::uint16_t port) {
  auto resolving = net::resolve_host(std::move(host), port);
  auto endpoints = co_await std::move(resolving);
  if (!endpoints) co_return std::move(endpoints).error();
  std::vector<std::string> addresses;
  for (const auto& endpoint : *endpoints) addresses.push_back(endpoint.to_string());
  co_return addresses;
}

/// "ipv4:10.0.0.1:80,10.0.0.2:80" is a list; paths have commas of their own.
std::vector<std::string> addresses_of(const Target& target) {
  if (target.scheme.starts_with("unix")) return {target.scheme + ":" + target.endpoint};
  std::vector<std::string> addresses;
  std::string_view rest = target.endpoint;
  while (true) {
    const auto comma = rest.find(',');
    addresses.push_back(fmt::format("{}:{}", target.scheme, rest.substr(0, comma)));
    if (comma == std::string_view::npos) return addresses;
    rest.remove_prefix(comma + 1);
  }
}

std::shared_ptr<NameResolver> static_resolver_for(const Target& target) {
  auto addresses = addresses_of(target);
  for (const auto& address : addresses) value_or_throw(net::Endpoint::parse(address));
  return client::make_static_resolver(std::move(addresses));
}

bool is_address_scheme(std::string_view scheme) noexcept {
  return scheme == "ipv4" || scheme == "ipv6" || scheme == "unix" || scheme == "unix-abstract";
}

std::shared_ptr<const LoadBalancerFactory> balancer_of(LbPolicy policy) {
  switch (policy) {
    case LbPolicy::kRoundRobin: return client::make_round_robin();
    case LbPolicy::kLeastRequest: return client::make_least_request();
    case LbPolicy::kPickFirst: break;
  }
  return client::make_pick_first();
}

std::shared_ptr<const LoadBalancerFactory> balancer_of(const client::PickFirstConfig& config) {
  return client::make_pick_first({config.shuffle_address_list});
}
std::shared_ptr<const LoadBalancerFactory> balancer_of(const client::RoundRobinConfig&) {
  return client::make_round_robin();
}
std::shared_ptr<const LoadBalancerFactory> balancer_of(const client::LeastRequestConfig& config) {
  return client::make_least_request({config.choice_count});
}
std::shared_ptr<const LoadBalancerFactory> balancer_of(const client::OutlierDetectionConfig& config) {
  return std::visit([](const auto& child) { return balancer_of(child); }, config.child_policy->policy);
}

bool same_files(const ClientTlsSettings& a, const ClientTlsSettings& b) {
  return std::tie(a.ca_file, a.cert_file, a.key_file) == std::tie(b.ca_file, b.cert_file, b.key_file);
}

bool same(const ChannelOptions& a, const ChannelOptions& b) {
  const auto tls_a = a.tls.value_or(ClientTlsSettings()), tls_b = b.tls.value_or(ClientTlsSettings());
  return std::tie(a.secure, a.authority, a.service_config, a.interceptors, a.resolver, a.load_balancer,
                  a.idle_timeout) == std::tie(b.secure, b.authority, b.service_config, b.interceptors, b.resolver,
                                              b.load_balancer, b.idle_timeout) &&
         a.tls.has_value() == b.tls.has_value() && same_files(tls_a, tls_b);
}

}  // namespace

struct GrpcClientFactory::Parts {
  struct Made {
    std::string target;
    ChannelOptions options;
    std::weak_ptr<client::ChannelImpl> channel;
    std::shared_ptr<Shared> shared;
    /// What has been added since would be in a new one.
    bool outdated = false;
  };

  std::shared_ptr<Runtime> home();
  std::shared_ptr<client::ChannelImpl> find(const std::string& target, const ChannelOptions& options);
  std::shared_ptr<Shared> make_shared_part(const std::string& target, const ChannelOptions& options);
  std::shared_ptr<NameResolver> resolver_for(const Target& target) const;
  void configure(Shared& shared, const ChannelOptions& options) const;
  void set_policies(Shared& shared, const ChannelOptions& options) const;
  void share_breaker(Shared& shared);
  void show_breaker(client::CircuitBreaker& breaker, const std::string& target) const;

  ClientSettings settings;
  std::shared_ptr<Logger> logger;
  std::shared_ptr<Metrics> metrics;
  std::mutex mutex;
  std::shared_ptr<Runtime> runtime;
  std::vector<std::shared_ptr<Interceptor>> interceptors;
  std::map<std::string, std::shared_ptr<NameResolver>, std::less<>> resolvers;
  std::map<std::string, std::weak_ptr<client::CircuitBreaker>> breakers;
  std::vector<Made> made;
};

std::shared_ptr<Runtime> GrpcClientFactory::Parts::home() {
  if (!runtime) {
    RuntimeOptions options;
    options.workers = kOwnWorkers;
    options.logger = logger;
    runtime = std::shared_ptr<Runtime>(new Runtime(std::move(options)), end_elsewhere);
  }
  return runtime;
}

std::shared_ptr<client::ChannelImpl> GrpcClientFactory::Parts::find(const std::string& target,
                                                                    const ChannelOptions& options) {
  for (const auto& entry : made) {
    if (entry.outdated || entry.target != target || !same(entry.options, options)) continue;
    if (auto channel = entry.channel.lock(); channel && !entry.shared->parts.closed()) return channel;
  }
  return nullptr;
}

std::shared_ptr<NameResolver> GrpcClientFactory::Parts::resolver_for(const Target& target) const {
  if (const auto found = resolvers.find(target.scheme); found != resolvers.end()) return found->second;
  if (is_address_scheme(target.scheme)) return static_resolver_for(target);
  if (target.scheme == "dns") {
    value_or_throw(client::parse_host_port(target.endpoint));
    return client::make_dns_resolver(look_up);
  }
  throw StatusError(
      invalid_argument("nobody resolves '{}:' of the target '{}': write dns:, unix:, ipv4: or ipv6:, or "
                       "call add_resolver",
                       target.scheme, target.text));
}

std::shared_ptr<Shared> GrpcClientFactory::Parts::make_shared_part(const std::string& target,
                                                                   const ChannelOptions& options) {
  auto shared = std::make_shared<Shared>();
  shared->target = value_or_throw(client::parse_target(target));
  shared->resolver = options.resolver ? options.resolver : resolver_for(shared->target);
  configure(*shared, options);
  set_policies(*shared, options);
  share_breaker(*shared);
  return shared;
}

void GrpcClientFactory::Parts::configure(Shared& shared, const ChannelOptions& options) const {
  shared.settings = settings;
  shared.logger = logger;
  shared.authority = options.authority.empty() ? client::default_authority(shared.target) : options.authority;
  shared.idle_timeout = options.idle_timeout;
  for (const auto& interceptor : interceptors) shared.add_interceptor(interceptor);
  for (const auto& interceptor : options.interceptors) shared.add_interceptor(interceptor);
  if (settings.keepalive_time)
    shared.connection.keep_alive.time = std::max(*settings.keepalive_time, kShortestKeepAlive);
  shared.connection.keep_alive.timeout = settings.keepalive_timeout;
  if (!options.service_config.empty()) {
    shared.config = value_or_throw(client::ServiceConfig::parse(options.service_config));
  }
  shared.balancer = options.load_balancer ? options.load_balancer : balancer_of(settings.lb_policy);
  std::shared_ptr<net::TlsClient> tls;
  std::string server_name;
  if (options.secure) {
    tls = value_or_throw(net::TlsClient::load(options.tls.value_or(settings.tls), logger));
    const auto host = client::parse_host_port(shared.authority);
    server_name = host ? host->host : shared.authority;
  }
  shared.connector = client::make_socket_connector(std::move(tls), std::move(server_name));
}

void GrpcClientFactory::Parts::set_policies(Shared& shared, const ChannelOptions& options) const {
  if (const auto& policy = shared.config.load_balancing()) {
    shared.balancer = std::visit([](const auto& config) { return balancer_of(config); }, policy->policy);
    const auto* outlier = std::get_if<client::OutlierDetectionConfig>(&policy->policy);
    const bool pick_first = outlier && std::holds_alternative<client::PickFirstConfig>(outlier->child_policy->policy);
    if (outlier && !pick_first) shared.outliers = outlier->detection;
    shared.checks_health = shared.config.health_check_service() && !pick_first &&
                           !std::holds_alternative<client::PickFirstConfig>(policy->policy);
  } else {
    shared.checks_health =
        shared.config.health_check_service() && (options.load_balancer || settings.lb_policy != LbPolicy::kPickFirst);
  }
  shared.set_failure_policies();
}

void GrpcClientFactory::Parts::share_breaker(Shared& shared) {
  if (!shared.breaker) return;
  std::erase_if(breakers, [](const auto& entry) { return entry.second.expired(); });
  auto& known = breakers[shared.target.text];
  if (auto breaker = known.lock()) {
    shared.breaker = std::move(breaker);
  } else {
    known = shared.breaker;
    show_breaker(*shared.breaker, shared.target.text);
  }
}

/// The gauge keeps its metrics: a channel may outlive the factory.
void GrpcClientFactory::Parts::show_breaker(client::CircuitBreaker& breaker, const std::string& target) const {
  if (!metrics) return;
  auto& gauge =
      metrics->gauge("grpc_client_circuit_breaker_state",
                     "State of a target's circuit breaker: 0 closed, 1 open, 2 half-open", {{"target", target}});
  breaker.show_state_in(std::shared_ptr<Gauge>(metrics, &gauge));
}

GrpcClientFactory::GrpcClientFactory(ClientSettings settings, std::shared_ptr<Logger> logger,
                                     std::shared_ptr<Metrics> metrics)
    : parts_(std::make_unique<Parts>()) {
  parts_->settings = std::move(settings);
  parts_->logger = logger ? std::move(logger) : make_null_logger();
  parts_->metrics = std::move(metrics);
}

GrpcClientFactory::~GrpcClientFactory() { close_all(); }

GrpcClientFactory& GrpcClientFactory::add_interceptor(std::shared_ptr<Interceptor> interceptor) {
  std::lock_guard lock(parts_->mutex);
  parts_->interceptors.push_back(std::move(interceptor));
  for (auto& entry : parts_->made) entry.outdated = true;
  return *this;
}

GrpcClientFactory& GrpcClientFactory::add_resolver(std::string scheme, std::shared_ptr<NameResolver> resolver) {
  std::lock_guard lock(parts_->mutex);
  for (auto& entry : parts_->made) entry.outdated |= entry.shared->target.scheme == scheme && !entry.options.resolver;
  parts_->resolvers[std::move(scheme)] = std::move(resolver);
  return *this;
}

std::shared_ptr<Channel> GrpcClientFactory::create_channel(const std::string& target, ChannelOptions options) {
  std::lock_guard lock(parts_->mutex);
  if (auto known = parts_->find(target, options)) return known;
  auto shared = parts_->make_shared_part(target, options);
  auto home = parts_->home();
  auto channel = std::make_shared<client::ChannelImpl>(shared, home->worker(0), home);
  std::erase_if(parts_->made, [](const auto& entry) { return entry.channel.expired(); });
  parts_->made.push_back({target, std::move(options), channel, std::move(shared)});
  return channel;
}

void GrpcClientFactory::close_all() {
  std::vector<Parts::Made> made;
  {
    std::lock_guard lock(parts_->mutex);
    made = std::exchange(parts_->made, {});
  }
  for (const auto& entry : made) {
    entry.shared->parts.close(unavailable("the channel to {} is closed", entry.shared->target.text));
  }
  if (Worker::current()) return;
  for (const auto& entry : made) entry.shared->parts.wait_until_gone();
}

}  // namespace plinth
