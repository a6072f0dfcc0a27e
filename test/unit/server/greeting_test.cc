// The first bytes of a connection: HTTP/2, something else, or nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/preface.h"
#include "support/test_client.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::TestServer;
using test::TestWire;
using testing::StartsWith;

using Verdict = PrefaceCheck::Verdict;

TEST(PrefaceCheckTest, KnowsHttp2HoweverItIsSplit) {
  for (std::size_t at = 0; at < test::kMagic.size(); ++at) {
    PrefaceCheck check;
    EXPECT_EQ(check.feed(base::as_bytes(test::kMagic.substr(0, at))), Verdict::kNeedMore);
    EXPECT_EQ(check.feed(base::as_bytes(std::string(test::kMagic.substr(at)) + "more")), Verdict::kHttp2);
  }
}

TEST(PrefaceCheckTest, SaysNoAtTheFirstWrongByte) {
  for (std::size_t at = 0; at < test::kMagic.size(); ++at) {
    std::string wrong(test::kMagic.substr(0, at + 1));
    wrong.back() = '?';
    PrefaceCheck check;
    EXPECT_EQ(check.feed(base::as_bytes(wrong)), Verdict::kOther) << at;
  }
}

class Greeting : public testing::Test {
 protected:
  TestServer server_;
  TestWire wire_{server_};
};

TEST_F(Greeting, OfHttp2IsAnsweredWithSettings) {
  wire_.send(test::preface());
  test::FrameReader reader;
  EXPECT_EQ(test::to_text(reader.read(wire_.take_received()).at(0)), "SETTINGS");
}

TEST_F(Greeting, OfHttp1IsToldWhatIsWrong) {
  wire_.send("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
  const auto answer = wire_.take_received();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, testing::HasSubstr("gRPC"));
  EXPECT_TRUE(wire_.server_closed());
  wire_.close();
  EXPECT_TRUE(wire_.done());
}

TEST_F(Greeting, OfHttp1IsAnsweredThoughItGoesOnAndOn) {
  wire_.send("POST / HTTP/1.1\r\n\r\n");
  for (int i = 0; i < 100 && wire_.all_taken(); ++i) wire_.send(std::string(16'000, 'x'));
  EXPECT_TRUE(wire_.done()) << "its end is not waited for for ever";
  EXPECT_THAT(wire_.take_received(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(Greeting, OfHttp1ThatNobodyReadsTheAnswerOfEnds) {
  TestWire wire(server_, net::make_pipe("test", 10));
  wire.stop_reading();
  wire.send("GET / H");
  server_.advance(19s);
  EXPECT_FALSE(wire.done());
  server_.advance(1s);
  EXPECT_TRUE(wire.done());
}

TEST_F(Greeting, OfAnythingElseEndsTheConnection) {
  wire_.send("\x16\x03\x01\x02");
  EXPECT_EQ(wire_.take_received(), "");
  EXPECT_TRUE(wire_.done());
}

TEST_F(Greeting, OfSilenceEndsAfterTwentySeconds) {
  server_.advance(19'999ms);
  EXPECT_FALSE(wire_.done());
  server_.advance(1ms);
  EXPECT_TRUE(wire_.done());
  EXPECT_TRUE(wire_.server_closed());
}

TEST_F(Greeting, OfOneByteASecondEndsAfterTwentySeconds) {
  for (int i = 0; i < 19; ++i) {
    wire_.send(std::string(1, test::kMagic[static_cast<std::size_t>(i)]));
    server_.advance(1s);
  }
  EXPECT_FALSE(wire_.done());
  server_.advance(1s);
  EXPECT_TRUE(wire_.done());
}

TEST_F(Greeting, OnceGivenMayBeFollowedBySilence) {
  wire_.send(test::preface());
  server_.advance(1h);
  EXPECT_FALSE(wire_.done());
}

TEST_F(Greeting, OfWrongSettingsIsAnsweredWithGoaway) {
  wire_.send(std::string(test::kMagic) + test::data(1, "no settings"));
  test::FrameReader reader;
  const auto frames = reader.read(wire_.take_received());
  EXPECT_EQ(test::to_text(frames.back()), "GOAWAY 0 PROTOCOL_ERROR");
  EXPECT_TRUE(wire_.server_closed());
  server_.advance(1s);
  EXPECT_TRUE(wire_.done());
}

TEST_F(Greeting, OfAFloodIsAnsweredWithGoaway) {
  std::string flood = test::preface();
  for (int i = 0; i < 2000; ++i) flood += test::ping(7);
  wire_.send(flood);
  test::FrameReader reader;
  const auto frames = reader.read(wire_.take_received());
  EXPECT_EQ(test::to_text(frames.back()), "GOAWAY 0 ENHANCE_YOUR_CALM");
  EXPECT_TRUE(wire_.server_closed());
  server_.advance(1s);
  EXPECT_TRUE(wire_.done());
}

}  // namespace
}  // namespace plinth::server
