// What is counted of the calls of a client, and of their attempts.

#include <gmock/gmock.h>

#include <chrono>

#include "metrics_samples.h"
#include "plinth/metrics_interceptor.h"
#include "support/manual_clock.h"
#include "support/scripted_server.h"
#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kHedged = R"({
  "methodConfig": [{
    "name": [{}],
    "hedgingPolicy": {"maxAttempts": 3, "hedgingDelay": "0.1s", "nonFatalStatusCodes": ["UNAVAILABLE"]}
  }]
})";

/// A server that fails as often as the test says, and hangs when it is asked to.
class ClientMetrics : public ::testing::Test {
 protected:
  ClientMetrics() {
    channel_.shared->add_interceptor(std::make_shared<MetricsInterceptor>(metrics_, &ManualClock::now));
    auto& servicer = *channel_.server.servicer;
    servicer.unary = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
      Visit visit(visits_);
      if (failures_ > 0) co_return --failures_, unavailable("try again");
      if (request.value() == "error") co_return not_found("no such thing");
      if (request.value() == "hang") {
        auto nap = sleep_for(1h);
        co_await std::move(nap);
      }
      co_return text("echo " + request.value());
    };
    servicer.bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  void enable_retries() {
    channel_.shared->settings.enable_retry = true;
    channel_.shared->retry = client::retry_policy_of(channel_.shared->settings);
  }
  void advance(Duration time) {
    ManualClock::advance(time);
    channel_.advance(time);
  }

  MetricsSamples samples() const { return MetricsSamples(metrics_->text()); }
  double requests(const std::string& status) const {
    return samples().at("grpc_client_requests_total{method=\"/test.Text/Unary\",status=\"" + status + "\"}");
  }
  /// One of gRFC A66 or A96.
  double of_target(const std::string& name, const std::string& status = "") const {
    const auto with_status = status.empty() ? "" : "grpc_status=\"" + status + "\",";
    return samples().at(name + "{grpc_method=\"test.Text/Unary\"," + with_status + "grpc_target=\"test:///target\"}");
  }

  std::shared_ptr<Metrics> metrics_ = make_metrics();
  TestChannel channel_;
  Visits visits_;
  int failures_ = 0;
};

TEST_F(ClientMetrics, CountCallsHoweverTheyEnd) {
  CallOptions options;
  options.timeout = 1s;
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_FALSE(channel_.unary_now("error"));
  auto late = channel_.unary("hang", options);
  channel_.poll();
  EXPECT_EQ(samples().at("grpc_client_requests_in_progress{method=\"/test.Text/Unary\"}"), 1);
  advance(1s);
  auto dropped = channel_.start(kUnary, CallKind::kUnary);
  channel_.server.turn([&] { dropped.reset(); });
  channel_.poll();
  EXPECT_TRUE(channel_.unary_now("hello"));
  for (const auto status : {"OK", "NOT_FOUND", "DEADLINE_EXCEEDED", "CANCELLED"}) {
    SCOPED_TRACE(status);
    const auto count = std::string_view(status) == "OK" ? 2 : 1;
    EXPECT_EQ(requests(status), count);
    EXPECT_EQ(of_target("grpc_client_call_duration_seconds_count", status), count);
    EXPECT_EQ(of_target("grpc_client_attempt_duration_seconds_count", status), count);
    EXPECT_EQ(of_target("grpc_client_attempt_rcvd_total_compressed_message_size_bytes_count", status), count);
  }
  EXPECT_EQ(samples().at("grpc_client_request_duration_seconds_count{method=\"/test.Text/Unary\"}"), 5);
  EXPECT_EQ(samples().at("grpc_client_requests_in_progress{method=\"/test.Text/Unary\"}"), 0);
  EXPECT_EQ(of_target("grpc_client_attempt_started_total"), 5);
}

TEST_F(ClientMetrics, CountCallsThatNobodyAnswersAny) {
  channel_.network->at(TestChannel::kAddress).refuses = true;
  EXPECT_FALSE(channel_.unary_now("hello"));
  EXPECT_EQ(requests("UNAVAILABLE"), 1);
  EXPECT_EQ(of_target("grpc_client_attempt_duration_seconds_count", "UNAVAILABLE"), 1);
  EXPECT_EQ(of_target("grpc_client_attempt_sent_total_compressed_message_size_bytes_sum", "UNAVAILABLE"), 0);
}

TEST_F(ClientMetrics, TimeTheCallAndItsAttempt) {
  auto call = channel_.unary("hang");
  channel_.poll();
  ManualClock::advance(30ms);
  channel_.server.turn([&] { call.scope().cancel(cancelled("not needed")); });
  channel_.poll();
  EXPECT_DOUBLE_EQ(of_target("grpc_client_call_duration_seconds_sum", "CANCELLED"), .03);
  EXPECT_DOUBLE_EQ(of_target("grpc_client_attempt_duration_seconds_sum", "CANCELLED"), .03);
}

TEST_F(ClientMetrics, CountMessagesAndTheirBytes) {
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_EQ(samples().at("grpc_client_messages_sent_total{method=\"/test.Text/Unary\"}"), 1);
  EXPECT_EQ(samples().at("grpc_client_messages_received_total{method=\"/test.Text/Unary\"}"), 1);
  EXPECT_EQ(of_target("grpc_client_attempt_sent_total_compressed_message_size_bytes_sum", "OK"),
            text("hello").ByteSizeLong());
  EXPECT_EQ(of_target("grpc_client_attempt_rcvd_total_compressed_message_size_bytes_sum", "OK"),
            text("echo hello").ByteSizeLong());
}

TEST_F(ClientMetrics, CountBytesAsTheyAreCompressed) {
  channel_.server.shared.interceptors.push_back(std::make_shared<MetricsInterceptor>(metrics_, &ManualClock::now));
  CallOptions options;
  options.compress = true;
  EXPECT_TRUE(channel_.unary_now(std::string(10'000, 'x'), options));
  for (const std::string way : {"sent", "rcvd"}) {
    const auto bytes = of_target("grpc_client_attempt_" + way + "_total_compressed_message_size_bytes_sum", "OK");
    EXPECT_GT(bytes, 0) << way;
    EXPECT_LT(bytes, 1000) << way;
  }
  const auto of_server = [this](const std::string& way) {
    return samples().at("grpc_server_call_" + way +
                        "_total_compressed_message_size_bytes_sum{grpc_method=\"test.Text/Unary\",grpc_status=\"OK\"}");
  };
  EXPECT_EQ(of_server("rcvd"), of_target("grpc_client_attempt_sent_total_compressed_message_size_bytes_sum", "OK"));
  EXPECT_EQ(of_server("sent"), of_target("grpc_client_attempt_rcvd_total_compressed_message_size_bytes_sum", "OK"));
}

TEST_F(ClientMetrics, HaveTheBucketsOfTheProposals) {
  EXPECT_TRUE(channel_.unary_now("hello"));
  const auto samples = this->samples();
  EXPECT_EQ(samples.bounds_of("grpc_client_request_duration_seconds"), kRequestBounds);
  EXPECT_EQ(samples.bounds_of("grpc_client_call_duration_seconds"), kLatencyBounds);
  EXPECT_EQ(samples.bounds_of("grpc_client_attempt_duration_seconds"), kLatencyBounds);
  EXPECT_EQ(samples.bounds_of("grpc_client_attempt_sent_total_compressed_message_size_bytes"), kSizeBounds);
  EXPECT_EQ(samples.bounds_of("grpc_client_attempt_rcvd_total_compressed_message_size_bytes"), kSizeBounds);
}

TEST_F(ClientMetrics, HaveTheBucketsOfTheProposalForRetries) {
  enable_retries();
  failures_ = 1;
  auto call = channel_.unary("hello");
  channel_.poll();
  advance(1200ms);
  ASSERT_TRUE(call.done());
  const auto samples = this->samples();
  EXPECT_EQ(samples.bounds_of("grpc_client_call_retries"), "1 2 3 4 5 +Inf ");
  EXPECT_EQ(samples.bounds_of("grpc_client_call_retry_delay_seconds"), kLatencyBounds);
}

TEST_F(ClientMetrics, CountThePauseInWhichACallHasEnded) {
  enable_retries();
  failures_ = 2;
  auto call = channel_.unary("hello");
  channel_.poll();
  advance(1200ms);
  advance(500ms);
  channel_.server.turn([&] { call.scope().cancel(cancelled("not needed")); });
  channel_.poll();
  ASSERT_TRUE(call.done());
  EXPECT_DOUBLE_EQ(of_target("grpc_client_call_retry_delay_seconds_sum"), 1.7);
}

TEST_F(ClientMetrics, CountMessagesOfAStreamWhileItLives) {
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional);
  channel_.server.turn([&] {
    call->put_message(text("one"));
    call->put_message(text("two"));
  });
  channel_.poll();
  EXPECT_EQ(samples().at("grpc_client_messages_sent_total{method=\"/test.Text/Bidirectional\"}"), 2);
  channel_.server.turn([&] { call.reset(); });
}

TEST_F(ClientMetrics, CountRetriesAndTheTimeBetweenThem) {
  enable_retries();
  failures_ = 2;
  auto call = channel_.unary("hello");
  channel_.poll();
  advance(1200ms);
  advance(2400ms);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_EQ(requests("OK"), 1);
  EXPECT_EQ(requests("UNAVAILABLE"), -1) << "a call counts once, whatever its attempts";
  EXPECT_EQ(of_target("grpc_client_attempt_started_total"), 3);
  EXPECT_EQ(of_target("grpc_client_attempt_duration_seconds_count", "UNAVAILABLE"), 2);
  EXPECT_EQ(of_target("grpc_client_attempt_duration_seconds_count", "OK"), 1);
  EXPECT_EQ(of_target("grpc_client_call_retries_count"), 1);
  EXPECT_EQ(of_target("grpc_client_call_retries_sum"), 2);
  EXPECT_DOUBLE_EQ(of_target("grpc_client_call_retry_delay_seconds_sum"), 3.6);
  EXPECT_EQ(of_target("grpc_client_call_hedges_count"), 0);
}

TEST_F(ClientMetrics, SayNothingOfRetriesThatWereNot) {
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_EQ(of_target("grpc_client_call_retries_count"), -1);
  EXPECT_EQ(of_target("grpc_client_call_hedges_count"), -1);
}

TEST(ClientMetricsOfRetries, KnowWhatTheServerHasNeverSeen) {
  const auto metrics = make_metrics();
  ScriptedChannel channel;
  channel.shared->add_interceptor(std::make_shared<MetricsInterceptor>(metrics, &ManualClock::now));
  channel.scripted->answer = [&](const ScriptedRequest& request) {
    constexpr std::uint32_t kRefusedStream = 7;
    return channel.scripted->requests.size() == 1 ? rst_stream(request.stream, kRefusedStream) : answer_well(request);
  };
  EXPECT_TRUE(channel.unary_now("hello"));
  const MetricsSamples samples(metrics->text());
  const std::string labels = "{grpc_method=\"test.Text/Unary\",grpc_target=\"test:///target\"}";
  EXPECT_EQ(samples.at("grpc_client_attempt_started_total" + labels), 2);
  EXPECT_EQ(samples.at("grpc_client_call_transparent_retries_sum" + labels), 1);
  EXPECT_EQ(samples.at("grpc_client_call_retries_count" + labels), 0);
}

TEST_F(ClientMetrics, CountHedges) {
  channel_.shared->config = client::ServiceConfig::parse(kHedged).value();
  auto call = channel_.unary("hang");
  channel_.poll();
  advance(101ms);
  advance(101ms);
  channel_.server.turn([&] { call.scope().cancel(cancelled("not needed")); });
  channel_.poll();
  EXPECT_EQ(of_target("grpc_client_attempt_started_total"), 3);
  EXPECT_EQ(of_target("grpc_client_attempt_duration_seconds_count", "CANCELLED"), 3);
  EXPECT_EQ(of_target("grpc_client_call_hedges_sum"), 2);
  EXPECT_EQ(of_target("grpc_client_call_retries_count"), 0);
}

TEST_F(ClientMetrics, CallOtherWhatIsNoMethodOfAService) {
  static constexpr Method kGeneric{"/any.Thing/Unary", CallKind::kUnary, false};
  auto call = [&] {
    Worker::Turn turn(channel_.server.loop.worker());
    return channel_.channel().start_call(kGeneric, {});
  }();
  channel_.server.turn([&] { call->put_last_message(text("x")); });
  channel_.poll();
  channel_.server.turn([&] { call.reset(); });
  EXPECT_EQ(samples().at("grpc_client_requests_total{method=\"other\",status=\"UNIMPLEMENTED\"}"), 1);
}

TEST_F(ClientMetrics, ShowTargetsInPrintableText) {
  channel_.shared->target.text = "unix:/tmp/\xff\n\"x";
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_EQ(samples().at("grpc_client_attempt_started_total{grpc_method=\"test.Text/Unary\","
                         "grpc_target=\"unix:/tmp/??\\\"x\"}"),
            1);
}

}  // namespace
}  // namespace plinth::test
