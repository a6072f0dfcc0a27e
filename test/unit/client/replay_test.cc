// What a later attempt sends again: all requests so far, while they are few enough to be kept (gRFC A6).

#include <gmock/gmock.h>

#include <chrono>

#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using enum StatusCode;

/// One connection may take any number of bytes.
constexpr std::uint32_t kWide = 0x7fffffff;

class Replay : public testing::Test {
 protected:
  Replay() {
    channel_.shared->settings.enable_retry = true;
    channel_.shared->retry = client::retry_policy_of(channel_.shared->settings);
    channel_.scripted->greeting =
        settings({{kInitialWindowSize, kWide}}) + window_update(0, kWide - 65'535) + settings_ack();
  }

  ClientCallPtr start() { return channel_.start(kClientStreaming, CallKind::kClientStreaming); }
  void put(ClientCall& call, std::string value) {
    channel_.server.turn([&] { call.put_message(text(std::move(value))); });
    channel_.poll();
  }
  void half_close(ClientCall& call) {
    channel_.server.turn([&] { call.half_close(); });
    channel_.poll();
  }
  std::deque<ScriptedRequest>& requests() { return channel_.scripted->requests; }

  ScriptedChannel channel_;
};

TEST_F(Replay, SendsWhatTheFirstAttemptHasSentAndWhatComesAfterIt) {
  auto call = start();
  put(*call, "one");
  put(*call, "two");
  channel_.say(trailers_only(1, kUnavailable));
  put(*call, "in the pause");
  channel_.advance(1200ms);
  put(*call, "three");
  half_close(*call);
  ASSERT_EQ(requests().size(), 2u);
  EXPECT_THAT(requests()[0].texts, ElementsAre("one", "two"));
  EXPECT_THAT(requests()[1].texts, ElementsAre("one", "two", "in the pause", "three"));
  EXPECT_TRUE(requests()[1].ended);
  channel_.say(whole_response(3, "well"));
  Text response;
  channel_.server.turn([&] { call->receive_into(&response); });
  EXPECT_EQ(call->status(), Status());
  EXPECT_EQ(response.value(), "well");
}

TEST_F(Replay, SendsTheHalfCloseThatCameBeforeIt) {
  auto call = start();
  put(*call, "one");
  half_close(*call);
  channel_.say(trailers_only(1, kUnavailable));
  channel_.advance(1200ms);
  ASSERT_EQ(requests().size(), 2u);
  EXPECT_TRUE(requests()[1].ended);
}

TEST_F(Replay, SendsMessagesThatWereWrittenBeforeThereWasAConnection) {
  channel_.scripted->refuse = [] { return unavailable("cannot connect"); };
  CallOptions options;
  options.wait_for_ready = true;
  auto call = channel_.start(kClientStreaming, CallKind::kClientStreaming, options);
  put(*call, "early");
  half_close(*call);
  channel_.scripted->refuse = nullptr;
  channel_.advance(1200ms);
  ASSERT_EQ(requests().size(), 1u);
  EXPECT_THAT(requests()[0].texts, ElementsAre("early"));
  EXPECT_TRUE(requests()[0].ended);
}

TEST_F(Replay, EndsWhenTheMessagesAreMoreThanAreKept) {
  auto call = start();
  const std::string large(100'000, 'x');
  for (int i = 0; i < 3; ++i) put(*call, large);
  channel_.say(trailers_only(1, kUnavailable));
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status().code(), kUnavailable);
  EXPECT_EQ(requests().size(), 1u);
}

TEST_F(Replay, IsNotForOneMessageThatIsTooLargeToBeKept) {
  for (const bool connected : {false, true}) {
    SCOPED_TRACE(connected ? "written on a connection" : "written before there is a connection");
    ScriptedChannel channel;
    channel.shared->retry.max_attempts = 3;
    channel.scripted->greeting = channel_.scripted->greeting;
    if (connected) {
      channel.scripted->answer = answer_well;
      ASSERT_TRUE(channel.unary_now("hello"));
    }
    channel.scripted->requests.clear();
    channel.scripted->answer = [](const ScriptedRequest& request) {
      return trailers_only(request.stream, kUnavailable);
    };
    EXPECT_EQ(channel.unary_now(std::string(300'000, 'x')).error().code(), kUnavailable);
    EXPECT_EQ(channel.scripted->requests.size(), 1u);
  }
}

TEST_F(Replay, EndsWhenTheResponseHasBegun) {
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional);
  put(*call, "one");
  channel_.say(response_head(1) + response_trailers(1, kUnavailable));
  EXPECT_TRUE(call->ended());
  EXPECT_EQ(requests().size(), 1u);
}

/// A writer does not fill the memory while nobody takes what it writes.
TEST_F(Replay, LetsAWriterWaitDuringThePause) {
  auto call = start();
  put(*call, "one");
  channel_.say(trailers_only(1, kUnavailable));
  put(*call, std::string(70'000, 'x'));
  EXPECT_FALSE(call->can_put());
  channel_.advance(1200ms);
  EXPECT_TRUE(call->can_put());
  EXPECT_EQ(requests().at(1).texts.size(), 2u);
}

/// Interceptors and messages of errors look at the peer at any time.
TEST_F(Replay, KeepsThePeerOfTheAttemptBeforeWhileThereIsNoOther) {
  auto call = start();
  put(*call, "one");
  channel_.say(trailers_only(1, kUnavailable));
  channel_.scripted->refuse = [] { return unavailable("cannot connect"); };
  channel_.scripted->close(0);
  channel_.poll();
  channel_.advance(1200ms);
  channel_.advance(31s);
  ASSERT_TRUE(call->ended());
  EXPECT_FALSE(call->status().message().empty());
}

}  // namespace
}  // namespace plinth::test
