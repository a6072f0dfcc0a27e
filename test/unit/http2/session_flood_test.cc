// Floods: what costs the client little and would cost the server much ends the connection, with bounded memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/session_events.h"

namespace plinth::http2 {
namespace {

using test::FrameType;
using test::TestSession;
using testing::Contains;
using testing::ElementsAre;
using testing::StartsWith;

std::string open(std::uint32_t id) { return test::headers(id, test::grpc_fields("/a/b"), test::kEndStream); }

/// Feeds this many copies of a frame; says how many were taken before the session gave up.
std::size_t feed(TestSession& server, const std::string& bytes, std::size_t count) {
  for (std::size_t fed = 0; fed < count; ++fed) {
    if (!server.receive(bytes)) return fed;
  }
  return count;
}

constexpr std::size_t kMany = 100'000;
const char* const kCalm = "GOAWAY 0 ENHANCE_YOUR_CALM";

TEST(Flood, OfPingsThatNobodyReadsTheAnswersOf) {
  TestSession server;
  server.greeted();
  EXPECT_LT(feed(server, test::ping(7), kMany), 2000u);
  EXPECT_THAT(server.frames(), Contains(kCalm));
  EXPECT_FALSE(server->alive());
}

TEST(Flood, OfPingsWhoseAnswersAreReadIsHarmless) {
  TestSession server;
  server.greeted();
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(server.receive(test::ping(7)));
    ASSERT_THAT(server.frames(), testing::ElementsAre("PING ACK"));
  }
}

TEST(Flood, OfSettings) {
  TestSession server;
  server.greeted();
  EXPECT_LT(feed(server, test::settings({{test::kInitialWindowSize, 1}}), kMany), 2000u);
  EXPECT_THAT(server.frames(), Contains(kCalm));
}

TEST(Flood, OfSettingsInOneFrame) {
  TestSession server;
  server.greeted();
  std::vector<std::pair<std::uint16_t, std::uint32_t>> entries(1000, {test::kInitialWindowSize, 1});
  server.receive(test::settings(entries));
  EXPECT_THAT(server.frames(), Contains(kCalm));
}

TEST(Flood, OfContinuations) {
  TestSession server;
  server.greeted();
  const auto block = test::hpack({{"x", std::string(1000, 'y')}});
  server.receive(test::frame(FrameType::kHeaders, 0, 1, test::hpack(test::grpc_fields("/a/b"))));
  EXPECT_LT(feed(server, test::frame(FrameType::kContinuation, 0, 1, block), kMany), 20u);
  EXPECT_THAT(server.frames(), Contains(StartsWith("GOAWAY ")));
  EXPECT_FALSE(server->alive());
}

TEST(Flood, OfEmptyContinuations) {
  TestSession server;
  server.greeted();
  server.receive(test::frame(FrameType::kHeaders, 0, 1, test::hpack(test::grpc_fields("/a/b"))));
  EXPECT_LT(feed(server, test::frame(FrameType::kContinuation, 0, 1, {}), kMany), 20u);
  EXPECT_THAT(server.frames(), Contains(StartsWith("GOAWAY ")));
}

TEST(Flood, OfStreamsThatAreResetAtOnce) {
  TestSession server;
  server.greeted();
  std::uint32_t id = 1;
  for (; id < 2 * kMany && server->alive(); id += 2) {
    server.receive(open(id) + test::rst_stream(id, 8));
    server.collect();
  }
  EXPECT_LT(id, 2 * 40'000u) << "a burst of them, and what the time allows";
  EXPECT_LT(server.events.streams.size(), 40'000u);
  EXPECT_FALSE(server->alive());
}

TEST(Flood, OfStreamsIsRefusedAboveTheLimit) {
  TestSession server(&Session::server, {.max_concurrent_streams = 100});
  server.greeted();
  for (std::uint32_t id = 1; id <= 201; id += 2) server.receive(open(id));
  EXPECT_EQ(server.events.streams.size(), 100u);
  EXPECT_THAT(server.frames(), ElementsAre("RST_STREAM 201 REFUSED_STREAM")) << "the client may not know the limit yet";
  server.receive(test::settings_ack() + open(203));
  EXPECT_THAT(server.frames(), Contains("GOAWAY 199 PROTOCOL_ERROR")) << "now it must";
}

TEST(Flood, OfFieldsThatRepeatOneEntryEndsAtFourTimesTheLimit) {
  TestSession server;
  server.greeted();
  const auto first = std::string(1, '\x40') + test::hpack_text("x") + test::hpack_text(std::string(3000, 'y'));
  auto block = test::hpack(test::grpc_fields("/a/b")) + first + std::string(12'000, '\xbe');
  server.receive(test::frame(FrameType::kHeaders, test::kEndHeaders | test::kEndStream, 1, block));
  EXPECT_THAT(server.frames(), Contains("RST_STREAM 1 INTERNAL_ERROR")) << "16 KB stand for 36 MB";
  EXPECT_THAT(server.events.lines, ElementsAre("1 closed INTERNAL_ERROR"));
  server.receive(open(3));
  EXPECT_TRUE(server->alive()) << "other streams are unharmed";
}

}  // namespace
}  // namespace plinth::http2
