#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "logged_calls.h"
#include "plinth/async.h"

namespace plinth::test {
namespace {

using testing::always;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::InProcessOptions;
using testing::InProcessServer;
using ::testing::IsEmpty;

class Logging : public LoggedCalls {};

TEST_F(Logging, TellsTheBeginningAndTheEndOfACall) {
  log_server();
  call(with_id("abc-123"));
  EXPECT_EQ(status, Status());
  EXPECT_THAT(events->names(), ElementsAre("grpc_request_started", "grpc_request_completed"));

  const auto started = events->only("grpc_request_started");
  EXPECT_EQ(started["level"], "debug");
  EXPECT_EQ(started["method"], kGet);
  EXPECT_EQ(started["kind"], "unary");
  EXPECT_EQ(started["correlation_id"], "abc-123");
  EXPECT_THAT(started["peer"].get<std::string>(), HasSubstr("inproc:"));

  const auto completed = events->only("grpc_request_completed");
  EXPECT_EQ(completed["level"], "info");
  EXPECT_EQ(completed["method"], kGet);
  EXPECT_EQ(completed["kind"], "unary");
  EXPECT_EQ(completed["correlation_id"], "abc-123");
  EXPECT_EQ(completed["status"], "OK");
  EXPECT_EQ(completed["peer"], started["peer"]);
  EXPECT_FALSE(completed.contains("error"));
}

TEST_F(Logging, TellsAllFourKindsOnBothSides) {
  log_server();
  log_client();
  const auto stub = server.stub<MyService::Stub>();
  EXPECT_TRUE(loop.run([&] { return get(stub, {}); }).ok());
  EXPECT_TRUE(loop.run([&] { return list(stub); }).ok());
  EXPECT_TRUE(loop.run([&] { return create(stub); }).ok());
  EXPECT_TRUE(loop.run([&] { return sync(stub); }).ok());
  for (const auto* event : {"grpc_request_completed", "grpc_client_request_completed"}) {
    std::vector<std::string> kinds;
    for (const auto& e : events->all(event)) kinds.push_back(e["kind"]);
    EXPECT_THAT(kinds, ElementsAre("unary", "server_streaming", "client_streaming", "bidirectional")) << event;
  }
}

TEST_F(Logging, TellsTheDurationInMilliseconds) {
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    for (const auto began = Clock::now(); Clock::now() - began < std::chrono::milliseconds(3);) {
    }
    co_return Resource();
  };
  log_server();
  const auto began = Clock::now();
  call();
  const std::chrono::duration<double, std::milli> whole = Clock::now() - began;
  const auto duration = events->only("grpc_request_completed")["duration_ms"].get<double>();
  EXPECT_GE(duration, 3.0);
  EXPECT_LE(duration, whole.count());
}

TEST_F(Logging, TellsAFailureWithItsStatusAndError) {
  fake->on_GetResource = always(not_found("Resource 7 not found"));
  log_server();
  log_client();
  call();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(events->all("grpc_request_completed"), IsEmpty());
  for (const auto* event : {"grpc_request_failed", "grpc_client_request_failed"}) {
    const auto failed = events->only(event);
    EXPECT_EQ(failed["method"], kGet);
    EXPECT_EQ(failed["kind"], "unary");
    EXPECT_EQ(failed["status"], "NOT_FOUND");
    EXPECT_EQ(failed["error"], "Resource 7 not found");
    EXPECT_TRUE(failed.contains("correlation_id") && failed.contains("duration_ms") && failed.contains("peer"));
  }
}

TEST_F(Logging, HasTheLevelThatTheStatusDeserves) {
  log_server();
  const std::map<StatusCode, std::string> levels = {
      {StatusCode::kCancelled, "info"},          {StatusCode::kUnknown, "error"},
      {StatusCode::kInvalidArgument, "info"},    {StatusCode::kDeadlineExceeded, "warning"},
      {StatusCode::kNotFound, "info"},           {StatusCode::kAlreadyExists, "info"},
      {StatusCode::kPermissionDenied, "info"},   {StatusCode::kResourceExhausted, "warning"},
      {StatusCode::kFailedPrecondition, "info"}, {StatusCode::kAborted, "info"},
      {StatusCode::kOutOfRange, "info"},         {StatusCode::kUnimplemented, "info"},
      {StatusCode::kInternal, "error"},          {StatusCode::kUnavailable, "warning"},
      {StatusCode::kDataLoss, "error"},          {StatusCode::kUnauthenticated, "info"}};
  for (const auto& [code, level] : levels) {
    events->clear();
    fake->on_GetResource = always(Status(code, "no"));
    call();
    EXPECT_EQ(events->only("grpc_request_failed")["level"], level) << to_string(code);
  }
}

TEST_F(Logging, TellsTheTruthAboutAnException) {
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    throw std::runtime_error("no route to the \"database\"");
    co_return Resource();
  };
  log_server();
  call();
  EXPECT_EQ(status.message(), "Internal server error");
  const auto failed = events->only("grpc_request_failed");
  EXPECT_EQ(failed["status"], "INTERNAL");
  EXPECT_EQ(failed["error"], "std::runtime_error: no route to the \"database\"");
}

TEST_F(Logging, TellsACallThatIsCancelled) {
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    auto long_time = sleep_for(std::chrono::hours(1));
    co_await std::move(long_time);
    co_return Resource();
  };
  log_server();
  auto running = loop.start([&] { return get(server.stub<MyService::Stub>(), {}); });
  running.cancel();
  EXPECT_EQ(events->only("grpc_request_failed")["status"], "CANCELLED");
}

TEST_F(Logging, TellsACallThatIsTooLate) {
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    auto long_time = sleep_for(std::chrono::hours(1));
    co_await std::move(long_time);
    co_return Resource();
  };
  log_server();
  log_client();
  CallOptions options;
  options.timeout = std::chrono::seconds(2);
  auto running = loop.start([&] { return get(server.stub<MyService::Stub>(), options); });
  loop.advance(std::chrono::seconds(3));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(events->only("grpc_request_failed")["status"], "DEADLINE_EXCEEDED");
  EXPECT_EQ(events->only("grpc_client_request_failed")["status"], "DEADLINE_EXCEEDED");
}

TEST_F(Logging, UsesTheLoggerOfTheServerWithoutOneOfItsOwn) {
  {
    InProcessOptions options;
    options.logger = events;
    InProcessServer other(options);
    other.add_servicer(fake).add_interceptor(LoggingInterceptor());
    EXPECT_TRUE(sync_wait(other.stub<MyService::Stub>().GetResource({})));
  }
  EXPECT_EQ(events->only("grpc_request_completed")["method"], kGet);
}

}  // namespace
}  // namespace plinth::test
