// Hedged calls whose connections, channel or server do not go along (gRFC A6, "Hedging Policy").

#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum StatusCode;

constexpr std::uint32_t kRefusedStream = 7;

class HedgedCallInTrouble : public ::testing::Test {
 protected:
  HedgedCallInTrouble() { allow_attempts(3); }

  void allow_attempts(int count) {
    const auto config = fmt::format(R"({{"methodConfig": [{{"name": [{{}}], "hedgingPolicy": {{
        "maxAttempts": {}, "hedgingDelay": "0.1s", "nonFatalStatusCodes": ["UNAVAILABLE"]}}}}]}})",
                                    count);
    channel_.shared->config = client::ServiceConfig::parse(config).value();
  }
  /// Answers each request with UNAVAILABLE, and what the server says of the next one.
  void fail_all(const std::string& pushback) {
    channel_.scripted->answer = [pushback](const ScriptedRequest& request) {
      return trailers_only(request.stream, kUnavailable, "busy", {{"grpc-retry-pushback-ms", pushback}});
    };
  }
  void lose_the_server() {
    channel_.scripted->refuse = [] { return unavailable("cannot connect to inproc:a: Connection refused"); };
    channel_.scripted->close(0);
    channel_.poll();
  }
  /// What is due "at once" comes with the next tick of the clock.
  void pass_ticks(int count) {
    for (int tick = 0; tick < count; ++tick) channel_.advance(2ms);
  }
  std::string previous_attempts(std::size_t request) {
    return channel_.scripted->requests.at(request).field("grpc-previous-rpc-attempts");
  }

  ScriptedChannel channel_;
};

TEST_F(HedgedCallInTrouble, EndsWithItsChannelWhileItWaitsAsTheServerSays) {
  fail_all("10000");
  auto call = channel_.unary("hello");
  channel_.poll();
  channel_.server.turn([&] { channel_.channel().close(); });
  channel_.poll();
  ASSERT_TRUE(call.done());
  EXPECT_THAT(call.take().error().message(), HasSubstr("is closed"));
}

TEST_F(HedgedCallInTrouble, DoesNotCountAnAttemptThatTheServerHasRefused) {
  allow_attempts(2);
  channel_.scripted->answer = [&](const ScriptedRequest& request) {
    return channel_.scripted->requests.size() == 1 ? rst_stream(request.stream, kRefusedStream) : "";
  };
  auto call = channel_.unary("hello");
  channel_.poll();
  ASSERT_EQ(channel_.scripted->requests.size(), 2u);
  EXPECT_EQ(previous_attempts(1), "");
  channel_.advance(101ms);
  ASSERT_EQ(channel_.scripted->requests.size(), 3u);
  EXPECT_EQ(previous_attempts(2), "1");
  channel_.advance(1s);
  EXPECT_EQ(channel_.scripted->requests.size(), 3u) << "two that count are the most";
}

/// The second attempt waits for a new connection when the first is refused: both are due once there is one.
TEST_F(HedgedCallInTrouble, SendsARefusedAttemptAgainBesideOneThatWaitsForAConnection) {
  auto call = channel_.unary("hello");
  channel_.poll();
  channel_.scripted->greeting = "";
  channel_.say(goaway(1, 0));
  channel_.advance(101ms);
  ASSERT_EQ(channel_.scripted->requests.size(), 1u);
  channel_.scripted->send(0, rst_stream(1, kRefusedStream));
  channel_.poll();
  channel_.scripted->send(1, settings() + settings_ack());
  channel_.poll();
  EXPECT_EQ(channel_.scripted->requests.size(), 3u);
}

TEST_F(HedgedCallInTrouble, IsNotHedgedWhenItsRequestIsTooLargeToBeKept) {
  auto call = channel_.unary(std::string(300 * 1024, 'x'));
  channel_.poll();
  channel_.advance(1s);
  EXPECT_EQ(channel_.scripted->requests.size(), 1u);
}

TEST_F(HedgedCallInTrouble, WaitsForWhatTheServerSaysOnlyOnce) {
  fail_all("500");
  auto call = channel_.unary("hello");
  channel_.poll();
  lose_the_server();
  channel_.advance(490ms);
  EXPECT_FALSE(call.done());
  pass_ticks(15);
  ASSERT_TRUE(call.done()) << "attempts without a connection have no word of the server";
  EXPECT_THAT(call.take().error().message(), HasSubstr("Connection refused"));
}

TEST_F(HedgedCallInTrouble, EndsSoonWhenNoBackendCanBeReached) {
  channel_.scripted->refuse = [] { return unavailable("cannot connect to inproc:a: Connection refused"); };
  auto call = channel_.unary("hello");
  channel_.poll();
  pass_ticks(10);
  ASSERT_TRUE(call.done()) << "an attempt without a connection counts, too";
  EXPECT_EQ(call.take().error().code(), kUnavailable);
}

}  // namespace
}  // namespace plinth::test
