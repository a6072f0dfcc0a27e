// What a caller says of one call: metadata, limits, compression; and what it gets back beside the messages.

#include <gmock/gmock.h>

#include <chrono>

#include "support/test_channel.h"
#include "wire/compression.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum StatusCode;

class CallOptionsTest : public testing::Test {
 protected:
  CallOptionsTest() {
    channel_.server.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
      co_return request;
    };
    channel_.server.servicer->bidirectional = [](ServerContext&, Reader<Text>& requests,
                                                 Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  ClientCallPtr talk(CallOptions options = {}) {
    return channel_.start(kBidirectional, CallKind::kBidirectional, std::move(options));
  }

  TestChannel channel_;
};

TEST_F(CallOptionsTest, MetadataGoesBothWays) {
  const std::string binary("\x00\xff\x01,", 4);
  channel_.server.servicer->unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    EXPECT_EQ(context.request_metadata().get("x-text"), "from the client");
    EXPECT_EQ(context.request_metadata().get("x-bytes-bin"), binary);
    context.initial_metadata().add("x-text", "head");
    context.initial_metadata().add("x-bytes-bin", binary);
    context.trailing_metadata().add("x-text", "trailers");
    context.trailing_metadata().add("x-bytes-bin", binary + binary);
    co_return request;
  };
  auto call = channel_.start(kUnary, CallKind::kUnary, [&] {
    CallOptions options;
    options.metadata.add("x-text", "from the client");
    options.metadata.add("x-bytes-bin", binary);
    return options;
  }());
  channel_.server.turn([&] { call->put_last_message(text("hello")); });
  channel_.poll();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), Status());
  EXPECT_EQ(call->initial_metadata().get("x-text"), "head");
  EXPECT_EQ(call->initial_metadata().get("x-bytes-bin"), binary);
  EXPECT_EQ(call->trailing_metadata().get("x-text"), "trailers");
  EXPECT_EQ(call->trailing_metadata().get("x-bytes-bin"), binary + binary);
}

TEST_F(CallOptionsTest, InitialMetadataIsThereWithTheFirstMessageAndTrailersWithTheStatus) {
  channel_.server.servicer->bidirectional = [](ServerContext& context, Reader<Text>& requests,
                                               Writer<Text>& responses) -> Task<Status> {
    context.initial_metadata().add("x-key", "head");
    const auto hello = text("hello");
    co_await responses.write(hello);
    while (co_await requests.next()) {
    }
    context.trailing_metadata().add("x-key", "trailers");
    co_return not_found("gone");
  };
  auto call = talk();
  channel_.poll();
  Text message;
  ASSERT_TRUE(call->take_message(message));
  EXPECT_EQ(call->initial_metadata().get("x-key"), "head");
  EXPECT_FALSE(call->ended());
  channel_.server.turn([&] { call->half_close(); });
  channel_.poll();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->trailing_metadata().get("x-key"), "trailers");
}

TEST_F(CallOptionsTest, MetadataOfAnErrorWithoutMessagesIsTrailing) {
  channel_.server.servicer->unary = [](ServerContext& context, const Text&) -> Task<Result<Text>> {
    context.trailing_metadata().add("x-key", "why");
    co_return not_found("gone");
  };
  auto call = channel_.start(kUnary, CallKind::kUnary);
  channel_.server.turn([&] { call->put_last_message(text("hello")); });
  channel_.poll();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->trailing_metadata().get("x-key"), "why");
}

TEST_F(CallOptionsTest, AMetadataListAboveTheServersLimitFailsTheCallWithoutSendingIt) {
  CallOptions options;
  options.metadata.add("x-key", std::string(70'000, 'x'));
  ASSERT_TRUE(channel_.unary_now("first"));
  const auto response = channel_.unary_now("hello", options);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), kResourceExhausted);
  EXPECT_THAT(response.error().message(), HasSubstr("inproc:a"));
  EXPECT_TRUE(channel_.unary_now("next"));
}

TEST_F(CallOptionsTest, RequestsAboveTheirLimitAreNotSent) {
  CallOptions options;
  options.max_request_size = 100;
  EXPECT_TRUE(channel_.unary_now(std::string(90, 'x'), options));
  const auto response = channel_.unary_now(std::string(101, 'x'), options);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), kResourceExhausted);
  EXPECT_THAT(response.error().message(), HasSubstr("100"));
}

TEST_F(CallOptionsTest, ARequestAboveItsLimitEndsAStream) {
  CallOptions options;
  options.max_request_size = 100;
  ClientStream<Text, Text> stream(talk(options));
  const auto fits = text("x"), large = text(std::string(200, 'x'));
  Started<bool> first(channel_.server.loop.worker(), [](auto& call, const Text& message) -> Task<bool> {
    auto write = call.write(message);
    co_return co_await write;
  }(stream, fits));
  EXPECT_TRUE(first.take());
  Started<bool> second(channel_.server.loop.worker(), [](auto& call, const Text& message) -> Task<bool> {
    auto write = call.write(message);
    co_return co_await write;
  }(stream, large));
  EXPECT_FALSE(second.take());
  ASSERT_TRUE(stream.call().ended());
  EXPECT_EQ(stream.call().status().code(), kResourceExhausted);
}

TEST_F(CallOptionsTest, ResponsesAboveTheirLimitFailTheCall) {
  CallOptions options;
  options.max_response_size = 100;
  EXPECT_TRUE(channel_.unary_now(std::string(90, 'x'), options));
  const auto response = channel_.unary_now(std::string(200, 'x'), options);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), kResourceExhausted);
  EXPECT_THAT(response.error().message(), HasSubstr("100"));
}

TEST_F(CallOptionsTest, TheLimitOfResponsesIsTheSettingsWhenTheCallDoesNotSay) {
  channel_.shared->settings.max_message_size = 1024;
  EXPECT_TRUE(channel_.unary_now(std::string(1000, 'x')));
  EXPECT_EQ(channel_.unary_now(std::string(2000, 'x')).error().code(), kResourceExhausted);
  CallOptions options;
  options.max_response_size = 10'000;
  EXPECT_TRUE(channel_.unary_now(std::string(2000, 'x'), options));
}

TEST_F(CallOptionsTest, TheServiceConfigLimitsBothDirections) {
  channel_.shared->config = client::ServiceConfig::parse(R"({"methodConfig": [{
      "name": [{"service": "test.Text"}], "maxRequestMessageBytes": 1000, "maxResponseMessageBytes": 500}]})")
                                .value();
  EXPECT_TRUE(channel_.unary_now(std::string(400, 'x')));
  EXPECT_THAT(channel_.unary_now(std::string(600, 'x')).error().message(), HasSubstr("500"));
  EXPECT_THAT(channel_.unary_now(std::string(1200, 'x')).error().message(), HasSubstr("1000"));
}

TEST_F(CallOptionsTest, CompressionWorksOnEveryKindOfCall) {
  std::string encoding;
  channel_.server.servicer->unary = [&](ServerContext&, const Text& request) -> Task<Result<Text>> {
    co_return request;
  };
  CallOptions options;
  options.compress = true;
  const std::string value(100'000, 'x');
  const auto response = channel_.unary_now(value, options);
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->value(), value);

  auto call = talk(options);
  channel_.server.turn([&] { call->put_message(text(value)); });
  channel_.poll();
  Text message;
  ASSERT_TRUE(call->take_message(message));
  EXPECT_EQ(message.value(), value);
}

TEST_F(CallOptionsTest, TheDefaultTimeoutIsForCallsWithoutADeadline) {
  Duration remaining{};
  channel_.server.servicer->unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    remaining = context.remaining();
    co_return request;
  };
  EXPECT_TRUE(channel_.unary_now("x"));
  EXPECT_EQ(remaining, 30s);
  CallOptions options;
  options.timeout = 7s;
  EXPECT_TRUE(channel_.unary_now("x", options));
  EXPECT_EQ(remaining, 7s);
  options.timeout = Duration::max();
  EXPECT_TRUE(channel_.unary_now("x", options));
  EXPECT_EQ(remaining, Duration::max());
}

TEST_F(CallOptionsTest, ADeadlineThatHasPassedFailsTheCallWithoutSendingIt) {
  int calls = 0;
  channel_.server.servicer->unary = [&](ServerContext&, const Text& request) -> Task<Result<Text>> {
    ++calls;
    co_return request;
  };
  for (const auto timeout : {0s, -5s}) {
    CallOptions options;
    options.timeout = timeout;
    EXPECT_EQ(channel_.unary_now("x", options).error().code(), kDeadlineExceeded);
  }
  EXPECT_EQ(calls, 0);
}

TEST_F(CallOptionsTest, TheDeadlineOfTheServiceConfigIsTheMost) {
  Duration remaining{};
  channel_.server.servicer->unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    remaining = context.remaining();
    co_return request;
  };
  channel_.shared->config = client::ServiceConfig::parse(R"({"methodConfig": [{
      "name": [{"service": "test.Text"}], "timeout": "5s"}]})")
                                .value();
  CallOptions options;
  EXPECT_TRUE(channel_.unary_now("x", options));
  EXPECT_EQ(remaining, 5s);
  options.timeout = 20s;
  EXPECT_TRUE(channel_.unary_now("x", options));
  EXPECT_EQ(remaining, 5s);
  options.timeout = 2s;
  EXPECT_TRUE(channel_.unary_now("x", options));
  EXPECT_EQ(remaining, 2s);
}

}  // namespace
}  // namespace plinth::test
