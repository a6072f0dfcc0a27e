#include <gmock/gmock.h>

#include <chrono>

#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Task<Result<Text>> echo(ServerContext&, const Text& request) { co_return text("echo " + request.value()); }

TEST(UnaryCall, GivesTheResponse) {
  TestChannel channel;
  channel.server.servicer->unary = echo;
  const auto response = channel.unary_now("hello");
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->value(), "echo hello");
}

TEST(UnaryCall, GivesTheStatusOfTheServer) {
  TestChannel channel;
  channel.server.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
    co_return not_found("no {}", request.value());
  };
  EXPECT_EQ(channel.unary_now("hat").error(), not_found("no hat"));
}

TEST(UnaryCall, ManyShareOneConnection) {
  TestChannel channel;
  channel.server.servicer->unary = echo;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(channel.unary_now("again"));
  EXPECT_EQ(channel.network->at(TestChannel::kAddress).connections, 1);
}

TEST(UnaryCall, LeavesTheMetadataOfTheResponse) {
  TestChannel channel;
  channel.server.servicer->unary = [](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    context.initial_metadata().add("first", "1");
    context.trailing_metadata().add("last-bin", std::string("\0\1", 2));
    if (request.value() == "bad") co_return not_found("no");
    co_return request;
  };
  for (const auto* request : {"good", "bad"}) {
    SCOPED_TRACE(request);
    ResponseMetadata metadata;
    CallOptions options;
    options.response_metadata = &metadata;
    const auto response = channel.unary_now(request, options);
    EXPECT_EQ(response.has_value(), std::string_view(request) == "good");
    EXPECT_EQ(metadata.initial.get("first"), "1");
    EXPECT_EQ(metadata.trailing.get("last-bin"), std::string_view("\0\1", 2));
  }
}

TEST(UnaryCall, EndsWithItsDeadline) {
  TestChannel channel;
  channel.server.servicer->unary = [](ServerContext&, const Text&) -> Task<Result<Text>> {
    auto long_time = sleep_for(1h);
    co_await std::move(long_time);
    co_return text("late");
  };
  CallOptions options;
  options.timeout = 100ms;
  auto call = channel.unary("hello", options);
  channel.poll();
  EXPECT_FALSE(call.done());
  channel.advance(101ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error().code(), StatusCode::kDeadlineExceeded);
}

TEST(UnaryCall, FailsAtOnceWhenNobodyListens) {
  TestChannel channel;
  channel.network->at(TestChannel::kAddress).refuses = true;
  const auto response = channel.unary_now("hello");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), StatusCode::kUnavailable);
  EXPECT_THAT(response.error().message(), HasSubstr("Connection refused"));
}

TEST(UnaryCall, WaitsForReadyWhenToldTo) {
  TestChannel channel;
  channel.server.servicer->unary = echo;
  channel.network->at(TestChannel::kAddress).refuses = true;
  CallOptions options;
  options.wait_for_ready = true;
  auto call = channel.unary("hello", options);
  channel.poll();
  EXPECT_FALSE(call.done());
  channel.network->at(TestChannel::kAddress).refuses = false;
  channel.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
}

TEST(UnaryCall, IsCancelledOnTheServerWhenItIsDropped) {
  TestChannel channel;
  Visits visits;
  channel.server.servicer->unary = [&](ServerContext&, const Text&) -> Task<Result<Text>> {
    Visit visit(visits);
    auto long_time = sleep_for(1h);
    co_await std::move(long_time);
    co_return text("late");
  };
  {
    static constexpr Method kMethod{kUnary, CallKind::kUnary};
    ClientCallPtr call;
    channel.server.turn([&] { call = detail::start_with(channel.channel(), kMethod, text("x"), {}); });
    channel.poll();
    EXPECT_EQ(visits.inside(), 1);
    channel.server.turn([&] { call.reset(); });
  }
  channel.poll();
  EXPECT_EQ(visits.inside(), 0);
  EXPECT_EQ(visits.entered, 1);
}

}  // namespace
}  // namespace plinth::test
