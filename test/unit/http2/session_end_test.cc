// How streams and connections end: resets, refusals, GOAWAY, a lost connection; and pings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/session_events.h"

namespace plinth::http2 {
namespace {

using test::TestSession;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const base::FieldList kHead = {{":status", "200", true}};
const base::FieldList kTrailers = {{"grpc-status", "0", true}};

std::string open(std::uint32_t id, std::uint8_t flags = test::kNoFlags) {
  return test::headers(id, test::grpc_fields("/a/b"), flags);
}

class SessionEnd : public testing::Test {
 protected:
  SessionEnd() { server_.greeted(); }

  void receive(const std::string& bytes) {
    server_.receive(bytes);
    server_.events.lines.clear();
  }

  TestSession server_;
};

TEST_F(SessionEnd, OfAStreamByItsPeer) {
  receive(open(1));
  server_.receive(test::rst_stream(1, 8));
  EXPECT_THAT(server_.events.lines, ElementsAre("1 closed CANCEL"));
  EXPECT_EQ(server_->open_streams(), 0u);
}

TEST_F(SessionEnd, OfAStreamByItsPeerDropsWhatIsQueued) {
  receive(test::settings({{test::kInitialWindowSize, 0}}) + open(1) + open(3));
  server_.frames();
  server_.stream(0)->send_head(kHead);
  server_.stream(0)->send(base::Bytes::copy_of("never"));
  server_.receive(test::rst_stream(1, 8));
  server_.stream(1)->send_only(kHead);
  EXPECT_THAT(server_.frames(), ElementsAre("HEADERS 3 END_STREAM :status=200", "RST_STREAM 3 NO_ERROR"));
}

TEST_F(SessionEnd, OfAStreamByUs) {
  receive(open(1));
  server_.stream()->reset(ErrorCode::kCancel);
  EXPECT_THAT(server_.frames(), ElementsAre("RST_STREAM 1 CANCEL"));
  EXPECT_THAT(server_.events.lines, ElementsAre("1 closed CANCEL"));
}

TEST_F(SessionEnd, OfAStreamByUsFromInsideOfAnEvent) {
  receive(open(1) + open(3));
  server_.stream(1)->send_head(kHead);
  server_.stream(1)->send(base::Bytes::copy_of("later"));
  server_.stream(0)->reset(ErrorCode::kCancel);
  server_.receive(test::data(1, "more") + test::data(3, "more", test::kEndStream));
  EXPECT_THAT(server_.frames(), testing::Contains("DATA 3 5"));
}

TEST_F(SessionEnd, BeforeItHasBegun) {
  server_.events.refusing = true;
  receive(open(1, test::kEndStream));
  EXPECT_THAT(server_.frames(), ElementsAre("RST_STREAM 1 REFUSED_STREAM"));
  server_.events.refusing = false;
  server_.receive(open(3, test::kEndStream));
  EXPECT_EQ(server_.events.lines.size(), 2u) << "the next stream is served";
}

TEST_F(SessionEnd, OfARefusedStreamIgnoresItsBody) {
  server_.events.refusing = true;
  receive(open(1) + test::data(1, "body") + test::headers(1, {{"trailer", "x"}}, test::kEndStream));
  EXPECT_THAT(server_.frames(), ElementsAre("RST_STREAM 1 REFUSED_STREAM"));
  EXPECT_THAT(server_.events.lines, IsEmpty());
}

TEST_F(SessionEnd, OfAResponseBeforeItsRequestTellsTheClientToStop) {
  receive(open(1) + test::data(1, "half of it"));
  server_.stream()->send_head(kHead);
  server_.stream()->send(base::Bytes::copy_of("answer"));
  server_.stream()->send_trailers(kTrailers);
  EXPECT_THAT(server_.frames(), ElementsAre("HEADERS 1 :status=200", "DATA 1 6", "HEADERS 1 END_STREAM grpc-status=0",
                                            "RST_STREAM 1 NO_ERROR"));
  EXPECT_THAT(server_.events.lines, ElementsAre("1 closed NO_ERROR"));
}

TEST_F(SessionEnd, OfAResponseAfterItsRequestResetsNothing) {
  receive(open(1, test::kEndStream));
  server_.stream()->send_only(kHead);
  EXPECT_THAT(server_.frames(), ElementsAre("HEADERS 1 END_STREAM :status=200"));
}

TEST_F(SessionEnd, InTwoSteps) {
  receive(open(1));
  server_->announce_goaway();
  EXPECT_THAT(server_.frames(), ElementsAre("GOAWAY 2147483647 NO_ERROR"));
  EXPECT_TRUE(server_->alive());

  server_.receive(open(3));
  EXPECT_EQ(server_.events.streams.size(), 2u) << "what the client sent before it knew is served";
  server_->goaway(ErrorCode::kNoError);
  EXPECT_THAT(server_.frames(), ElementsAre("GOAWAY 3 NO_ERROR"));

  server_.receive(open(5));
  EXPECT_EQ(server_.events.streams.size(), 2u) << "what it sends after that is not";
  for (std::size_t i : {0, 1}) server_.stream(i)->send_only(kHead);
  EXPECT_THAT(server_.frames(), ElementsAre("HEADERS 1 END_STREAM :status=200", "HEADERS 3 END_STREAM :status=200",
                                            "RST_STREAM 1 NO_ERROR", "RST_STREAM 3 NO_ERROR"));
  EXPECT_FALSE(server_->alive());
}

TEST_F(SessionEnd, RefusesStreamsWhileTheGoawayWaitsForTheNetwork) {
  receive(open(1));
  server_->goaway(ErrorCode::kNoError);
  server_.receive(open(3));
  EXPECT_EQ(server_.events.streams.size(), 1u) << "the client will be told that it was never looked at";
  EXPECT_THAT(server_.frames(), Contains("GOAWAY 1 NO_ERROR"));
}

TEST_F(SessionEnd, WithAReason) {
  server_->goaway(ErrorCode::kEnhanceYourCalm, "too much");
  EXPECT_THAT(server_.collect(), testing::EndsWith("too much"));
}

TEST_F(SessionEnd, ByTheClientLeavesOpenStreamsAlone) {
  receive(open(1));
  server_.receive(test::goaway(0, 0));
  EXPECT_THAT(server_.events.lines, ElementsAre("goaway 0 NO_ERROR "));
  EXPECT_TRUE(server_->alive());
  server_.stream()->send_only(kHead);
  server_.frames();
  EXPECT_FALSE(server_->alive());
}

TEST_F(SessionEnd, WithTheConnectionClosesEveryStream) {
  receive(open(1) + open(3));
  server_.stream(0)->send_head(kHead);
  server_.stream(0)->send(base::Bytes::copy_of("never"));
  server_->abandon(ErrorCode::kCancel);
  EXPECT_THAT(server_.events.lines, ElementsAre("1 closed CANCEL", "3 closed CANCEL"));
  EXPECT_FALSE(server_->alive());
  EXPECT_FALSE(server_.receive(open(5)));
  EXPECT_THAT(server_.frames(), IsEmpty()) << "nothing may follow";
}

TEST_F(SessionEnd, OfAStreamWhoseTrailersAreTooLarge) {
  receive(open(1) + open(3));
  const std::string large(70'000, 'x');
  server_.stream(0)->send_head(kHead);
  server_.stream(0)->send_trailers(base::FieldList{{"grpc-message", large}});
  EXPECT_THAT(server_.frames(), ElementsAre("HEADERS 1 :status=200", "RST_STREAM 1 INTERNAL_ERROR"));
  EXPECT_THAT(server_.events.lines, ElementsAre("1 closed INTERNAL_ERROR")) << "instead of waiting for ever";
  server_.stream(1)->send_only(base::FieldList{{":status", "200"}, {"x", large}});
  EXPECT_THAT(server_.frames(), ElementsAre("RST_STREAM 3 INTERNAL_ERROR"));
}

TEST_F(SessionEnd, IsNotAPing) {
  server_.receive(test::ping(0x1234));
  EXPECT_THAT(server_.events.lines, ElementsAre("ping"));
  EXPECT_THAT(server_.frames(), ElementsAre("PING ACK"));
}

TEST_F(SessionEnd, IsNotAnAnsweredPing) {
  server_->ping(0x0102030405060708);
  EXPECT_EQ(server_.collect(), test::ping(0x0102030405060708));
  server_.receive(test::ping(0x0102030405060708, test::kAck));
  EXPECT_THAT(server_.events.lines, ElementsAre("ping ack 102030405060708"));
}

}  // namespace
}  // namespace plinth::http2
