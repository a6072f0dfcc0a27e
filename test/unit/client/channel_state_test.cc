// A channel's states as its user sees them, and what makes it connect, wait, let go and end.

#include <gmock/gmock.h>

#include <chrono>

#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using enum StatusCode;
using State = ChannelState;

class ChannelStates : public testing::Test {
 protected:
  ChannelStates() { channel_.scripted->answer = answer_well; }

  State state() { return channel_.channel().state(); }
  Worker& worker() { return channel_.server.loop.worker(); }
  void connect() {
    channel_.server.turn([this] { channel_.channel().connect(); });
    channel_.poll();
  }
  std::size_t dialled() const { return channel_.scripted->dialled.size(); }

  /// Writes down every state that the channel enters, up to SHUTDOWN.
  Task<void> watch(std::vector<State>& states) {
    auto current = channel_.channel().state();
    while (current != State::kShutdown) {
      auto change = channel_.channel().changed_from(current);
      current = co_await std::move(change);
      states.push_back(current);
    }
  }

  ScriptedChannel channel_;
};

TEST_F(ChannelStates, AreIdleUntilTheFirstCall) {
  EXPECT_EQ(state(), State::kIdle);
  channel_.advance(1min);
  EXPECT_EQ(dialled(), 0u);
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_EQ(state(), State::kReady);
}

TEST_F(ChannelStates, BecomeReadyByConnectWithoutACall) {
  channel_.scripted->greeting = "";
  connect();
  EXPECT_EQ(state(), State::kConnecting);
  channel_.say(settings() + settings_ack());
  EXPECT_EQ(state(), State::kReady);
  connect();
  EXPECT_EQ(dialled(), 1u);
}

TEST_F(ChannelStates, AreTold) {
  std::vector<State> states;
  Started<void> watching(worker(), watch(states));
  channel_.scripted->greeting = "";
  connect();
  channel_.say(settings() + settings_ack());
  channel_.server.turn([this] { channel_.channel().close(); });
  channel_.poll();
  EXPECT_THAT(states, ElementsAre(State::kConnecting, State::kReady, State::kShutdown));
  EXPECT_TRUE(watching.done());
}

TEST_F(ChannelStates, AreReadyAgainAtOnceWhenAReadyConnectionIsLost) {
  EXPECT_TRUE(channel_.unary_now("hello"));
  channel_.advance(1min);
  channel_.scripted->close(0);
  channel_.poll();
  EXPECT_EQ(state(), State::kReady);
  EXPECT_EQ(dialled(), 2u);
  EXPECT_TRUE(channel_.unary_now("again"));
}

/// gRPC's connection-backoff.md: 1 s, times 1.6 each time, each with a fifth of chance.
TEST_F(ChannelStates, FailWithAPauseThatGrows) {
  channel_.scripted->refuse = [] { return unavailable("cannot connect to inproc:a: no"); };
  connect();
  EXPECT_EQ(state(), State::kTransientFailure);
  for (int i = 0; i < 12'000; ++i) channel_.server.advance(10ms);
  const auto& times = channel_.scripted->dialled;
  ASSERT_GE(times.size(), 7u);
  double expected = 1.0;
  for (std::size_t i = 1; i < 7; ++i, expected *= 1.6) {
    const double pause = std::chrono::duration<double>(times[i] - times[i - 1]).count();
    EXPECT_GE(pause, 0.8 * expected - 0.02) << "before dial " << i;
    EXPECT_LE(pause, 1.2 * expected + 0.02) << "before dial " << i;
  }
  EXPECT_EQ(state(), State::kTransientFailure);
}

TEST_F(ChannelStates, FailCallsWithTheReasonAtOnceUnlessTheyWait) {
  channel_.scripted->refuse = [] { return unavailable("cannot connect to inproc:a: no"); };
  EXPECT_THAT(channel_.unary_now("hello").error().message(), HasSubstr("cannot connect to inproc:a: no"));
  CallOptions options;
  options.wait_for_ready = true;
  auto waiting = channel_.unary("hello", options);
  channel_.poll();
  EXPECT_FALSE(waiting.done());
  channel_.scripted->refuse = nullptr;
  channel_.advance(1200ms);
  ASSERT_TRUE(waiting.done());
  EXPECT_TRUE(waiting.take());
}

TEST_F(ChannelStates, FailWhenNobodyAnswersForTwentySeconds) {
  TestChannel channel;
  channel.network->at(TestChannel::kAddress).hangs = true;
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(19s);
  EXPECT_FALSE(call.done());
  channel.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_THAT(call.take().error().message(), HasSubstr("no answer within 20 s"));
}

TEST_F(ChannelStates, AreIdleAgainAfterAWhileWithoutCalls) {
  channel_.shared->idle_timeout = 1min;
  EXPECT_TRUE(channel_.unary_now("hello"));
  channel_.advance(59s);
  EXPECT_TRUE(channel_.unary_now("hello"));
  channel_.advance(59s);
  EXPECT_EQ(state(), State::kReady) << "a call begins the time anew";
  channel_.advance(1s);
  EXPECT_EQ(state(), State::kIdle);
  channel_.advance(2s);
  EXPECT_EQ(channel_.scripted->open(), 0u);
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_EQ(dialled(), 2u);
}

TEST_F(ChannelStates, AreIdleAgainWhenNobodyCallsAfterConnect) {
  channel_.shared->idle_timeout = 1min;
  connect();
  EXPECT_EQ(state(), State::kReady);
  channel_.advance(1min);
  EXPECT_EQ(state(), State::kIdle);
}

TEST_F(ChannelStates, AreNotIdleWhileACallRuns) {
  channel_.shared->idle_timeout = 1min;
  CallOptions options;
  options.timeout = Duration::max();
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional, options);
  channel_.advance(1h);
  EXPECT_FALSE(call->ended());
  EXPECT_EQ(state(), State::kReady);
}

TEST_F(ChannelStates, EndWithClose) {
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional);
  channel_.poll();
  channel_.server.turn([this] { channel_.channel().close(); });
  channel_.poll();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), unavailable("the channel to test:///target is closed"));
  EXPECT_EQ(channel_.unary_now("hello").error(), unavailable("the channel to test:///target is closed"));
  EXPECT_EQ(channel_.scripted->open(), 0u);
}

TEST_F(ChannelStates, EndWithTheWorker) {
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional);
  auto pending = channel_.unary("hello");
  channel_.scripted->answer = nullptr;
  bool left = false;
  channel_.server.turn([&] { worker().end_residents([&] { left = true; }); });
  channel_.poll();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), unavailable("the worker of this call is being stopped"));
  EXPECT_TRUE(pending.done());
  channel_.server.turn([&] { call.reset(); });
  channel_.advance(2s);
  EXPECT_TRUE(left) << "nothing of the channel is left on the worker";
}

TEST_F(ChannelStates, TellACallThatWaitedWhyThereWasNoConnection) {
  channel_.scripted->refuse = [] { return unavailable("cannot connect to inproc:a: no"); };
  CallOptions options;
  options.wait_for_ready = true;
  options.timeout = 500ms;
  auto call = channel_.unary("hello", options);
  channel_.advance(500ms);
  ASSERT_TRUE(call.done());
  const auto status = call.take().error();
  EXPECT_EQ(status.code(), kDeadlineExceeded);
  EXPECT_THAT(status.message(), HasSubstr("cannot connect to inproc:a: no"));
}

class KeepAlive : public ChannelStates {
 protected:
  KeepAlive() {
    channel_.shared->connection.keep_alive.time = 10s;
    channel_.shared->connection.keep_alive.timeout = 5s;
    options_.timeout = Duration::max();
  }
  CallOptions options_;
};

TEST_F(KeepAlive, FindsOutThatTheServerIsGone) {
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional, options_);
  channel_.poll();
  channel_.advance(10s);
  EXPECT_THAT(channel_.scripted->take_frames(0), Contains("PING"));
  channel_.advance(4s);
  EXPECT_FALSE(call->ended());
  channel_.advance(1s);
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status().code(), kUnavailable);
  EXPECT_THAT(call->status().message(), HasSubstr("no answer to a ping within 5 s"));
}

TEST_F(KeepAlive, IsContentWithAnAnswer) {
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional, options_);
  channel_.poll();
  for (int i = 0; i < 5; ++i) {
    channel_.advance(10s);
    channel_.say(ping(1, kAck));
    channel_.advance(5s);
  }
  EXPECT_FALSE(call->ended());
}

TEST_F(KeepAlive, SendsNoPingWithoutCalls) {
  EXPECT_TRUE(channel_.unary_now("hello"));
  channel_.scripted->take_frames(0);
  channel_.advance(20min);
  EXPECT_THAT(channel_.scripted->take_frames(0), ::testing::Not(Contains("PING")));
  EXPECT_EQ(channel_.scripted->open(), 1u);
}

TEST_F(KeepAlive, AsksAtOnceForACallAfterALongSilence) {
  EXPECT_TRUE(channel_.unary_now("hello"));
  channel_.advance(11s);
  channel_.scripted->take_frames(0);
  const auto call = channel_.start(kBidirectional, CallKind::kBidirectional, options_);
  channel_.poll();
  EXPECT_THAT(channel_.scripted->take_frames(0), ElementsAre(StartsWith("HEADERS 3")));
  channel_.advance(1ms);
  EXPECT_THAT(channel_.scripted->take_frames(0), ElementsAre("PING"));
  channel_.advance(5s);
  EXPECT_TRUE(call->ended());
}

}  // namespace
}  // namespace plinth::test
