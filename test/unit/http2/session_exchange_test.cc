// Requests and responses as they ought to be, on both sides of a connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/session_events.h"

namespace plinth::http2 {
namespace {

using test::TestSession;
using testing::ElementsAre;
using testing::IsEmpty;

const base::FieldList kHead = {{":status", "200", true}, {"content-type", "application/grpc", true}};
const base::FieldList kTrailers = {{"grpc-status", "0", true}};

const std::string kRequest =
    test::headers(1, {{":method", "POST"}, {":scheme", "http"}, {":path", "/a/b"}, {":authority", "me"}}) +
    test::data(1, "hello, ") + test::data(1, "world", test::kEndStream);

const std::string kRequestFields = "1 fields :method=POST :scheme=http :path=/a/b :authority=me";

TEST(ServerSession, GreetsWithItsSettings) {
  TestSession server;
  EXPECT_TRUE(server.receive(test::preface()));
  EXPECT_THAT(server.frames(), ElementsAre("SETTINGS", "SETTINGS ACK", testing::StartsWith("WINDOW_UPDATE 0 ")));
}

TEST(ServerSession, TellsARequestInOrder) {
  TestSession server;
  server.greeted(kRequest);
  EXPECT_THAT(server.events.lines, ElementsAre(kRequestFields, "1 end"));
  EXPECT_EQ(server.stream().body, "hello, world");
  EXPECT_EQ(server->open_streams(), 1u);
}

TEST(ServerSession, TellsTheSameHoweverTheBytesAreSplit) {
  const auto bytes = test::preface() + kRequest;
  for (std::size_t step = 1; step < bytes.size(); ++step) {
    TestSession server;
    for (std::size_t at = 0; at < bytes.size(); at += step) ASSERT_TRUE(server.receive(bytes.substr(at, step)));
    ASSERT_THAT(server.events.lines, ElementsAre(kRequestFields, "1 end")) << "in parts of " << step << " bytes";
    ASSERT_EQ(server.stream().body, "hello, world") << "in parts of " << step << " bytes";
  }
}

TEST(ServerSession, AnswersAUnaryCallWithThreeFrames) {
  TestSession server;
  server.greeted(kRequest);
  server.stream()->send_head(kHead);
  server.stream()->send(base::Bytes::copy_of("answer"));
  server.stream()->send_trailers(kTrailers);
  EXPECT_THAT(server.frames(), ElementsAre("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 6",
                                           "HEADERS 1 END_STREAM grpc-status=0"));
  EXPECT_EQ(server.stream().sent, 6u);
  EXPECT_EQ(server.events.lines.back(), "1 closed NO_ERROR");
  EXPECT_EQ(server->open_streams(), 0u);
}

TEST(ServerSession, SendsNoEmptyFrameWhenTheTrailersComeLater) {
  TestSession server;
  server.greeted(kRequest);
  server.stream()->send_head(kHead);
  EXPECT_THAT(server.frames(), ElementsAre("HEADERS 1 :status=200 content-type=application/grpc"));
  server.stream()->send(base::Bytes::copy_of("part"));
  EXPECT_THAT(server.frames(), ElementsAre("DATA 1 4"));
  EXPECT_THAT(server.frames(), IsEmpty());
  server.stream()->send_trailers(kTrailers);
  EXPECT_THAT(server.frames(), ElementsAre("HEADERS 1 END_STREAM grpc-status=0"));
}

TEST(ServerSession, JoinsSmallPartsInOneFrame) {
  TestSession server;
  server.greeted(kRequest);
  server.stream()->send_head(kHead);
  for (const char* part : {"one", "two", "three"}) server.stream()->send(base::Bytes::copy_of(part));
  server.stream()->send(base::Bytes());
  EXPECT_EQ(server.stream()->queued(), 11u);
  EXPECT_THAT(server.frames(), ElementsAre(testing::StartsWith("HEADERS"), "DATA 1 11"));
  EXPECT_EQ(server.stream()->queued(), 0u);
}

TEST(ServerSession, AnswersWithFieldsOnly) {
  TestSession server;
  server.greeted(kRequest);
  server.stream()->send_only(kHead);
  EXPECT_THAT(server.frames(), ElementsAre("HEADERS 1 END_STREAM :status=200 content-type=application/grpc"));
  EXPECT_FALSE(server.stream().open());
}

TEST(ServerSession, CopiesFieldsThatDoNotLast) {
  TestSession server;
  server.greeted(kRequest);
  server.stream()->send_head(kHead);
  {
    std::string name = "a-name-that-is-longer-than-a-short-string", value = "short";
    server.stream()->send_trailers(base::FieldList{{name, value}, {value, name}});
    name.assign(name.size(), 'x');
    value.assign(value.size(), 'y');
  }
  EXPECT_EQ(server.frames().back(),
            "HEADERS 1 END_STREAM a-name-that-is-longer-than-a-short-string=short "
            "short=a-name-that-is-longer-than-a-short-string");
}

TEST(ServerSession, SaysWhenThereIsSomethingToSend) {
  TestSession server;
  server.greeted(kRequest);
  EXPECT_EQ(server.events.outputs, 0u);
  server.stream()->send_head(kHead);
  EXPECT_EQ(server.events.outputs, 1u);
  server.frames();
  server.stream()->send(base::Bytes::copy_of("later"));
  EXPECT_EQ(server.events.outputs, 2u);
}

TEST(ServerSession, ServesManyStreamsAtOnce) {
  TestSession server;
  server.greeted();
  for (std::uint32_t id = 1; id <= 1999; id += 2) {
    server.receive(test::headers(id, test::grpc_fields("/a/b"), test::kEndStream));
  }
  EXPECT_EQ(server->open_streams(), 1000u);
  for (auto& stream : server.events.streams) stream->send_only(kHead);
  EXPECT_EQ(server.frames().size(), 1000u);
  EXPECT_EQ(server->open_streams(), 0u);
}

/// Carries bytes between a client and a server until neither has more to say.
void exchange(TestSession& client, TestSession& server) {
  for (bool moved = true; moved;) {
    const auto there = client.collect();
    const auto back = server.collect();
    moved = !there.empty() || !back.empty();
    ASSERT_TRUE(server.receive(there));
    ASSERT_TRUE(client.receive(back));
  }
}

class ClientSession : public testing::Test {
 protected:
  Stream* open() {
    const base::FieldList fields = {{":method", "POST"}, {":scheme", "http"}, {":path", "/a/b"}, {":authority", "me"}};
    return client_->open(fields, of_stream_);
  }

  TestSession server_;
  TestSession client_{&Session::client};
  test::SessionEvents::StreamEvents of_stream_{client_.events, nullptr};
};

TEST_F(ClientSession, ExchangesAWholeCall) {
  auto* stream = open();
  ASSERT_NE(stream, nullptr);
  of_stream_.set(stream);
  stream->send(base::Bytes::copy_of("question"));
  stream->send_end();
  exchange(client_, server_);
  EXPECT_THAT(server_.events.take_lines(), ElementsAre(kRequestFields, "1 end"));
  EXPECT_EQ(server_.stream().body, "question");

  server_.stream()->send_head(kHead);
  server_.stream()->send(base::Bytes::copy_of("answer"));
  server_.stream()->send_trailers(kTrailers);
  exchange(client_, server_);
  EXPECT_THAT(client_.events.lines, ElementsAre("1 fields :status=200 content-type=application/grpc",
                                                "1 fields grpc-status=0", "1 end", "1 closed NO_ERROR"));
  EXPECT_EQ(of_stream_.body, "answer");
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(ClientSession, ResetsAStreamThatHasNotLeftYet) {
  auto* stream = open();
  of_stream_.set(stream);
  stream->send(base::Bytes::copy_of("question"));
  stream->reset(ErrorCode::kCancel);
  exchange(client_, server_);
  EXPECT_EQ(client_.events.lines.back(), "1 closed CANCEL");
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(ClientSession, LearnsThatItsStreamWasRefused) {
  server_.events.refusing = true;
  of_stream_.set(open());
  exchange(client_, server_);
  EXPECT_THAT(client_.events.lines, ElementsAre("1 closed REFUSED_STREAM"));
}

TEST_F(ClientSession, TakesAnAnswerBeforeItsRequestHasEnded) {
  of_stream_.set(open());
  exchange(client_, server_);
  server_.stream()->send_only(kHead);
  exchange(client_, server_);
  EXPECT_THAT(client_.events.lines,
              ElementsAre("1 fields :status=200 content-type=application/grpc", "1 end", "1 closed NO_ERROR"));
}

TEST_F(ClientSession, ClosesWhatAGoawayHasLeftOut) {
  exchange(client_, server_);
  server_->goaway(ErrorCode::kNoError);
  of_stream_.set(open());
  exchange(client_, server_);
  EXPECT_EQ(client_.events.lines.front(), "goaway 0 NO_ERROR ");
  EXPECT_EQ(client_.events.lines.back(), "1 closed REFUSED_STREAM");
}

}  // namespace
}  // namespace plinth::http2
