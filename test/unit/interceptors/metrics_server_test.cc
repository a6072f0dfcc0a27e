// What is counted of the calls of a server.

#include <gmock/gmock.h>

#include <functional>
#include <stdexcept>

#include "metrics_samples.h"
#include "plinth/async.h"
#include "plinth/metrics_interceptor.h"
#include "support/manual_clock.h"
#include "support/test_client.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kKinds[] = {kUnary, kServerStreaming, kClientStreaming, kBidirectional};

/// A server whose handlers do what the request says, and end with what that gives.
class ServerMetrics : public ::testing::Test {
 protected:
  ServerMetrics() {
    server_.shared.interceptors.push_back(std::make_shared<MetricsInterceptor>(metrics_, &ManualClock::now));
    auto& servicer = *server_.servicer;
    servicer.unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
      auto done = act(request.value());
      auto status = co_await std::move(done);
      if (!status.ok()) co_return status;
      co_return text("answer");
    };
    servicer.server_streaming = [](ServerContext&, const Text& request) -> Generator<Text> {
      auto answer = text("answer");
      co_yield answer;
      co_yield answer;
      auto done = act(request.value());
      auto status = co_await std::move(done);
      if (!status.ok()) co_yield status;
    };
    servicer.client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      Status status;
      while (auto request = co_await requests.next()) {
        auto done = act(request->value());
        status = co_await std::move(done);
      }
      if (!status.ok()) co_return status;
      co_return text("answer");
    };
    servicer.bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      Status status;
      while (auto request = co_await requests.next()) {
        co_await responses.write(*request);
        auto done = act(request->value());
        status = co_await std::move(done);
      }
      co_return status;
    };
  }

  static Task<Status> act(std::string request) {
    if (request == "error") co_return not_found("no such thing");
    if (request == "abort") throw StatusError(aborted("thrown"));
    if (request == "throw") throw std::runtime_error("secret");
    if (request == "hang") {
      auto nap = sleep_for(1h);
      co_await std::move(nap);
    }
    co_return Status();
  }

  MetricsSamples samples() const { return MetricsSamples(metrics_->text()); }

  std::shared_ptr<Metrics> metrics_ = make_metrics();
  TestServer server_;
  TestClient client_{server_};
};

TEST_F(ServerMetrics, CountEveryKindOfCallHoweverItEnds) {
  const auto with = [](std::string request) {
    return [request](TestServer&, TestClient& client, std::string_view path) { client.call(path, request); };
  };
  struct Ending {
    std::string status;
    std::function<void(TestServer&, TestClient&, std::string_view)> make;
  };
  const Ending endings[] = {
      {"OK", with("fine")},
      {"NOT_FOUND", with("error")},
      {"ABORTED", with("abort")},
      {"INTERNAL", with("throw")},
      {"DEADLINE_EXCEEDED",
       [](TestServer& server, TestClient& client, std::string_view path) {
         client.message(client.open(path, {{"grpc-timeout", "1S"}}), "hang", kEndStream);
         server.advance(1s);
       }},
      {"CANCELLED",
       [](TestServer&, TestClient& client, std::string_view path) {
         const auto id = client.open(path);
         client.message(id, "hang", kEndStream);
         client.reset(id);
       }},
      {"CANCELLED",
       [](TestServer& server, TestClient&, std::string_view path) {
         TestClient lost(server);
         lost.message(lost.open(path), "hang", kEndStream);
         lost.wire().close();
       }},
  };
  for (const auto kind : kKinds) {
    const std::string path(kind);
    std::map<std::string, int> expected;
    for (const auto& [status, make] : endings) {
      make(server_, client_, path);
      ++expected[status];
    }
    const auto samples = this->samples();
    for (const auto& [status, count] : expected) {
      SCOPED_TRACE(path + " that ends with " + status);
      const auto labels = fmt::format("{{grpc_method=\"{}\",grpc_status=\"{}\"}}", path.substr(1), status);
      EXPECT_EQ(samples.at(fmt::format("grpc_server_requests_total{{method=\"{}\",status=\"{}\"}}", path, status)),
                count);
      EXPECT_EQ(samples.at("grpc_server_call_duration_seconds_count" + labels), count);
      EXPECT_EQ(samples.at("grpc_server_call_sent_total_compressed_message_size_bytes_count" + labels), count);
      EXPECT_EQ(samples.at("grpc_server_call_rcvd_total_compressed_message_size_bytes_count" + labels), count);
    }
    const auto method = fmt::format("{{method=\"{}\"}}", path);
    EXPECT_EQ(samples.at("grpc_server_request_duration_seconds_count" + method), 7);
    EXPECT_EQ(samples.at("grpc_server_requests_in_progress" + method), 0);
    EXPECT_EQ(samples.at(fmt::format("grpc_server_call_started_total{{grpc_method=\"{}\"}}", path.substr(1))), 7);
  }
}

TEST_F(ServerMetrics, CountCallsInProgress) {
  const auto id = client_.open(kBidirectional);
  client_.open(kBidirectional);
  EXPECT_EQ(samples().at("grpc_server_requests_in_progress{method=\"/test.Text/Bidirectional\"}"), 2);
  EXPECT_EQ(samples().at("grpc_server_call_started_total{grpc_method=\"test.Text/Bidirectional\"}"), 2);
  client_.end(id);
  EXPECT_EQ(samples().at("grpc_server_requests_in_progress{method=\"/test.Text/Bidirectional\"}"), 1);
}

TEST_F(ServerMetrics, TimeCalls) {
  const auto id = client_.open(kBidirectional);
  ManualClock::advance(30ms);
  client_.end(id);
  const auto samples = this->samples();
  EXPECT_DOUBLE_EQ(samples.at("grpc_server_request_duration_seconds_sum{method=\"/test.Text/Bidirectional\"}"), .03);
  const auto bucket = [&](const std::string& bound) {
    return samples.at("grpc_server_request_duration_seconds_bucket{method=\"/test.Text/Bidirectional\",le=\"" + bound +
                      "\"}");
  };
  EXPECT_EQ(bucket("0.025"), 0);
  EXPECT_EQ(bucket("0.05"), 1);
  const std::string labels = "{grpc_method=\"test.Text/Bidirectional\",grpc_status=\"OK\"";
  EXPECT_DOUBLE_EQ(samples.at("grpc_server_call_duration_seconds_sum" + labels + "}"), .03);
  EXPECT_EQ(samples.at("grpc_server_call_duration_seconds_bucket" + labels + ",le=\"0.025\"}"), 0);
  EXPECT_EQ(samples.at("grpc_server_call_duration_seconds_bucket" + labels + ",le=\"0.03\"}"), 1);
}

TEST_F(ServerMetrics, HaveTheBucketsThatDashboardsKnow) {
  client_.call(kUnary, "x");
  const auto samples = this->samples();
  EXPECT_EQ(samples.bounds_of("grpc_server_request_duration_seconds"), kRequestBounds);
  EXPECT_EQ(samples.bounds_of("grpc_server_call_duration_seconds"), kLatencyBounds);
  EXPECT_EQ(samples.bounds_of("grpc_server_call_sent_total_compressed_message_size_bytes"), kSizeBounds);
  EXPECT_EQ(samples.bounds_of("grpc_server_call_rcvd_total_compressed_message_size_bytes"), kSizeBounds);
}

TEST_F(ServerMetrics, CountMessagesAndTheirBytes) {
  client_.call(kUnary, "fine");
  client_.call(kServerStreaming, "fine");
  const auto samples = this->samples();
  EXPECT_EQ(samples.at("grpc_server_messages_received_total{method=\"/test.Text/Unary\"}"), 1);
  EXPECT_EQ(samples.at("grpc_server_messages_sent_total{method=\"/test.Text/Unary\"}"), 1);
  EXPECT_EQ(samples.at("grpc_server_messages_received_total{method=\"/test.Text/ServerStreaming\"}"), 1);
  EXPECT_EQ(samples.at("grpc_server_messages_sent_total{method=\"/test.Text/ServerStreaming\"}"), 2);
  const auto bytes = [&](const std::string& direction, const std::string& method) {
    return samples.at("grpc_server_call_" + direction + "_total_compressed_message_size_bytes_sum{grpc_method=\"" +
                      method + "\",grpc_status=\"OK\"}");
  };
  EXPECT_EQ(bytes("rcvd", "test.Text/Unary"), text("fine").ByteSizeLong());
  EXPECT_EQ(bytes("sent", "test.Text/Unary"), text("answer").ByteSizeLong());
  EXPECT_EQ(bytes("sent", "test.Text/ServerStreaming"), 2 * text("answer").ByteSizeLong());
}

TEST_F(ServerMetrics, CountMessagesOfAStreamWhileItLives) {
  const auto id = client_.open(kBidirectional);
  client_.message(id, "one");
  client_.message(id, "two");
  EXPECT_EQ(samples().at("grpc_server_messages_received_total{method=\"/test.Text/Bidirectional\"}"), 2);
  EXPECT_EQ(samples().at("grpc_server_messages_sent_total{method=\"/test.Text/Bidirectional\"}"), 2);
}

TEST_F(ServerMetrics, CallUnknownMethodsOther) {
  for (int i = 0; i < 50; ++i) client_.call(fmt::format("/no.Such{}/Method", i), "x");
  EXPECT_EQ(samples().at("grpc_server_requests_total{method=\"other\",status=\"UNIMPLEMENTED\"}"), 50);
  EXPECT_EQ(samples().at("grpc_server_call_started_total{grpc_method=\"other\"}"), 50);
  EXPECT_EQ(samples().count("grpc_server_call_started_total"), 1u);
  EXPECT_THAT(metrics_->text(), Not(HasSubstr("no.Such")));
}

}  // namespace
}  // namespace plinth::test
