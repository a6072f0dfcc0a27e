// What RST_STREAM and GOAWAY mean for calls, and what MAX_CONCURRENT_STREAMS means for connections.

#include <gmock/gmock.h>

#include <chrono>
#include <memory>

#include "async/signal.h"
#include "net/byte_stream.h"
#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum StatusCode;

constexpr std::uint32_t kRefusedStream = 7;
constexpr std::uint32_t kEnhanceYourCalm = 11;
constexpr std::uint16_t kMaxConcurrentStreams = 3;

std::string goaway_with(std::uint32_t last_stream, std::uint32_t code, std::string_view text) {
  return frame(FrameType::kGoaway, kNoFlags, 0, number(last_stream, 4) + number(code, 4) + std::string(text));
}

struct ResetMeaning {
  std::uint32_t code;
  StatusCode status;
};

/// PROTOCOL-HTTP2.md, "Errors".
constexpr ResetMeaning kResets[] = {
    {0, kInternal},           {1, kInternal},          {2, kInternal},  {3, kInternal},  {4, kInternal},
    {5, kInternal},           {6, kInternal},          {8, kCancelled}, {9, kInternal},  {10, kInternal},
    {11, kResourceExhausted}, {12, kPermissionDenied}, {13, kInternal}, {99, kInternal},
};

TEST(Reset, HasAStatusForEachCode) {
  for (const auto& [code, status] : kResets) {
    SCOPED_TRACE(code);
    ScriptedChannel channel;
    channel.scripted->answer = [code](const ScriptedRequest& request) { return rst_stream(request.stream, code); };
    const auto response = channel.unary_now("hello");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), status);
    EXPECT_THAT(response.error().message(), HasSubstr("inproc:a"));
    EXPECT_THAT(response.error().message(), HasSubstr(std::to_string(code)));
    EXPECT_EQ(channel.scripted->requests.size(), 1u) << "it is tried once";
  }
}

TEST(Reset, InTheMiddleOfAResponseLeavesWhatHasCome) {
  ScriptedChannel channel;
  auto call = channel.start(kServerStreaming, CallKind::kServerStreaming);
  channel.server.turn([&] { call->put_last_message(text("go")); });
  channel.poll();
  channel.say(response_head(1) + response_message(1, "first") + rst_stream(1, 2));
  Text message;
  EXPECT_TRUE(call->take_message(message));
  EXPECT_FALSE(call->take_message(message));
  EXPECT_EQ(call->status().code(), kInternal);
}

TEST(RefusedStream, IsTriedAgainOnceAtOnce) {
  ScriptedChannel channel;
  channel.scripted->answer = [&](const ScriptedRequest& request) {
    return channel.scripted->requests.size() == 1 ? rst_stream(request.stream, kRefusedStream) : answer_well(request);
  };
  const auto response = channel.unary_now("hello");
  ASSERT_TRUE(response) << response.error().to_string();
  ASSERT_EQ(channel.scripted->requests.size(), 2u);
  EXPECT_EQ(channel.scripted->requests[1].texts, std::vector<std::string>{"hello"}) << "with its message";
  EXPECT_EQ(channel.scripted->requests[1].field("grpc-previous-rpc-attempts"), "") << "the server never saw the first";
}

TEST(RefusedStream, IsNotTriedForEver) {
  ScriptedChannel channel;
  channel.scripted->answer = [](const ScriptedRequest& request) { return rst_stream(request.stream, kRefusedStream); };
  EXPECT_EQ(channel.unary_now("hello").error().code(), kUnavailable);
  EXPECT_EQ(channel.scripted->requests.size(), 2u);
}

TEST(RefusedStream, IsNotTriedAgainBehindTheHead) {
  ScriptedChannel channel;
  channel.scripted->answer = [](const ScriptedRequest& request) {
    return response_head(request.stream) + rst_stream(request.stream, kRefusedStream);
  };
  EXPECT_EQ(channel.unary_now("hello").error().code(), kUnavailable);
  EXPECT_EQ(channel.scripted->requests.size(), 1u);
}

/// Takes so many writes, and then none until it is closed.
class StallingStream final : public net::ByteStream {
 public:
  StallingStream(std::unique_ptr<net::ByteStream> inner, int writes) : inner_(std::move(inner)), writes_(writes) {}

  Task<net::IoResult> read_some(std::span<std::byte> space) override { return inner_->read_some(space); }
  Task<std::error_code> write_all(std::span<const base::ByteView> pieces) override {
    if (writes_-- <= 0) {
      co_await closed_.wait();
      co_return std::make_error_code(std::errc::broken_pipe);
    }
    auto write = inner_->write_all(pieces);
    co_return co_await std::move(write);
  }
  void shut_write() noexcept override { inner_->shut_write(); }
  void close() noexcept override {
    closed_.set();
    inner_->close();
  }
  const Peer& peer() const noexcept override { return inner_->peer(); }

 private:
  std::unique_ptr<net::ByteStream> inner_;
  int writes_;
  Signal closed_;
};

TEST(StalledConnection, LosesNoCallThatHasNotLeft) {
  ScriptedChannel channel;
  channel.scripted->answer = answer_well;
  channel.scripted->network = [](std::unique_ptr<net::ByteStream> stream) {
    return std::make_unique<StallingStream>(std::move(stream), 1);
  };
  auto left = channel.unary("has left");
  channel.poll();
  auto waits = channel.unary("waits behind it");
  channel.poll();
  channel.scripted->network = nullptr;
  channel.scripted->close(0);
  channel.poll();
  ASSERT_TRUE(left.done());
  EXPECT_EQ(left.take().error().code(), kUnavailable);
  ASSERT_TRUE(waits.done());
  EXPECT_TRUE(waits.take());
  ASSERT_EQ(channel.scripted->requests.size(), 1u);
  EXPECT_EQ(channel.scripted->requests[0].texts, std::vector<std::string>{"waits behind it"});
  EXPECT_EQ(channel.scripted->requests[0].field("grpc-previous-rpc-attempts"), "");
}

TEST(Goaway, LetsTheCallsFinishThatTheServerHasTaken) {
  ScriptedChannel channel;
  auto call = channel.unary("hello");
  channel.poll();
  channel.say(goaway(1, 0));
  EXPECT_FALSE(call.done());
  channel.scripted->send(0, whole_response(1, "well"));
  channel.poll();
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_EQ(channel.scripted->requests.size(), 1u);
  channel.advance(2s);
  EXPECT_EQ(channel.scripted->open(), 1u) << "the old connection is closed, and a new one stands by";
}

TEST(Goaway, SendsTheCallsElsewhereThatTheServerHasNotTaken) {
  ScriptedChannel channel;
  auto taken = channel.unary("taken");
  auto refused = channel.unary("refused");
  channel.poll();
  channel.scripted->answer = answer_well;
  channel.say(goaway(1, 0));
  EXPECT_FALSE(taken.done());
  ASSERT_TRUE(refused.done());
  EXPECT_TRUE(refused.take());
  EXPECT_EQ(channel.scripted->connections(), 2u);
  EXPECT_EQ(channel.scripted->requests.back().connection, 1u);
  EXPECT_EQ(channel.scripted->requests.back().texts, std::vector<std::string>{"refused"});
  channel.scripted->send(0, whole_response(1, "well"));
  channel.poll();
  EXPECT_TRUE(taken.done());
}

TEST(Goaway, WithAnErrorIsInTheSentenceOfTheCallsThatAreLostWithTheConnection) {
  ScriptedChannel channel;
  auto call = channel.unary("hello");
  channel.poll();
  channel.say(goaway_with(1, 2, "out of cheese"));
  channel.scripted->close(0);
  channel.poll();
  ASSERT_TRUE(call.done());
  const auto status = call.take().error();
  EXPECT_EQ(status.code(), kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("inproc:a"));
  EXPECT_THAT(status.message(), HasSubstr("GOAWAY 2 out of cheese"));
}

TEST(Goaway, FromAServerThatSaysNothingElseDoesNotMakeTheClientDialWithoutAPause) {
  ScriptedChannel channel;
  channel.scripted->greeting = settings() + settings_ack() + goaway(0, 0);
  auto call = channel.unary("hello");
  channel.poll();
  EXPECT_LE(channel.scripted->connections(), 2u);
  channel.advance(3s);
  EXPECT_LE(channel.scripted->connections(), 5u);
  channel.scripted->greeting = settings() + settings_ack();
  channel.scripted->answer = answer_well;
  channel.advance(20s);
  ASSERT_TRUE(call.done()) << "it goes on as soon as the server does";
  EXPECT_TRUE(call.take());
}

TEST(Goaway, ForTooManyPingsDoublesTheTimeBetweenThem) {
  ScriptedChannel channel;
  channel.shared->connection.keep_alive.time = 10s;
  auto call = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  channel.advance(10s);
  EXPECT_THAT(channel.scripted->take_frames(0), Contains("PING"));
  channel.log->take();
  channel.say(goaway_with(1, kEnhanceYourCalm, "too_many_pings"));
  channel.scripted->close(0);
  channel.poll();
  EXPECT_THAT(channel.log->take(), Contains("grpc_too_many_pings backend=inproc:a keepalive_time=20"));
  EXPECT_TRUE(call->ended());

  auto next = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  channel.advance(2s);
  ASSERT_EQ(channel.scripted->connections(), 2u);
  channel.advance(12s);
  EXPECT_THAT(channel.scripted->take_frames(1), ::testing::Not(Contains("PING")));
  channel.advance(8s);
  EXPECT_THAT(channel.scripted->take_frames(1), Contains("PING"));
}

TEST(MaxConcurrentStreams, OfOneGivesEachCallAConnection) {
  ScriptedChannel channel;
  channel.scripted->greeting = settings({{kMaxConcurrentStreams, 1}}) + settings_ack();
  std::vector<ClientCallPtr> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(channel.start(kBidirectional, CallKind::kBidirectional));
  channel.poll();
  ASSERT_EQ(channel.scripted->requests.size(), 3u);
  EXPECT_EQ(channel.scripted->connections(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(channel.scripted->requests[i].connection, i);
}

TEST(MaxConcurrentStreams, OfZeroLetsACallWaitForItsDeadlineAndOpensNoMoreThanTenConnections) {
  ScriptedChannel channel;
  channel.scripted->greeting = settings({{kMaxConcurrentStreams, 0}}) + settings_ack();
  CallOptions options;
  options.timeout = 5s;
  auto call = channel.unary("hello", options);
  channel.poll();
  EXPECT_FALSE(call.done());
  EXPECT_LE(channel.scripted->connections(), 10u);
  channel.advance(6s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error().code(), kDeadlineExceeded);
  EXPECT_LE(channel.scripted->connections(), 10u);
}

TEST(MaxConcurrentStreams, MayBeLoweredAndRaisedLater) {
  ScriptedChannel channel;
  auto first = channel.start(kBidirectional, CallKind::kBidirectional);
  auto second = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  channel.say(settings({{kMaxConcurrentStreams, 1}}));
  auto third = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  EXPECT_EQ(channel.scripted->connections(), 2u) << "the first one has no room";
  EXPECT_EQ(channel.scripted->requests.back().connection, 1u);
  EXPECT_FALSE(first->ended() || second->ended()) << "calls that run are left alone";
  channel.scripted->send(0, settings({{kMaxConcurrentStreams, 10}}));
  channel.poll();
  auto fourth = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  EXPECT_EQ(channel.scripted->requests.back().connection, 0u);
}

TEST(MaxConcurrentStreams, LetsWaitingCallsInAsOthersEnd) {
  ScriptedChannel channel;
  channel.scripted->greeting = settings({{kMaxConcurrentStreams, 1}}) + settings_ack();
  std::vector<ClientCallPtr> running;
  for (int i = 0; i < 10; ++i) running.push_back(channel.start(kBidirectional, CallKind::kBidirectional));
  channel.poll();
  EXPECT_EQ(channel.scripted->connections(), 10u);
  auto waiting = channel.unary("hello");
  channel.poll();
  EXPECT_EQ(channel.scripted->requests.size(), 10u) << "all ten connections are used up";
  channel.scripted->answer = answer_well;
  channel.server.turn([&] { running.pop_back(); });
  channel.poll();
  ASSERT_TRUE(waiting.done());
  EXPECT_TRUE(waiting.take());
}

/// All ten connections of a channel to a server that takes one call on each.
struct FullChannel : ScriptedChannel {
  FullChannel() {
    scripted->greeting = settings({{kMaxConcurrentStreams, 1}}) + settings_ack();
    for (int i = 0; i < 10; ++i) running.push_back(start(kBidirectional, CallKind::kBidirectional));
    poll();
    scripted->answer = answer_well;
  }
  std::vector<std::string> later_requests() const {
    std::vector<std::string> texts;
    for (std::size_t i = 10; i < scripted->requests.size(); ++i) texts.push_back(scripted->requests[i].texts.at(0));
    return texts;
  }

  std::vector<ClientCallPtr> running;
};

TEST(MaxConcurrentStreams, LetsCallsInAsTheyCame) {
  FullChannel channel;
  auto first = channel.unary("first");
  auto gone = channel.unary("gone");
  auto second = channel.unary("second");
  channel.server.turn([&] { gone.scope().cancel(cancelled("not needed")); });
  channel.server.turn([&] { channel.running.pop_back(); });
  auto third = channel.unary("third");
  channel.poll();
  EXPECT_THAT(channel.later_requests(), ElementsAre("first", "second", "third"));
}

TEST(MaxConcurrentStreams, AreAskedForAgainWhenAConnectionForMoreCannotBeMade) {
  ScriptedChannel channel;
  channel.scripted->greeting = settings({{kMaxConcurrentStreams, 1}}) + settings_ack();
  auto first = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  channel.scripted->refuse = [] { return unavailable("busy"); };
  channel.scripted->answer = answer_well;
  auto second = channel.unary("hello");
  channel.poll();
  EXPECT_FALSE(second.done());
  channel.scripted->refuse = nullptr;
  channel.advance(2s);
  EXPECT_TRUE(second.done()) << "the backoff is over, and the first call still runs";
}

TEST(MaxConcurrentStreams, AreWaitedForNoLongerWhenTheServerIsLost) {
  FullChannel channel;
  auto waiting = channel.unary("hello");
  channel.scripted->refuse = [] { return unavailable("gone"); };
  for (std::size_t i = 0; i < 10; ++i) channel.scripted->close(i);
  channel.advance(2s);
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.take().error().code(), kUnavailable);
  for (const auto& call : channel.running) EXPECT_TRUE(call->ended());
}

}  // namespace
}  // namespace plinth::test
