#include "telemetry/span_sender.h"

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>

#include <future>
#include <string>
#include <vector>

#include "opentelemetry/proto/collector/trace/v1/trace_service.plinth.fake.h"
#include "plinth/error_details.h"
#include "plinth/testing.h"
#include "support/kept_log.h"
#include "telemetry/span_exporter.h"

namespace plinth::telemetry {
namespace {

using namespace std::chrono_literals;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;
using opentelemetry::proto::collector::trace::v1::TraceService;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// One counter, whatever it is asked for.
class OneCounter final : public Metrics, public Counter {
 public:
  Counter& counter(const std::string& name, const std::string&, const Labels& labels) override {
    asked = name + "{" + labels.at(0).first + "=" + labels.at(0).second + "}";
    return *this;
  }
  Gauge& gauge(const std::string&, const std::string&, const Labels&) override { std::abort(); }
  Histogram& histogram(const std::string&, const std::string&, std::span<const double>, const Labels&) override {
    std::abort();
  }
  std::shared_ptr<void> before_reading(std::function<void()>) override { return nullptr; }
  std::string text() const override { return ""; }
  void add(double amount) noexcept override { value += amount; }

  std::string asked;
  double value = 0;
};

class NoSpans final : public SpanSink {
 public:
  void take(std::unique_ptr<SpanRecord>) noexcept override {}
  bool flush(Duration) override { return true; }
};

/// A sender and a collector on one loop.
class SpanSenderTest : public ::testing::Test {
 protected:
  SpanSenderTest() {
    collector_->on_Export = [this](ServerContext& context, const OtlpRequest& request) {
      return answer(context, request);
    };
    server_.add_servicer(collector_);
  }

  Task<Result<ExportTraceServiceResponse>> answer(ServerContext& context, const OtlpRequest& request) {
    received_.push_back(request.resource_spans(0).scope_spans(0).spans_size());
    header_ = context.request_metadata().get("x-token").value_or("none");
    if (hangs_) {
      auto long_time = sleep_for(1h);
      co_await std::move(long_time);
    }
    if (failures_ == 0) co_return response_;
    --failures_;
    co_return failure_;
  }

  void push(int count) {
    for (int i = 0; i < count; ++i) queue_.push(std::make_unique<SpanRecord>(sink_));
  }
  auto start() {
    sender_.emplace(server_.stub<OtlpStub>(), settings_, queue_, drops_, log_, [] { return 0.5; });
    return loop_.start([this] { return sender_->run(); });
  }

  NoSpans sink_;
  ObservabilitySettings settings_;
  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  std::shared_ptr<OneCounter> metrics_ = std::make_shared<OneCounter>();
  SpanQueue queue_;
  DropReport drops_{"traces", log_, metrics_};

  int failures_ = 0;
  bool hangs_ = false;
  Status failure_ = unavailable("later");
  ExportTraceServiceResponse response_;
  std::vector<int> received_;
  std::string header_;

  plinth::testing::ManualLoop loop_;
  std::shared_ptr<TraceService::Fake> collector_ = std::make_shared<TraceService::Fake>();
  plinth::testing::InProcessServer server_{loop_};
  std::optional<SpanSender> sender_;
};

TEST_F(SpanSenderTest, SendsAFullBatchAtOnce) {
  const auto running = start();
  push(511);
  loop_.poll();
  EXPECT_THAT(received_, IsEmpty());
  push(1);
  loop_.poll();
  EXPECT_THAT(received_, ElementsAre(512));
  EXPECT_EQ(queue_.left(), 0u);
}

TEST_F(SpanSenderTest, SendsWhatThereIsAfterFiveSeconds) {
  const auto running = start();
  push(3);
  loop_.advance(4999ms);
  EXPECT_THAT(received_, IsEmpty());
  loop_.advance(1ms);
  EXPECT_THAT(received_, ElementsAre(3));
  loop_.advance(1min);
  EXPECT_THAT(received_, ElementsAre(3)) << "nothing is sent when there is nothing";
}

TEST_F(SpanSenderTest, SendsManySpansInSeveralBatches) {
  push(1100);
  const auto running = start();
  EXPECT_THAT(received_, ElementsAre(512, 512, 76));
}

TEST_F(SpanSenderTest, TriesAgainWhatMayPass) {
  failures_ = 2;
  push(512);
  const auto running = start();
  EXPECT_THAT(received_, ElementsAre(512));
  loop_.advance(1s);
  EXPECT_THAT(received_, ElementsAre(512, 512));
  loop_.advance(2s);
  EXPECT_THAT(received_, ElementsAre(512, 512, 512));
  EXPECT_EQ(metrics_->value, 0);
  EXPECT_EQ(queue_.left(), 0u);
}

TEST_F(SpanSenderTest, TriesAgainWhenTheCollectorSays) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(4);
  failures_ = 1;
  failure_ = with_details(resource_exhausted("full"), retry);
  push(512);
  const auto running = start();
  loop_.advance(3999ms);
  EXPECT_THAT(received_, ElementsAre(512));
  loop_.advance(1ms);
  EXPECT_THAT(received_, ElementsAre(512, 512));
  EXPECT_EQ(metrics_->value, 0);
}

TEST_F(SpanSenderTest, PausesForACollectorThatWantsItAtOnce) {
  failures_ = 1000;
  failure_ = with_details(unavailable("now!"), google::rpc::RetryInfo());
  push(512);
  const auto running = start();
  loop_.advance(99ms);
  EXPECT_THAT(received_, ElementsAre(512));
  loop_.advance(1ms);
  EXPECT_THAT(received_, ElementsAre(512, 512));
}

TEST_F(SpanSenderTest, SendsNoOtherBatchBeforeTheCollectorWantsOne) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(30);
  failures_ = 1;
  failure_ = with_details(unavailable("full"), retry);
  push(1024);
  const auto running = start();
  EXPECT_THAT(received_, ElementsAre(512)) << "that one's time is over before";
  loop_.advance(29999ms);
  EXPECT_THAT(received_, ElementsAre(512));
  loop_.advance(1ms);
  EXPECT_THAT(received_, ElementsAre(512, 512));
  EXPECT_EQ(metrics_->value, 512);
}

TEST_F(SpanSenderTest, LetsNobodyWaitForTheCollectorsPause) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(30);
  failures_ = 1;
  failure_ = with_details(unavailable("full"), retry);
  push(1024);
  const auto running = start();
  ASSERT_THAT(received_, ElementsAre(512));
  auto flushed = std::async(std::launch::async, [this] { return queue_.hurry(1min); });
  while (flushed.wait_for(0s) != std::future_status::ready) loop_.poll();
  EXPECT_TRUE(flushed.get());
  EXPECT_THAT(received_, ElementsAre(512, 512));
}

TEST_F(SpanSenderTest, ComesBackWhenTheCollectorSaysWhateverTheError) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(4);
  failures_ = 1;
  failure_ = with_details(aborted("not now"), retry);
  push(512);
  const auto running = start();
  loop_.advance(3999ms);
  EXPECT_THAT(received_, ElementsAre(512));
  loop_.advance(1ms);
  EXPECT_THAT(received_, ElementsAre(512, 512));
}

TEST_F(SpanSenderTest, HoldsOtherBatchesUpForAMinuteAtMost) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3000);
  failures_ = 1;
  failure_ = with_details(unavailable("full"), retry);
  push(1024);
  const auto running = start();
  loop_.advance(1min);
  EXPECT_THAT(received_, ElementsAre(512, 512));
}

TEST_F(SpanSenderTest, DoesNotPressACollectorThatIsFull) {
  failures_ = 1;
  failure_ = resource_exhausted("full, and says not when to come again");
  push(512);
  const auto running = start();
  loop_.advance(1min);
  EXPECT_THAT(received_, ElementsAre(512));
  EXPECT_EQ(metrics_->value, 512);
}

TEST_F(SpanSenderTest, GivesABatchUpWhenItHasTakenTooLong) {
  failures_ = 1000;
  push(512);
  const auto running = start();
  loop_.advance(1min);
  EXPECT_THAT(received_, ElementsAre(512, 512, 512, 512)) << "after 0, 1, 3 and 7 of 10 seconds";
  EXPECT_EQ(metrics_->asked, "plinth_telemetry_dropped_total{signal=traces}");
  EXPECT_EQ(metrics_->value, 512);
  EXPECT_THAT(log_->take(), ElementsAre("telemetry_dropped signal=traces count=512 error=UNAVAILABLE: later"));
}

TEST_F(SpanSenderTest, GivesABatchUpWhenTheCollectorHangs) {
  hangs_ = true;
  push(512);
  const auto running = start();
  loop_.advance(9999ms);
  EXPECT_EQ(queue_.left(), 512u);
  loop_.advance(1ms);
  EXPECT_EQ(queue_.left(), 0u);
  EXPECT_EQ(metrics_->value, 512);
}

TEST_F(SpanSenderTest, GivesABatchUpAfterTheTimeOfTheSettings) {
  settings_.otlp_timeout = 3s;
  hangs_ = true;
  push(512);
  const auto running = start();
  loop_.advance(2999ms);
  EXPECT_EQ(queue_.left(), 512u);
  loop_.advance(1ms);
  EXPECT_EQ(queue_.left(), 0u);
}

TEST_F(SpanSenderTest, DoesNotTryAgainWhatCannotPass) {
  failures_ = 1;
  failure_ = unauthenticated("who are you?");
  push(512);
  const auto running = start();
  loop_.advance(1min);
  EXPECT_THAT(received_, ElementsAre(512));
  EXPECT_EQ(metrics_->value, 512);
}

TEST_F(SpanSenderTest, SaysWhatIsLostOnceAMinute) {
  failures_ = 1000;
  failure_ = permission_denied("no");
  const auto running = start();
  for (int second = 0; second < 60; second += 10) {
    push(512);
    loop_.advance(10s);
  }
  EXPECT_THAT(log_->take(), ElementsAre("telemetry_dropped signal=traces count=512 error=PERMISSION_DENIED: no"));
  loop_.advance(10s);
  EXPECT_THAT(log_->take(), ElementsAre("telemetry_dropped signal=traces count=2560 error=PERMISSION_DENIED: no"));
  EXPECT_EQ(metrics_->value, 6 * 512);
}

TEST_F(SpanSenderTest, ReportsWhatTheCollectorRejects) {
  response_.mutable_partial_success()->set_rejected_spans(5);
  response_.mutable_partial_success()->set_error_message("too old");
  push(512);
  const auto running = start();
  EXPECT_THAT(received_, ElementsAre(512)) << "rejected spans are not sent again";
  EXPECT_EQ(metrics_->value, 5);
  EXPECT_THAT(log_->take(), ElementsAre("otlp_partial_success rejected_spans=5 error=too old",
                                        "telemetry_dropped signal=traces count=5 error=too old"));
}

TEST_F(SpanSenderTest, BelievesNoCollectorThatRejectsMoreThanItGot) {
  response_.mutable_partial_success()->set_rejected_spans(INT64_MAX);
  push(512);
  const auto running = start();
  EXPECT_EQ(metrics_->value, 512);
}

TEST_F(SpanSenderTest, SendsTheHeadersOfTheSettings) {
  settings_.otlp_headers = {{"X-Token", "secret"}, {"not a name", "secret"}};
  push(512);
  const auto running = start();
  EXPECT_EQ(header_, "secret");
  EXPECT_THAT(log_->take(), ElementsAre("otlp_header_ignored header=not a name"));
}

TEST_F(SpanSenderTest, SendsAtOnceWhenSomebodyWaits) {
  const auto running = start();
  push(3);
  auto flushed = std::async(std::launch::async, [this] { return queue_.hurry(1min); });
  while (flushed.wait_for(0s) != std::future_status::ready) loop_.poll();
  EXPECT_TRUE(flushed.get());
  EXPECT_THAT(received_, ElementsAre(3));
}

TEST_F(SpanSenderTest, DoesNotTryAgainWhenSomebodyWaits) {
  failures_ = 1000;
  push(512);
  const auto running = start();
  auto flushed = std::async(std::launch::async, [this] { return queue_.hurry(1min); });
  while (flushed.wait_for(0s) != std::future_status::ready) loop_.poll();
  EXPECT_TRUE(flushed.get());
  EXPECT_THAT(received_, ElementsAre(512));
  EXPECT_EQ(metrics_->value, 512);
}

TEST(OtlpEndpointUrl, SaysTargetAndSecurity) {
  struct Case {
    const char* url;
    const char* target;
    bool secure;
  };
  for (const auto& [url, target, secure] :
       {Case{"http://collector:4317", "dns:///collector:4317", false},
        Case{"https://a.example", "dns:///a.example:4317", true},
        Case{"http://127.0.0.1:99/v1/traces?x#y", "dns:///127.0.0.1:99", false},
        Case{"https://[::1]", "dns:///[::1]:4317", true}, Case{"http://[::1]:5/", "dns:///[::1]:5", false}}) {
    const auto endpoint = parse_otlp_endpoint(url);
    ASSERT_TRUE(endpoint) << url;
    EXPECT_EQ(endpoint->target, target);
    EXPECT_EQ(endpoint->secure, secure);
  }
}

TEST(OtlpEndpointUrl, IsRefusedWhenItIsNone) {
  for (const auto* url :
       {"", "collector:4317", "ftp://a", "http://", "http:///v1", "http://::1:4317", "http://user:password@a"}) {
    const auto endpoint = parse_otlp_endpoint(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().message().find("password"), std::string::npos);
  }
}

TEST(MakeTracer, SwitchesTheExportOffWhenTheEndpointCannotBeUsed) {
  const auto log = std::make_shared<test::KeptLog>();
  ObservabilitySettings settings;
  settings.otlp_endpoint = "http://a:port";
  const auto tracer = make_tracer(settings, log, nullptr);
  EXPECT_FALSE(tracer->start_span("x").recording());
  EXPECT_THAT(log->take(), ElementsAre(::testing::StartsWith("otlp_export_off error=INVALID_ARGUMENT: ")));
}

TEST(MakeTracer, SamplesWithoutRecordingWhenThereIsNoEndpoint) {
  const auto tracer = make_tracer({}, make_null_logger(), nullptr);
  const auto span = tracer->start_span("x");
  EXPECT_TRUE(tracer->enabled());
  EXPECT_TRUE(span.context().sampled);
  EXPECT_FALSE(span.recording());
  EXPECT_TRUE(tracer->flush(0s));
}

TEST(MakeTracer, KeepsNoSpansWhenNothingIsExported) {
  ObservabilitySettings settings;
  settings.otlp_endpoint = "http://127.0.0.1:1";
  EXPECT_TRUE(make_tracer(settings, make_null_logger(), nullptr)->start_span("x").recording());
  settings.export_traces = false;
  EXPECT_FALSE(make_tracer(settings, make_null_logger(), nullptr)->start_span("x").recording());
}

TEST(MakeTracer, MakesNoSpansWhenTracingIsDisabled) {
  ObservabilitySettings settings;
  settings.tracing_disabled = true;
  settings.otlp_endpoint = "http://127.0.0.1:1";
  const auto tracer = make_tracer(settings, make_null_logger(), nullptr);
  EXPECT_FALSE(tracer->enabled());
  EXPECT_EQ(tracer->start_span("x").context(), SpanContext());
}

}  // namespace
}  // namespace plinth::telemetry
