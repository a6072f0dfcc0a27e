// Calls of each kind, ended in each way, with the default chain around them: what their clients get, and what the log,
// the metrics and the spans of both sides tell of them, each of it once.

#include "call_matrix.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <vector>

#include "support/test_client.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using telemetry::SpanRecord;
using ::testing::Combine;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ValuesIn;

constexpr Method kMethods[] = {{kUnary, CallKind::kUnary},
                               {kServerStreaming, CallKind::kServerStreaming},
                               {kClientStreaming, CallKind::kClientStreaming},
                               {kBidirectional, CallKind::kBidirectional}};

constexpr const char* kGone = "the client has cancelled the call, or its connection is lost";

void expect_span(const SpanRecord& span, const std::string& name, SpanKind kind, StatusCode code) {
  EXPECT_EQ(span.name, name);
  EXPECT_EQ(span.kind, kind);
  EXPECT_EQ(attribute_of(span, "rpc.grpc.status_code"), std::to_string(static_cast<int>(code))) << name;
}

/// What one side knows of the end of a call.
struct Known {
  StatusCode code;
  /// In its line of log; on the client in the status, too.
  const char* error;
};

struct Ending {
  const char* name;
  const char* order;
  Known client;
  Known server;
  /// What the handler has thrown for the log to tell; null: nothing.
  const char* thrown = nullptr;
  /// What happens while the handler hangs.
  void (*meanwhile)(TestChannel& channel, ClientCall& call) = nullptr;
};
void PrintTo(const Ending& ending, std::ostream* out) { *out << ending.name; }

const Ending kEndings[] = {
    {"Ok", "nothing more", {StatusCode::kOk, ""}, {StatusCode::kOk, ""}},
    {"ExplicitStatus",
     "status",
     {StatusCode::kFailedPrecondition, "not in this state"},
     {StatusCode::kFailedPrecondition, "not in this state"}},
    {"Abort", "abort", {StatusCode::kAborted, "told so"}, {StatusCode::kAborted, "told so"}},
    {"DomainError",
     "throw an error of the domain",
     {StatusCode::kNotFound, "Resource not found"},
     {StatusCode::kNotFound, "plinth::NotFoundError: Resource 7 not found"},
     "plinth::NotFoundError"},
    {"UnknownException",
     "throw an int",
     {StatusCode::kInternal, "Internal server error"},
     {StatusCode::kInternal, "int: not a std::exception"},
     "int"},
    {"Cancel",
     "hang",
     {StatusCode::kCancelled, "the caller has cancelled the call"},
     {StatusCode::kCancelled, kGone},
     nullptr,
     [](TestChannel& channel, ClientCall& call) { channel.server.turn([&] { call.cancel(); }); }},
    {"Deadline",
     "hang",
     {StatusCode::kDeadlineExceeded, "Deadline exceeded: inproc:inproc:a has not answered in time"},
     {StatusCode::kDeadlineExceeded, "Deadline exceeded"},
     nullptr,
     [](TestChannel& channel, ClientCall&) { channel.advance(5s); }},
    {"LostConnection",
     "hang",
     {StatusCode::kUnavailable, "the connection to inproc:inproc:a is lost: the server has closed it"},
     {StatusCode::kCancelled, kGone},
     nullptr,
     [](TestChannel& channel, ClientCall&) {
       channel.server.turn([&] { channel.network->at(TestChannel::kAddress).pool.close(); });
     }},
};

/// A line of log without what is different each time: "grpc_request_completed /test.Text/Unary unary matrix-1 OK".
std::string told(const json& line) {
  std::string text;
  for (const auto* key :
       {"event", "method", "kind", "correlation_id", "user_id", "error_type", "status", "message", "error"}) {
    if (line.contains(key)) text += (text.empty() ? "" : " ") + line[key].get<std::string>();
  }
  return text;
}

class CallMatrixChecks : public CallMatrix {
 protected:
  void expect_client(const Method& method, const Known& end) {
    EXPECT_THAT(lines(true),
                ElementsAre(begin_line("grpc_client_request", method), end_line("grpc_client_request", method, end)));
    const auto samples = this->samples();
    expect_requests(samples, "grpc_client", method, end.code);
    expect_of_target(samples, "grpc_client_call_duration_seconds_count", method, end.code);
    expect_of_target(samples, "grpc_client_attempt_duration_seconds_count", method, end.code);
    EXPECT_EQ(samples.at(fmt::format(R"(grpc_client_attempt_started_total{{grpc_method="{}",grpc_target="{}"}})",
                                     method.path.substr(1), kTarget)),
              1);
  }

  void expect_server(const Method& method, const Known& end, const char* thrown = nullptr) {
    std::vector<std::string> expected = {begin_line("grpc_request", method),
                                         fmt::format("grpc_auth_success {} alice", method.path),
                                         end_line("grpc_request", method, end)};
    if (thrown) expected.push_back(truth_line(method, end, thrown));
    EXPECT_EQ(lines(false), expected);
    EXPECT_THAT(channel_.server.log->take(), IsEmpty()) << "nobody else tells of it again";
    const auto samples = this->samples();
    expect_requests(samples, "grpc_server", method, end.code);
    const auto name = method.path.substr(1);
    EXPECT_EQ(samples.at(fmt::format(R"(grpc_server_call_started_total{{grpc_method="{}"}})", name)), 1);
    EXPECT_EQ(samples.at(fmt::format(R"(grpc_server_call_duration_seconds_count{{grpc_method="{}",grpc_status="{}"}})",
                                     name, to_string(end.code))),
              1);
  }

  void expect_in_progress(const std::string& side, const Method& method, int count) const {
    EXPECT_EQ(samples().at(fmt::format(R"({}_requests_in_progress{{method="{}"}})", side, method.path)), count) << side;
  }

  /// What the log tells of one side, in its order.
  std::vector<std::string> lines(bool of_client) const {
    std::vector<std::string> lines;
    for (const auto& line : log_->all()) lines.push_back(told(line));
    std::erase_if(lines, [&](const std::string& line) { return line.starts_with("grpc_client_") != of_client; });
    return lines;
  }

 private:
  static constexpr std::string_view kTarget = "test:///target";

  static std::string begin_line(std::string_view request, const Method& method) {
    return fmt::format("{}_started {} {} {}", request, method.path, to_string(method.kind), kId);
  }
  static std::string end_line(std::string_view request, const Method& method, const Known& end) {
    const auto call = fmt::format("{} {} {}", method.path, to_string(method.kind), kId);
    if (end.code == StatusCode::kOk) return fmt::format("{}_completed {} OK", request, call);
    return fmt::format("{}_failed {} {} {}", request, call, to_string(end.code), end.error);
  }
  static std::string truth_line(const Method& method, const Known& end, std::string_view type) {
    const auto text = std::string_view(end.error).substr(type.size() + 2);
    return fmt::format("grpc_error {} {} {} {}", method.path, type, to_string(end.code), text);
  }

  static void expect_requests(const MetricsSamples& samples, const std::string& side, const Method& method,
                              StatusCode code) {
    EXPECT_EQ(samples.count(side + "_requests_total"), 1u) << "a call has one status";
    EXPECT_EQ(
        samples.at(fmt::format(R"({}_requests_total{{method="{}",status="{}"}})", side, method.path, to_string(code))),
        1);
    EXPECT_EQ(samples.at(fmt::format(R"({}_request_duration_seconds_count{{method="{}"}})", side, method.path)), 1);
    EXPECT_EQ(samples.at(fmt::format(R"({}_requests_in_progress{{method="{}"}})", side, method.path)), 0);
  }

  static void expect_of_target(const MetricsSamples& samples, const std::string& name, const Method& method,
                               StatusCode code) {
    EXPECT_EQ(samples.count(name), 1u) << name;
    EXPECT_EQ(samples.at(fmt::format(R"({}{{grpc_method="{}",grpc_status="{}",grpc_target="{}"}})", name,
                                     method.path.substr(1), to_string(code), kTarget)),
              1);
  }
};

class CallMatrixCell : public CallMatrixChecks, public ::testing::WithParamInterface<std::tuple<Method, Ending>> {
 protected:
  /// Gives the handler its order and sees to the end of the call: its status.
  Status play() {
    const auto& [method, ending] = GetParam();
    auto call = start(method);
    const auto order = text(ending.order);
    Started<Status> giving(channel_.server.loop.worker(), give(*call, method.server_streams(), order));
    channel_.poll();
    EXPECT_EQ(giving.done(), ending.meanwhile == nullptr);
    for (const auto* side : {"grpc_server", "grpc_client"}) expect_in_progress(side, method, handlers_.inside());
    if (ending.meanwhile) ending.meanwhile(channel_, *call);
    channel_.poll();
    EXPECT_TRUE(giving.done()) << "it must have ended";
    const auto status = giving.done() ? giving.take() : unknown("it has not ended");
    channel_.server.turn([&] { call.reset(); });
    return status;
  }

  void expect_spans() {
    const auto& [method, ending] = GetParam();
    const std::string name(method.path.substr(1));
    auto spans = spans_->take();
    ASSERT_THAT(spans, SizeIs(3)) << "each ends once";
    std::ranges::sort(spans, {}, [](const KeptSpan& span) { return span->kind; });
    const auto &attempt = *spans[0], &served = *spans[1], &whole = *spans[2];
    expect_span(whole, name, SpanKind::kClient, ending.client.code);
    expect_span(attempt, "Attempt." + name, SpanKind::kInternal, ending.client.code);
    expect_span(served, name, SpanKind::kServer, ending.server.code);
    EXPECT_EQ(whole.parent_id, SpanContext().span_id) << "it begins the trace";
    EXPECT_EQ(attempt.parent_id, whole.context.span_id);
    EXPECT_EQ(served.parent_id, attempt.context.span_id);
    for (const auto& span : spans) EXPECT_EQ(span->context.trace_id, whole.context.trace_id);
    EXPECT_EQ(whole.failed, ending.client.code != StatusCode::kOk);
  }
};

TEST_P(CallMatrixCell, IsToldOnceAndInTheSameWayByAll) {
  const auto& [method, ending] = GetParam();
  const auto status = play();
  EXPECT_EQ(status.code(), ending.client.code) << status.to_string();
  EXPECT_EQ(status.message(), ending.client.error);
  EXPECT_EQ(handlers_.left, 1) << "the handler has ended, once";
  EXPECT_EQ(id_in_handler_, kId);
  expect_client(method, ending.client);
  expect_server(method, ending.server, ending.thrown);
  expect_spans();
}

INSTANTIATE_TEST_SUITE_P(All, CallMatrixCell, Combine(ValuesIn(kMethods), ValuesIn(kEndings)), [](const auto& info) {
  return std::string(std::get<0>(info.param).name()) + std::get<1>(info.param).name;
});

class CallMatrixEdge : public CallMatrixChecks, public ::testing::WithParamInterface<Method> {};

TEST_P(CallMatrixEdge, ToldByTheServerWhenItIsCancelledBeforeItsHandlerBegins) {
  const auto& method = GetParam();
  TestClient client(channel_.server);
  client.send(headers(1, grpc_fields(method.path, metadata())) + rst_stream(1, 8));
  EXPECT_EQ(handlers_.entered, 0);
  expect_server(method, {StatusCode::kCancelled, kGone});
  const auto spans = spans_->take();
  ASSERT_THAT(spans, SizeIs(1));
  expect_span(*spans[0], std::string(method.path.substr(1)), SpanKind::kServer, StatusCode::kCancelled);
}

TEST_P(CallMatrixEdge, ToldByTheClientWhenItIsCancelledBeforeThereIsAConnection) {
  const auto& method = GetParam();
  channel_.network->at(TestChannel::kAddress).hangs = true;
  auto call = start(method);
  channel_.poll();
  expect_in_progress("grpc_client", method, 1);
  channel_.server.turn([&] { call.reset(); });
  channel_.poll();
  expect_client(method, {StatusCode::kCancelled, "the caller has dropped the call"});
  EXPECT_THAT(lines(false), IsEmpty());
  const auto spans = spans_->take();
  ASSERT_THAT(spans, SizeIs(2)) << "the attempt, and the call";
  for (const auto& span : spans) EXPECT_EQ(attribute_of(*span, "rpc.grpc.status_code"), "1") << span->name;
}

INSTANTIATE_TEST_SUITE_P(All, CallMatrixEdge, ValuesIn(kMethods),
                         [](const auto& info) { return std::string(info.param.name()); });

}  // namespace
}  // namespace plinth::test
