#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "logged_calls.h"
#include "support/log_file.h"
#include "telemetry/line_logger.h"

namespace plinth::test {
namespace {

using testing::always;
using ::testing::ElementsAre;
using testing::InProcessServer;
using ::testing::IsEmpty;

class LoggingWithOptions : public LoggedCalls {};

TEST_F(LoggingWithOptions, SamplesMethodsThatAreCalledTooOften) {
  log_server({.one_of = {{kGet, 10}}});
  for (int i = 0; i < 100; ++i) call();
  EXPECT_EQ(events->all("grpc_request_completed").size(), 10u);
  EXPECT_EQ(events->all("grpc_request_started").size(), 10u);
}

TEST_F(LoggingWithOptions, TellsEveryFailureOfASampledMethod) {
  fake->on_GetResource = always(not_found("no hat"));
  log_server({.one_of = {{kGet, 0}}});
  for (int i = 0; i < 20; ++i) call();
  EXPECT_EQ(events->all("grpc_request_failed").size(), 20u);
  EXPECT_TRUE(trailing.contains("x-correlation-id")) << "ids are not sampled";
}

TEST_F(LoggingWithOptions, SaysNothingBelowTheLoggersLevel) {
  log_server();
  events->set_level(LogLevel::kInfo);
  call();
  EXPECT_THAT(events->names(), ElementsAre("grpc_request_completed"));
  events->clear();
  events->set_level(LogLevel::kWarning);
  call();
  EXPECT_THAT(events->names(), IsEmpty());
}

TEST_F(LoggingWithOptions, TellsTheBeginningAtTheLevelThatIsAskedFor) {
  log_server({.started = LogLevel::kInfo});
  call();
  EXPECT_EQ(events->only("grpc_request_started")["level"], "info");
}

TEST_F(LoggingWithOptions, KeepsBodiesToItself) {
  fake->on_GetResource = always(named("a secret"));
  log_server();
  log_client();
  call();
  for (const auto& e : events->all()) EXPECT_EQ(e.dump().find("secret"), std::string::npos) << e;
}

TEST_F(LoggingWithOptions, ShowsBodiesOnRequestWithFieldsHidden) {
  Resource answer = named("hat");
  answer.set_id("7");
  fake->on_GetResource = always(answer);
  log_server({.log_bodies = true, .redact = {"name"}});
  call(with_id("abc-123"));
  const auto messages = events->all("grpc_request_message");
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0]["direction"], "received");
  EXPECT_EQ(messages[0]["body"], "{}");
  EXPECT_EQ(messages[1]["direction"], "sent");
  EXPECT_EQ(messages[1]["body"], R"({"id":"7","name":"[redacted]"})");
  EXPECT_EQ(messages[1]["method"], kGet);
  EXPECT_EQ(messages[1]["correlation_id"], "abc-123");
  EXPECT_EQ(messages[1]["bytes"], answer.ByteSizeLong());
}

TEST_F(LoggingWithOptions, ShowsBodiesOfBothDirectionsOnTheClient) {
  log_client({.log_bodies = true});
  call();
  const auto messages = events->all("grpc_client_request_message");
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0]["direction"], "sent");
  EXPECT_EQ(messages[1]["direction"], "received");
  EXPECT_EQ(messages[1]["body"], R"({"name":"hat"})");
}

TEST_F(LoggingWithOptions, ShowsOfALargeMessageItsSizeAlone) {
  const auto large = named(std::string(5000, 'x'));
  fake->on_GetResource = always(large);
  log_server({.log_bodies = true});
  call();
  const auto message = events->all("grpc_request_message").at(1);
  EXPECT_EQ(message["bytes"], large.ByteSizeLong());
  EXPECT_FALSE(message.contains("body"));
}

/// All that a peer may choose, as hostile as HTTP/2 lets it through.
TEST(LoggingForgery, IsImpossibleByAnythingThatAPeerSends) {
  const test::LogFile file;
  const auto writer = std::make_shared<telemetry::LineWriter>(file.fd());
  const auto logger = std::make_shared<telemetry::LineLogger>(writer, telemetry::LineLoggerOptions{});
  const std::string evil = "x\"}\n{\"level\":\"info\",\"event\":\"forged\"}\r\n\x1b[2J\xff";
  Resource resource = named(evil.substr(0, evil.size() - 1));
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = [&](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    co_return not_found("no {}", evil);
  };
  fake->on_ListResources = [&](ServerContext&, const ListResourcesRequest&) -> Generator<Resource> {
    co_yield resource;
  };
  testing::ManualLoop loop;
  InProcessServer server(loop);
  server.add_servicer(fake);
  server.add_interceptor(LoggingInterceptor(logger, {.started = LogLevel::kInfo, .log_bodies = true}));
  const auto stub = server.stub<MyService::Stub>();
  EXPECT_FALSE(loop.run([&] { return get(stub, with_id(R"("},{"event":"forged)")); }).ok());
  EXPECT_TRUE(loop.run([&] { return list(stub); }).ok());
  writer->flush();

  const auto lines = test::lines_of(file.text());
  std::vector<std::string> names;
  for (const auto& line : lines) {
    ASSERT_TRUE(json::accept(line)) << line;
    names.push_back(json::parse(line)["event"]);
  }
  EXPECT_THAT(names,
              ElementsAre("grpc_request_started", "grpc_request_message", "grpc_request_failed", "grpc_request_started",
                          "grpc_request_message", "grpc_request_message", "grpc_request_completed"));
}

}  // namespace
}  // namespace plinth::test
