// Hedged calls whose connections, channel or server do not go along (gRFC A6, "Hedging Policy").

#include <gmock/gmock.h>

#include <chrono>
#include <optional>
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

/// A call with a stream of requests and two attempts, on the streams 1 and 3: its writer waits for the second's window.
class HedgedWriting : public HedgedCallInTrouble {
 protected:
  HedgedWriting() {
    allow_attempts(2);
    channel_.scripted->greeting = settings({{kInitialWindowSize, 1000}}) + settings_ack();
    call_.emplace(channel_.start(kClientStreaming, CallKind::kClientStreaming));
    writing_.emplace(worker(), write());
    channel_.poll();
    channel_.advance(101ms);
  }
  ~HedgedWriting() override {
    channel_.server.turn([this] { call_->call().cancel(); });
  }

  Worker& worker() { return channel_.server.loop.worker(); }
  Task<void> write() {
    const auto message = text(std::string(10'000, 'x'));
    while (written_ < kCount) {
      auto writing = call_->write(message);
      if (!co_await writing) break;
      ++written_;
    }
  }
  void open_window(std::uint32_t stream, std::uint32_t size) {
    channel_.say(window_update(0, size) + window_update(stream, size));
  }
  void fail(std::uint32_t stream) { channel_.say(trailers_only(stream, kUnavailable, "busy")); }

  void expect_all_on(std::uint32_t stream) {
    ASSERT_TRUE(writing_->done()) << "after " << written_ << " messages";
    EXPECT_EQ(written_, kCount);
    Started<Result<Text>> response(worker(), call_->finish());
    channel_.say(whole_response(stream, "well"));
    ASSERT_TRUE(response.done());
    EXPECT_EQ(response.take().value_or(Text()).value(), "well");
    const auto& request = channel_.scripted->requests.at(stream / 2);
    EXPECT_EQ(request.texts.size(), std::size_t{kCount});
    EXPECT_TRUE(request.ended);
  }

  static constexpr int kCount = 20;  // more than a stream takes, and few enough to be kept
  static constexpr std::uint32_t kWide = 1 << 20;

  std::optional<ClientWriter<Text, Text>> call_;
  int written_ = 0;
  std::optional<Started<void>> writing_;
};

TEST_F(HedgedWriting, GoesOnAsTheSecondAttemptTakesItWhenTheFirstHasFailed) {
  ASSERT_EQ(channel_.scripted->requests.size(), 2u);
  const auto before = written_;
  fail(1);
  EXPECT_EQ(written_, before) << "the second's window is as small";
  for (int times = 0; times < 8; ++times) open_window(3, 1000);
  EXPECT_LE(written_, before + 1) << "there is room for 8 KB";
  open_window(3, kWide);
  expect_all_on(3);
}

TEST_F(HedgedWriting, GoesOnAtOnceWhenOnlyTheSecondAttemptHeldItUpAndHasFailed) {
  ASSERT_EQ(channel_.scripted->requests.size(), 2u);
  open_window(1, kWide);
  ASSERT_FALSE(writing_->done()) << "the second's window is small";
  fail(3);
  expect_all_on(1);
}

}  // namespace
}  // namespace plinth::test
