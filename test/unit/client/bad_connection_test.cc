// A server that does not speak HTTP/2, or stops to: all calls of the connection get a status that says so, at once, and
// the next ones have a new connection.

#include <gmock/gmock.h>

#include <chrono>

#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum StatusCode;

constexpr Duration kMoment = 10ms;

/// CONTINUATION after CONTINUATION, as long as anybody listens.
std::string endless_fields(std::uint32_t stream, std::size_t part) {
  const auto field = hpack({{"x-key", std::string(part, 'x')}});
  auto bytes =
      frame(FrameType::kHeaders, kNoFlags, stream, hpack({{":status", "200"}, {"content-type", "application/grpc"}}));
  for (std::size_t sent = 0; sent < 1'000'000; sent += part + 100)
    bytes += frame(FrameType::kContinuation, kNoFlags, stream, field);
  return bytes;
}

struct Nonsense {
  const char* name;
  std::string bytes;
};
std::ostream& operator<<(std::ostream& out, const Nonsense& nonsense) { return out << nonsense.name; }

const Nonsense kGreetings[] = {
    {"Http1", "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>no</html>"},
    {"Text", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n"},
    {"Zeros", std::string(100, '\0')},
    {"Ones", std::string(100, '\xff')},
    {"TlsAlert", std::string("\x15\x03\x01\x00\x02\x02\x46", 7) + std::string(20, 'x')},
    {"AnotherFrameFirst", ping(1)},
    {"WrongSettings", settings({{4, 0xffffffff}})},
};

class BadGreeting : public testing::TestWithParam<Nonsense> {};

TEST_P(BadGreeting, FailsTheCallAtOnceWithASentence) {
  ScriptedChannel channel;
  channel.scripted->greeting = GetParam().bytes;
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(kMoment);
  ASSERT_TRUE(call.done());
  const auto status = call.take().error();
  EXPECT_EQ(status.code(), kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("inproc:a"));
  EXPECT_THAT(status.message(), HasSubstr("HTTP/2"));
  EXPECT_EQ((*channel).state(), ChannelState::kTransientFailure);

  channel.scripted->greeting = settings() + settings_ack();
  channel.scripted->answer = answer_well;
  channel.advance(2s);
  EXPECT_TRUE(channel.unary_now("again")) << "when the server has come to its senses";
}

INSTANTIATE_TEST_SUITE_P(Client, BadGreeting, testing::ValuesIn(kGreetings),
                         [](const auto& info) { return std::string(info.param.name); });

const Nonsense kInterruptions[] = {
    {"Garbage", std::string(64, '\xff')},
    {"DataOnStreamZero", data(0, "x")},
    {"DataBeforeTheHead", data(1, grpc_frame("abc"))},
    {"HeadersOnAStreamNobodyOpened", response_head(99)},
    {"PushPromise", frame(FrameType::kPushPromise, kEndHeaders, 1, number(2, 4) + hpack({{":method", "GET"}}))},
    {"BrokenHpack", frame(FrameType::kHeaders, kEndHeaders, 1, "\xff\xff\xff\xff\xff\xff\xff\xff")},
    {"ContinuationOfNothing", frame(FrameType::kContinuation, kEndHeaders, 1, "")},
    {"WindowAboveTheMost", window_update(0, 0x7fffffff)},
    {"SettingsOfAWrongSize", frame(FrameType::kSettings, kNoFlags, 0, "abc")},
    {"FrameAboveTheMost", frame(FrameType::kData, kNoFlags, 1, std::string(20'000, 'x'))},
    {"EndlessSmallFields", endless_fields(1, 10)},
    {"EndlessLargeFields", endless_fields(1, 16'000)},
    {"EndlessEmptyFields", endless_fields(1, 0)},
};

class Interruption : public testing::TestWithParam<Nonsense> {};

TEST_P(Interruption, FailsTheCallsOfTheConnectionAtOnceAndNoLaterOne) {
  ScriptedChannel channel;
  auto call = channel.unary("hello");
  auto other = channel.unary("you");
  channel.poll();
  channel.say(GetParam().bytes);
  auto later = channel.unary("later");
  channel.scripted->answer = answer_well;
  channel.advance(kMoment);
  for (auto* lost : {&call, &other}) {
    ASSERT_TRUE(lost->done());
    const auto status = lost->take().error();
    EXPECT_EQ(status.code(), kUnavailable) << status.to_string();
    EXPECT_THAT(status.message(), HasSubstr("inproc:a"));
    EXPECT_THAT(status.message(), HasSubstr("HTTP/2"));
  }
  channel.advance(2s);
  ASSERT_TRUE(later.done()) << "it has a connection of its own";
  const auto response = later.take();
  EXPECT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(channel.scripted->open(), 1u) << "the bad one is closed";
}

INSTANTIATE_TEST_SUITE_P(Client, Interruption, testing::ValuesIn(kInterruptions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(BadConnection, ThatIsNeverGreetedFailsAfterTwentySeconds) {
  ScriptedChannel channel;
  channel.scripted->greeting = "";
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(19s);
  EXPECT_FALSE(call.done());
  channel.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), unavailable("inproc:a accepts connections, but does not answer as HTTP/2"));
}

TEST(BadConnection, ThatIsClosedAtOnceFailsTheCall) {
  ScriptedChannel channel;
  channel.scripted->greeting = "";
  auto call = channel.unary("hello");
  channel.poll();
  channel.scripted->close(0);
  channel.poll();
  ASSERT_TRUE(call.done());
  const auto status = call.take().error();
  EXPECT_EQ(status.code(), kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("the connection to inproc:a is lost"));
}

/// The window of the session and of its streams bounds what a client holds for those who do not read.
TEST(BadConnection, ThatSendsMoreThanItMayIsCut) {
  ScriptedChannel channel;
  auto call = channel.start(kServerStreaming, CallKind::kServerStreaming);
  channel.poll();
  const std::string frame_of_data = data(1, std::string(16'000, '\0'));
  std::string flood = response_head(1);
  for (int i = 0; i < 30; ++i) flood += frame_of_data;
  channel.say(flood);
  EXPECT_TRUE(call->ended());
  EXPECT_EQ(call->status().code(), kInternal);
}

}  // namespace
}  // namespace plinth::test
