#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "client/channel.h"
#include "client/least_request.h"
#include "client/load_balancers.h"
#include "client/pick_first.h"
#include "client/resolvers.h"
#include "client/round_robin.h"
#include "plinth/client.h"
#include "plinth/metrics.h"
#include "support/fake_backends.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

client::Shared& shared_of(Channel& channel) { return dynamic_cast<client::ChannelImpl&>(channel).shared(); }

TEST(GrpcClientFactory, GivesTheSameChannelForTheSameTargetAndOptions) {
  GrpcClientFactory factory;
  const auto first = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false});
  EXPECT_EQ(factory.create_channel("ipv4:127.0.0.1:1", {.secure = false}), first);
  EXPECT_NE(factory.create_channel("ipv4:127.0.0.1:2", {.secure = false}), first);
  EXPECT_NE(factory.create_channel("ipv4:127.0.0.1:1", {.secure = false, .authority = "other"}), first);
}

/// Does nothing.
class IdleInterceptor final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "IdleInterceptor"; }
  Task<Status> intercept(CallContext&, Next next) override { return next(); }
};

TEST(GrpcClientFactory, MakesANewChannelOnceAnInterceptorHasBeenAdded) {
  GrpcClientFactory factory;
  const auto create = [&] { return factory.create_channel("ipv4:127.0.0.1:1", {.secure = false}); };
  const auto before = create();
  factory.add_interceptor(IdleInterceptor());
  const auto after = create();
  EXPECT_NE(after, before);
  EXPECT_EQ(shared_of(*after).interceptors.size(), 1u);
  EXPECT_EQ(create(), after);
}

TEST(GrpcClientFactory, MakesANewChannelOnceItsNameIsResolvedInAnotherWay) {
  GrpcClientFactory factory;
  const auto create = [&](const std::string& target) { return factory.create_channel(target, {.secure = false}); };
  const auto before = create("dns:///orders:1");
  const auto other = create("ipv4:127.0.0.1:1");
  const auto resolver = client::make_static_resolver({"ipv4:127.0.0.1:1"});
  factory.add_resolver("dns", resolver);
  const auto after = create("dns:///orders:1");
  EXPECT_NE(after, before);
  EXPECT_EQ(shared_of(*after).resolver, resolver);
  EXPECT_EQ(create("dns:///orders:1"), after);
  EXPECT_EQ(create("ipv4:127.0.0.1:1"), other) << "its scheme is another one";
}

TEST(GrpcClientFactory, KeepsAChannelWithAResolverOfItsOwn) {
  GrpcClientFactory factory;
  const auto create = [&, own = client::make_static_resolver({"ipv4:127.0.0.1:1"})] {
    return factory.create_channel("dns:///orders:1", {.secure = false, .resolver = own});
  };
  const auto before = create();
  factory.add_resolver("dns", client::make_static_resolver({"ipv4:127.0.0.1:2"}));
  EXPECT_EQ(create(), before);
}

/// Metrics of which only gauges are asked for.
class FakeMetrics final : public Metrics {
 public:
  class FakeGauge final : public Gauge {
   public:
    void add(double amount) noexcept override { value += amount; }
    void set(double number) noexcept override { value = number; }
    double value = -1;
  };

  Counter& counter(const std::string&, const std::string&, const Labels&) override { std::abort(); }
  Gauge& gauge(const std::string& name, const std::string&, const Labels& labels) override {
    std::string key = name;
    for (const auto& [label, value] : labels) key += fmt::format(" {}={}", label, value);
    return gauges[key];
  }
  Histogram& histogram(const std::string&, const std::string&, std::span<const double>, const Labels&) override {
    std::abort();
  }
  std::shared_ptr<void> before_reading(std::function<void()>) override { return nullptr; }
  std::string text() const override { return ""; }

  std::map<std::string, FakeGauge> gauges;
};

TEST(GrpcClientFactory, ShowsTheStateOfEachCircuitBreaker) {
  const auto metrics = std::make_shared<FakeMetrics>();
  GrpcClientFactory factory({.circuit_breaker_threshold = 1}, nullptr, metrics);
  const auto channel = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false});
  const auto& gauge = metrics->gauges["grpc_client_circuit_breaker_state target=ipv4:127.0.0.1:1"];
  EXPECT_EQ(metrics->gauges.size(), 1u);
  EXPECT_EQ(gauge.value, 0);
  shared_of(*channel).breaker->admit(TimePoint())->done(StatusCode::kUnavailable, TimePoint());
  EXPECT_EQ(gauge.value, 1);
}

TEST(GrpcClientFactory, ShowsNoStateWithoutACircuitBreaker) {
  const auto metrics = std::make_shared<FakeMetrics>();
  GrpcClientFactory factory({.enable_circuit_breaker = false}, nullptr, metrics);
  factory.create_channel("ipv4:127.0.0.1:1", {.secure = false});
  EXPECT_TRUE(metrics->gauges.empty());
}

struct Wrong {
  std::string target;
  ChannelOptions options;
  std::string sentence;
};

TEST(GrpcClientFactory, SaysWhatIsWrongWithATargetOrItsOptions) {
  const ChannelOptions plain{.secure = false};
  const Wrong kWrong[] = {
      {"", plain, "the target is empty"},
      {"dns:///", plain, "names nothing"},
      {"consul:///orders", plain, "nobody resolves 'consul:'"},
      {"host:99999", plain, "'host:99999' is no host and port"},
      {"ipv4:10.0.0.1:80,10.0.0:80", plain, "10.0.0:80"},
      {"host:1", {.secure = false, .service_config = "{"}, "service config"},
      {"host:1", {.secure = false, .service_config = R"({"methodConfig": 7})"}, "methodConfig"},
      {"host:1", {.tls = ClientTlsSettings{.ca_file = "/no/such/file.pem"}}, "/no/such/file.pem"},
      {std::string(5000, 'x'), plain, "4096 are allowed"},
  };
  GrpcClientFactory factory;
  for (const auto& wrong : kWrong) {
    try {
      factory.create_channel(wrong.target, wrong.options);
      ADD_FAILURE() << "expected '" << wrong.target.substr(0, 50) << "' to be refused";
    } catch (const StatusError& error) {
      EXPECT_THAT(error.what(), HasSubstr(wrong.sentence));
    }
  }
}

/// A setting, and how to see on a channel that it has taken effect there.
struct Effect {
  const char* name;
  std::function<void(ClientSettings&)> set;
  std::function<bool(client::Shared&)> is_seen;
};

template <class Policy>
bool balances_by(client::Shared& shared) {
  FakeBackends host;
  return dynamic_cast<Policy*>(shared.balancer->make(host).get()) != nullptr;
}

const Effect kEffects[] = {
    {"DEFAULT_TIMEOUT", [](auto& s) { s.default_timeout = 7s; },
     [](auto& shared) { return shared.settings.default_timeout == 7s; }},
    {"KEEPALIVE_TIME_MS below 10 s", [](auto& s) { s.keepalive_time = 1ms; },
     [](auto& shared) { return shared.connection.keep_alive.time == 10s; }},
    {"MAX_RETRIES", [](auto& s) { s.max_retries = 7; }, [](auto& shared) { return shared.retry.max_attempts == 8; }},
    {"ENABLE_RETRY", [](auto& s) { s.enable_retry = false; },
     [](auto& shared) { return shared.retry.max_attempts == 1; }},
    {"RETRY_BACKOFF_BASE", [](auto& s) { s.retry_backoff_base = 7s; },
     [](auto& shared) { return shared.retry.backoff.initial == 7s; }},
    {"RETRY_BACKOFF_MAX", [](auto& s) { s.retry_backoff_max = 7s; },
     [](auto& shared) { return shared.retry.backoff.max == 7s; }},
    {"RETRY_BACKOFF_MULTIPLIER", [](auto& s) { s.retry_backoff_multiplier = 7; },
     [](auto& shared) { return shared.retry.backoff.multiplier == 7; }},
    {"ENABLE_CIRCUIT_BREAKER", [](auto& s) { s.enable_circuit_breaker = false; },
     [](auto& shared) { return shared.breaker == nullptr; }},
    {"CIRCUIT_BREAKER_THRESHOLD", [](auto& s) { s.circuit_breaker_threshold = 1; },
     [](auto& shared) {
       shared.breaker->admit(TimePoint())->done(StatusCode::kUnavailable, TimePoint());
       return shared.breaker->state(TimePoint()) == client::CircuitBreaker::State::kOpen;
     }},
    {"CIRCUIT_BREAKER_TIMEOUT",
     [](auto& s) {
       s.circuit_breaker_threshold = 1;
       s.circuit_breaker_timeout = 7s;
     },
     [](auto& shared) {
       const TimePoint now;
       shared.breaker->admit(now)->done(StatusCode::kUnavailable, now);
       return !shared.breaker->admit(now + 6s) && shared.breaker->admit(now + 8s);
     }},
    {"MAX_MESSAGE_SIZE", [](auto& s) { s.max_message_size = 7777; },
     [](auto& shared) { return shared.settings.max_message_size == 7777; }},
    {"KEEPALIVE_TIME_MS", [](auto& s) { s.keepalive_time = 77s; },
     [](auto& shared) { return shared.connection.keep_alive.time == 77s; }},
    {"KEEPALIVE_TIMEOUT_MS", [](auto& s) { s.keepalive_timeout = 7s; },
     [](auto& shared) { return shared.connection.keep_alive.timeout == 7s; }},
    {"LB_POLICY pick_first", [](auto&) {}, balances_by<client::PickFirst>},
    {"LB_POLICY round_robin", [](auto& s) { s.lb_policy = LbPolicy::kRoundRobin; }, balances_by<client::RoundRobin>},
    {"LB_POLICY least_request", [](auto& s) { s.lb_policy = LbPolicy::kLeastRequest; },
     balances_by<client::LeastRequest>},
};

TEST(GrpcClientFactory, GivesEverySettingToItsChannels) {
  for (const auto& effect : kEffects) {
    ClientSettings settings;
    effect.set(settings);
    GrpcClientFactory factory(settings);
    const auto channel = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false});
    EXPECT_TRUE(effect.is_seen(shared_of(*channel))) << effect.name;
  }
}

TEST(GrpcClientFactory, PutsTheServiceConfigBeforeItsSettings) {
  GrpcClientFactory factory({.lb_policy = LbPolicy::kRoundRobin});
  const auto config = R"({"loadBalancingConfig": [{"outlier_detection_experimental": {
      "interval": "3s", "childPolicy": [{"least_request_experimental": {}}]}}]})";
  const auto channel = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false, .service_config = config});
  EXPECT_TRUE(balances_by<client::LeastRequest>(shared_of(*channel)));
  ASSERT_TRUE(shared_of(*channel).outliers);
  EXPECT_EQ(shared_of(*channel).outliers->interval, 3s);
}

TEST(GrpcClientFactory, NamesTheAuthorityAfterTheTarget) {
  GrpcClientFactory factory;
  const auto authority = [&](const std::string& target) {
    return shared_of(*factory.create_channel(target, {.secure = false})).authority;
  };
  EXPECT_EQ(authority("orders:50051"), "orders:50051");
  EXPECT_EQ(authority("dns:///orders:50051"), "orders:50051");
  EXPECT_EQ(authority("unix:/run/orders.sock"), "localhost");
  EXPECT_EQ(authority("ipv4:10.0.0.1:80,10.0.0.2:80"), "10.0.0.1:80");
}

TEST(GrpcClientFactory, HasOneBreakerForATarget) {
  GrpcClientFactory factory;
  const auto breaker_of = [&](const std::string& target, const std::string& authority) {
    return shared_of(*factory.create_channel(target, {.secure = false, .authority = authority})).breaker;
  };
  const auto breaker = breaker_of("ipv4:127.0.0.1:1", "one");
  EXPECT_EQ(breaker_of("ipv4:127.0.0.1:1", "another"), breaker);
  EXPECT_NE(breaker_of("ipv4:127.0.0.1:2", "one"), breaker);
}

TEST(GrpcClientFactory, ChecksTheHealthOfBackendsThatAPolicyOfTheUsersBalances) {
  GrpcClientFactory factory;
  const std::string config = R"({"healthCheckConfig": {"serviceName": "text"}})";
  const auto plain = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false, .service_config = config});
  EXPECT_FALSE(shared_of(*plain).checks_health) << "not with pick_first";
  const auto own = factory.create_channel(
      "ipv4:127.0.0.1:1", {.secure = false, .service_config = config, .load_balancer = client::make_round_robin()});
  EXPECT_TRUE(shared_of(*own).checks_health);
}

constexpr Method kMethod{"/test.Text/Unary", CallKind::kUnary};

TEST(GrpcClientFactory, ClosesChannelsWhoseCallsSomebodyStillHas) {
  GrpcClientFactory factory;
  const auto channel = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false});
  const auto call = channel->start_call(kMethod, {});
  factory.close_all();
  EXPECT_EQ(channel->state(), ChannelState::kShutdown);
}

TEST(GrpcClientFactory, FailsTheCallsOfAClosedChannel) {
  GrpcClientFactory factory;
  const auto channel = factory.create_channel("ipv4:127.0.0.1:1", {.secure = false});
  factory.close_all();
  EXPECT_EQ(channel->state(), ChannelState::kShutdown) << "though nobody has called";
  const auto ended = [](Channel& on) -> Task<Status> {
    auto call = on.start_call(kMethod, {});
    co_return co_await call->finish();
  };
  const auto status = sync_wait(ended(*channel));
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("is closed"));
}

}  // namespace
}  // namespace plinth::test
