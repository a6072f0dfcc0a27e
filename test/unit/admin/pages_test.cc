#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "admin/config_page.h"
#include "admin/gauges.h"
#include "admin/health_pages.h"
#include "admin/status_page.h"
#include "plinth/async.h"

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

ServerStats healthy() {
  ServerStats stats;
  stats.serving = true;
  stats.health = HealthStatus::kServing;
  return stats;
}

TEST(HealthPage, SaysWhatTheHealthServiceSays) {
  EXPECT_EQ(health_page(healthy()).status, 200u);
  EXPECT_EQ(health_page(healthy()).body, "SERVING\n");
  EXPECT_EQ(health_page({}).status, 503u);
  EXPECT_EQ(health_page({}).body, "NOT_SERVING\n");
}

TEST(ReadyPage, NeedsAServerThatServesAndIsHealthy) {
  EXPECT_EQ(ready_page(healthy()).status, 200u);
  auto draining = healthy();
  draining.serving = false;
  EXPECT_EQ(ready_page(draining).status, 503u);
  auto ill = healthy();
  ill.health = HealthStatus::kNotServing;
  EXPECT_EQ(ready_page(ill).status, 503u);
}

TEST(LivePage, NamesTheWorkerThatIsStuck) {
  RuntimeStats runtime;
  runtime.turns_in_progress = {0s, 29s};
  EXPECT_EQ(live_page(runtime).status, 200u);
  runtime.turns_in_progress[1] = 31s;
  EXPECT_EQ(live_page(runtime).status, 503u);
  EXPECT_EQ(live_page(runtime).body, "stuck: worker 1 has been in one turn for 31 s\n");
}

TEST(ConfigPage, HasEverySettingAndNoSecret) {
  Settings settings;
  settings.grpc.server.port = 1234;
  settings.security.secret_key = "do not show this to anybody at all";
  settings.observability.otlp_headers = {{"api-key", "nor this"}};
  settings.security.jwks_url = "https://user:password@issuer.example/keys";
  const auto answer = config_page(settings);
  EXPECT_EQ(answer.content_type, kJson);
  const auto page = json::parse(answer.body);
  EXPECT_EQ(page.size(), Settings::describe().size());
  EXPECT_EQ(page["GRPC__SERVER__PORT"]["value"], "1234");
  EXPECT_EQ(page["GRPC__SERVER__PORT"]["default"], "50051");
  EXPECT_EQ(page["SECURITY__SECRET_KEY"]["value"], "(hidden)");
  EXPECT_EQ(page["OTEL_EXPORTER_OTLP_HEADERS"]["value"], "(hidden)");
  EXPECT_EQ(page["SECURITY__JWKS_URL"]["value"], "https://(hidden)@issuer.example/keys");
  for (const std::string secret : {"do not show", "nor this", "password"}) {
    EXPECT_EQ(answer.body.find(secret), std::string::npos) << secret;
  }
}

/// A server that does not listen.
class StatusPageTest : public ::testing::Test {
 protected:
  static ServerSettings two_workers() {
    ServerSettings settings;
    settings.max_workers = 2;
    return settings;
  }

  Worker& worker() { return server_.runtime().worker(0); }

  GrpcServer server_{two_workers(), make_null_logger()};
  std::shared_ptr<CallStats> calls_ = std::make_shared<CallStats>(server_.runtime());
  StatusPage page_{server_, calls_};
};

Task<void> note_calls(CallStats& calls) {
  static constexpr Method kGet{"/test.Test/Get"};
  auto& get = calls.here().of(kGet);
  get.started = 3;
  get.by_status[0] = 1;
  get.by_status[5] = 1;
  get.latency.add(1ms);
  get.latency.add(100ms);
  calls.here().slow_calls().wants(100ms, Clock::now());
  calls.here().slow_calls().add({.method = "/test.Test/Get",
                                 .duration = 100ms,
                                 .status = StatusCode::kNotFound,
                                 .correlation_id = "\xff\"<script>",
                                 .peer = "ipv4:10.0.0.1:1",
                                 .ended = std::chrono::system_clock::time_point(1'000'000'000'250ms)});
  co_return;
}

TEST_F(StatusPageTest, TellsWhatTheServerDoes) {
  sync_wait(worker(), note_calls(*calls_));
  const auto answer = sync_wait(worker(), page_.answer());
  EXPECT_EQ(answer.status, 200u);
  const auto page = json::parse(answer.body);
  EXPECT_NE(page["version"], "");
  EXPECT_EQ(page["serving"], false);
  EXPECT_EQ(page["health"], "NOT_SERVING");
  EXPECT_EQ(page["connections"], 0);
  EXPECT_EQ(page["workers"].size(), 2u);
  EXPECT_GE(page["uptime_seconds"], 0);
  ASSERT_EQ(page["methods"].size(), 1u);
  const auto& get = page["methods"][0];
  EXPECT_EQ(get["method"], "/test.Test/Get");
  EXPECT_EQ(get["started"], 3);
  EXPECT_EQ(get["in_progress"], 1);
  EXPECT_EQ(get["errors"], 1);
  EXPECT_EQ(get["by_status"], json::parse(R"({"OK": 1, "NOT_FOUND": 1})"));
  EXPECT_LT(get["latency_seconds"]["p50"], 0.0012);
  EXPECT_DOUBLE_EQ(get["latency_seconds"]["p99"], 0.1);
  ASSERT_EQ(page["slowest_recent_calls"].size(), 1u);
  const auto& slow = page["slowest_recent_calls"][0];
  EXPECT_EQ(slow["duration_seconds"], 0.1);
  EXPECT_EQ(slow["status"], "NOT_FOUND");
  EXPECT_EQ(slow["ended"], "2001-09-09T01:46:40.250000Z");
  EXPECT_EQ(slow["correlation_id"], "\xEF\xBF\xBD\"<script>") << "what is no UTF-8 is replaced, and JSON stays JSON";
}

/// Keeps the values of gauges.
class KeptGauges final : public Metrics {
 public:
  struct KeptGauge final : Gauge {
    void add(double amount) noexcept override { value += amount; }
    void set(double given) noexcept override { value = given; }
    double value = -1;
  };

  Counter& counter(const std::string&, const std::string&, const Labels&) override { std::abort(); }
  Histogram& histogram(const std::string&, const std::string&, std::span<const double>, const Labels&) override {
    std::abort();
  }
  Gauge& gauge(const std::string& name, const std::string&, const Labels& labels) override {
    return gauges[labels.empty() ? name : name + "{" + labels.front().first + "=" + labels.front().second + "}"];
  }
  std::shared_ptr<void> before_reading(std::function<void()> function) override {
    update = std::move(function);
    return std::make_shared<int>();
  }
  std::string text() const override { return {}; }

  std::map<std::string, KeptGauge> gauges;
  std::function<void()> update;
};

TEST(Gauges, AreSetBeforeEachReading) {
  ServerSettings settings;
  settings.max_workers = 2;
  const GrpcServer server(settings, make_null_logger());
  KeptGauges metrics;
  const auto shown = show_gauges(metrics, server);
  metrics.update();
  EXPECT_EQ(metrics.gauges.at("plinth_server_connections").value, 0);
  EXPECT_EQ(metrics.gauges.at("plinth_server_streams").value, 0);
  EXPECT_EQ(metrics.gauges.at("plinth_offload_queue_length").value, 0);
  EXPECT_EQ(metrics.gauges.at("plinth_offload_threads_busy").value, 0);
  EXPECT_GE(metrics.gauges.at("plinth_worker_loop_lag_seconds{worker=0}").value, 0);
  EXPECT_GE(metrics.gauges.at("plinth_worker_loop_lag_seconds{worker=1}").value, 0);
  EXPECT_EQ(metrics.gauges.size(), 6u);
}

}  // namespace
}  // namespace plinth::admin
