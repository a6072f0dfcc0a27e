// Retries (gRFC A6) as callers and servers see them, on a clock that stands still.

#include <gmock/gmock.h>

#include <chrono>

#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using enum StatusCode;

/// Answers with these codes in turn, and then well.
class RetryChannel : public ScriptedChannel {
 public:
  explicit RetryChannel(std::vector<StatusCode> failures, std::size_t max_retries = 3) {
    shared->settings.enable_retry = true;
    shared->settings.max_retries = max_retries;
    shared->retry = client::retry_policy_of(shared->settings);
    scripted->answer = [this, failures = std::move(failures)](const ScriptedRequest& request) {
      const auto index = scripted->requests.size() - 1;
      if (index >= failures.size()) return answer_well(request);
      return trailers_only(request.stream, failures[index], "try again", more_fields);
    };
  }

  std::size_t attempts() const { return scripted->requests.size(); }
  std::vector<std::string> previous_attempts() const {
    std::vector<std::string> values;
    for (const auto& request : scripted->requests) values.push_back(request.field("grpc-previous-rpc-attempts"));
    return values;
  }

  Fields more_fields;
};

TEST(Retry, WaitsTheBackoffTimesAFactorOfChance) {
  RetryChannel channel({kUnavailable, kUnavailable, kUnavailable});
  auto call = channel.unary("hello");
  channel.poll();
  for (const auto backoff : {1000ms, 2000ms, 4000ms}) {
    SCOPED_TRACE(backoff.count());
    const auto before = channel.attempts();
    channel.advance(backoff * 79 / 100);
    EXPECT_EQ(channel.attempts(), before) << "not before 0.8 of the backoff";
    channel.advance(backoff * 42 / 100);
    EXPECT_EQ(channel.attempts(), before + 1) << "1.2 of the backoff is the most";
  }
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take()->value(), "well");
  EXPECT_THAT(channel.previous_attempts(), ElementsAre("", "1", "2", "3"));
}

TEST(Retry, IsLogged) {
  RetryChannel channel({kUnavailable, kAborted});
  auto call = channel.unary("hello");
  channel.poll();
  auto lines = channel.log->take();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], StartsWith("grpc_retry method=/test.Text/Unary attempt=1 max_retries=3 delay="));
  channel.advance(1200ms);
  lines = channel.log->take();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], StartsWith("grpc_retry method=/test.Text/Unary attempt=2 max_retries=3 delay="));
}

TEST(Retry, EndsWithTheLastStatusAfterTheLastAttempt) {
  RetryChannel channel({kUnavailable, kUnavailable, kResourceExhausted});
  channel.shared->retry.max_attempts = 3;
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(1200ms);
  channel.advance(2400ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), resource_exhausted("try again"));
  channel.advance(1min);
  EXPECT_EQ(channel.attempts(), 3u);
}

TEST(Retry, IsForUnavailableResourceExhaustedAndAborted) {
  for (int code = 1; code <= 16; ++code) {
    SCOPED_TRACE(code);
    const auto failure = static_cast<StatusCode>(code);
    const bool retried = failure == kUnavailable || failure == kResourceExhausted || failure == kAborted;
    RetryChannel channel({failure});
    auto call = channel.unary("hello");
    channel.poll();
    channel.advance(2s);
    EXPECT_EQ(channel.attempts(), retried ? 2u : 1u);
    ASSERT_TRUE(call.done());
    EXPECT_EQ(call.take().has_value(), retried);
  }
}

TEST(Retry, IsOffWhenTheSettingsSaySo) {
  RetryChannel channel({kUnavailable});
  channel.shared->settings.enable_retry = false;
  channel.shared->retry = client::retry_policy_of(channel.shared->settings);
  EXPECT_EQ(channel.unary_now("hello").error().code(), kUnavailable);
  channel.advance(1min);
  EXPECT_EQ(channel.attempts(), 1u);
}

/// What a service config says of a method is not for ENABLE_RETRY and MAX_RETRIES to change.
TEST(Retry, IsOfTheServiceConfigForItsMethodsThoughTheSettingsHaveItOff) {
  RetryChannel channel({kNotFound, kNotFound});
  channel.shared->settings.enable_retry = false;
  channel.shared->retry = client::retry_policy_of(channel.shared->settings);
  channel.shared->config = client::ServiceConfig::parse(R"({"methodConfig": [{
      "name": [{"service": "test.Text", "method": "Unary"}],
      "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 1,
                      "retryableStatusCodes": ["NOT_FOUND"]}}]})")
                               .value();
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(120ms);
  channel.advance(120ms);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_EQ(channel.attempts(), 3u);
}

TEST(Retry, WaitsAsLongAsTheServerSays) {
  RetryChannel channel({kUnavailable});
  channel.more_fields = {{"grpc-retry-pushback-ms", "7500"}};
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(7499ms);
  EXPECT_EQ(channel.attempts(), 1u);
  channel.advance(1ms);
  EXPECT_EQ(channel.attempts(), 2u);
  ASSERT_TRUE(call.done());
}

TEST(Retry, StopsWhenTheServerSaysSo) {
  for (const auto* value : {"-1", "soon", ""}) {
    SCOPED_TRACE(value);
    RetryChannel channel({kUnavailable});
    channel.more_fields = {{"grpc-retry-pushback-ms", value}};
    EXPECT_EQ(channel.unary_now("hello").error(), unavailable("try again"));
    EXPECT_THAT(channel.log->take(), IsEmpty());
  }
}

/// The pushback of an attempt is not that of the next one.
TEST(Retry, TakesThePushbackOfTheAttemptThatHasJustEnded) {
  RetryChannel channel({kUnavailable, kUnavailable});
  channel.more_fields = {{"grpc-retry-pushback-ms", "10"}};
  auto call = channel.unary("hello");
  channel.poll();
  channel.more_fields = {};
  channel.advance(10ms);
  EXPECT_EQ(channel.attempts(), 2u);
  channel.advance(500ms);
  EXPECT_EQ(channel.attempts(), 2u) << "the backoff begins anew";
  channel.advance(700ms);
  EXPECT_EQ(channel.attempts(), 3u);
  EXPECT_TRUE(call.done());
}

TEST(Retry, IsNotBegunWhenTheDeadlineWouldPassBeforeIt) {
  RetryChannel channel({kUnavailable});
  CallOptions options;
  options.timeout = 500ms;
  EXPECT_EQ(channel.unary_now("hello", options).error(), unavailable("try again")) << "at once";
}

TEST(Retry, HasWhatIsLeftOfTheDeadline) {
  RetryChannel channel({kUnavailable});
  CallOptions options;
  options.timeout = 10s;
  channel.more_fields = {{"grpc-retry-pushback-ms", "4000"}};
  auto call = channel.unary("hello", options);
  channel.poll();
  channel.advance(4s);
  ASSERT_EQ(channel.attempts(), 2u);
  EXPECT_EQ(channel.scripted->requests[0].field("grpc-timeout"), "10S");
  EXPECT_EQ(channel.scripted->requests[1].field("grpc-timeout"), "6S");
}

TEST(Retry, EndsWithItsDeadlineWhileItRuns) {
  RetryChannel channel({kUnavailable});
  CallOptions options;
  options.timeout = 3s;
  auto call = channel.unary("hello", options);
  channel.poll();
  channel.scripted->answer = nullptr;
  channel.advance(1200ms);
  EXPECT_EQ(channel.attempts(), 2u);
  channel.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error().code(), kDeadlineExceeded);
}

TEST(Retry, EndsWhenTheCallIsCancelledDuringThePause) {
  RetryChannel channel({kUnavailable});
  auto call = channel.unary("hello");
  channel.poll();
  channel.server.turn([&] { call.scope().cancel(cancelled("not needed any more")); });
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), cancelled("not needed any more"));
  channel.advance(1min);
  EXPECT_EQ(channel.attempts(), 1u);
}

TEST(Retry, EndsWithTheChannelDuringThePause) {
  RetryChannel channel({kUnavailable});
  auto call = channel.unary("hello");
  channel.poll();
  channel.server.turn([&] { channel.channel().close(); });
  channel.poll();
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), unavailable("the channel to test:///target is closed"));
}

TEST(Retry, IsNotForACallOfAClosedChannel) {
  RetryChannel channel({});
  EXPECT_TRUE(channel.unary_now("hello"));
  channel.server.turn([&] { channel.channel().close(); });
  channel.poll();
  EXPECT_EQ(channel.unary_now("hello").error(), unavailable("the channel to test:///target is closed"));
}

TEST(Retry, IsNotForACallWhoseResponseHasBegun) {
  RetryChannel channel({});
  channel.scripted->answer = [](const ScriptedRequest& request) {
    return response_head(request.stream) + response_trailers(request.stream, kUnavailable);
  };
  EXPECT_EQ(channel.unary_now("hello").error().code(), kUnavailable);
  channel.advance(1min);
  EXPECT_EQ(channel.attempts(), 1u);
}

TEST(Retry, IsForCallsWhoseConnectionIsLost) {
  RetryChannel channel({});
  channel.scripted->answer = nullptr;
  auto call = channel.unary("hello");
  channel.poll();
  channel.scripted->answer = answer_well;
  channel.scripted->close(0);
  channel.poll();
  channel.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_THAT(channel.previous_attempts(), ElementsAre("", "1"));
}

TEST(Retry, IsForCallsThatFindNoConnection) {
  RetryChannel channel({});
  channel.scripted->refuse = [] { return unavailable("cannot connect"); };
  auto call = channel.unary("hello");
  channel.poll();
  EXPECT_FALSE(call.done());
  channel.scripted->refuse = nullptr;
  channel.advance(1200ms);
  channel.advance(2400ms);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
}

/// A transparent retry is none that counts.
TEST(Retry, ComesOnTopOfATransparentOne) {
  RetryChannel channel({});
  channel.scripted->answer = [&](const ScriptedRequest& request) {
    if (channel.attempts() == 1) return rst_stream(request.stream, 7);
    return channel.attempts() == 2 ? trailers_only(request.stream, kUnavailable) : answer_well(request);
  };
  auto call = channel.unary("hello");
  channel.poll();
  EXPECT_EQ(channel.attempts(), 2u) << "at once";
  channel.advance(1200ms);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_THAT(channel.previous_attempts(), ElementsAre("", "", "1"));
}

TEST(RetryThrottle, EndsRetriesWhileMostCallsFail) {
  RetryChannel channel(std::vector<StatusCode>(100, kUnavailable));
  channel.shared->throttle = std::make_unique<client::RetryThrottle>(client::RetryThrottling{.max_tokens = 4});
  auto first = channel.unary("first");
  channel.poll();
  channel.advance(1200ms);
  EXPECT_EQ(channel.attempts(), 2u);
  ASSERT_TRUE(first.done()) << "half of the tokens are gone";
  EXPECT_EQ(channel.unary_now("second").error().code(), kUnavailable) << "at once";
  EXPECT_EQ(channel.attempts(), 3u);
}

}  // namespace
}  // namespace plinth::test
