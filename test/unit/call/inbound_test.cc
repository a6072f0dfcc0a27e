#include "call/inbound.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "support/session_events.h"

namespace plinth::call {
namespace {

using namespace std::string_literals;

using google::protobuf::StringValue;
using test::TestSession;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kLimit = 1'000'000;

StringValue text(std::string value) {
  StringValue message;
  message.set_value(std::move(value));
  return message;
}
std::string framed(const StringValue& message) { return test::grpc_frame(message.SerializeAsString()); }

class InboundTest : public testing::Test {
 protected:
  InboundTest() { inbound_.reset(nullptr, kLimit, wire::Encoding::kIdentity); }

  Status on_data(std::string_view bytes) { return inbound_.on_data(base::as_bytes(bytes)); }
  void feed(std::string_view bytes) { ASSERT_TRUE(on_data(bytes).ok()); }
  /// What is taken next: the text, "end", or the error.
  std::string take() {
    StringValue message;
    try {
      return inbound_.take(message) ? message.value() : "end";
    } catch (const StatusError& error) {
      return error.status().to_string();
    }
  }

  Inbound inbound_;
};

TEST_F(InboundTest, GivesMessagesInOrder) {
  EXPECT_FALSE(inbound_.can_take());
  feed(framed(text("one")) + framed(text("two")));
  EXPECT_TRUE(inbound_.can_take());
  EXPECT_EQ(take(), "one");
  EXPECT_EQ(take(), "two");
  EXPECT_FALSE(inbound_.can_take());
}

TEST_F(InboundTest, GivesMessagesHoweverTheyAreSplit) {
  const auto bytes = framed(text("one")) + framed(text("")) + framed(text(std::string(300, 'x')));
  for (std::size_t step = 1; step < bytes.size(); ++step) {
    inbound_.reset(nullptr, kLimit, wire::Encoding::kIdentity);
    for (std::size_t at = 0; at < bytes.size(); at += step) feed(bytes.substr(at, step));
    ASSERT_EQ(take(), "one") << step;
    ASSERT_EQ(take(), "") << step;
    ASSERT_EQ(take(), std::string(300, 'x')) << step;
  }
}

TEST_F(InboundTest, EndsAfterTheLastMessage) {
  feed(framed(text("last")));
  EXPECT_TRUE(inbound_.on_end().ok());
  EXPECT_EQ(take(), "last");
  EXPECT_TRUE(inbound_.can_take());
  EXPECT_EQ(take(), "end");
}

TEST_F(InboundTest, CannotEndInTheMiddleOfAMessage) {
  feed(framed(text("one")) + "\0\0"s);
  EXPECT_EQ(inbound_.on_end().to_string(), "INTERNAL: the stream ended in the middle of a message");
}

TEST_F(InboundTest, RefusesAMessageAboveTheLimitByItsPrefix) {
  EXPECT_EQ(on_data(std::string(1, '\0') + test::number(kLimit + 1, 4)).code(), StatusCode::kResourceExhausted);
}

TEST_F(InboundTest, RefusesUnknownFlags) { EXPECT_EQ(on_data(test::grpc_frame("", 2)).code(), StatusCode::kInternal); }

TEST_F(InboundTest, RefusesWhatIsNoSuchMessage) {
  feed(test::grpc_frame("\xff\xff\xff"));
  EXPECT_EQ(take(), "INTERNAL: the message that came is no valid google.protobuf.StringValue");
}

TEST_F(InboundTest, RefusesCompressionThatWasNotAnnounced) {
  feed(test::grpc_frame("x", 1));
  EXPECT_THAT(take(), testing::StartsWith("INTERNAL"));
}

TEST_F(InboundTest, DecompressesBothKinds) {
  inbound_.reset(nullptr, kLimit, wire::Encoding::kGzip);
  const auto packed = wire::compress(wire::Encoding::kGzip, base::as_bytes(text("packed").SerializeAsString()));
  feed(test::grpc_frame(packed.text(), 1) + framed(text("plain")));
  EXPECT_EQ(take(), "packed");
  EXPECT_EQ(take(), "plain");
}

TEST_F(InboundTest, StopsABombAtTheLimit) {
  inbound_.reset(nullptr, kLimit, wire::Encoding::kGzip);
  const auto bomb = wire::compress(wire::Encoding::kGzip, base::as_bytes(std::string(100 * kLimit, '\0')));
  ASSERT_LT(bomb.size(), kLimit);
  feed(test::grpc_frame(bomb.text(), 1));
  EXPECT_THAT(take(), testing::StartsWith("RESOURCE_EXHAUSTED"));
}

TEST_F(InboundTest, ForgetsEverythingForTheNextCall) {
  feed(framed(text("old")) + "\0\0"s);
  EXPECT_FALSE(inbound_.on_end().ok());
  inbound_.reset(nullptr, kLimit, wire::Encoding::kIdentity);
  EXPECT_EQ(inbound_.held(), 0u);
  EXPECT_FALSE(inbound_.can_take());
  EXPECT_TRUE(inbound_.on_end().ok());
}

/// The receive window of a real stream, of 100,000 bytes; it reopens in steps of half of that.
class InboundWindow : public testing::Test {
 protected:
  InboundWindow() {
    session_.greeted(test::settings_ack() + test::headers(1, test::grpc_fields("/a/b")));
    inbound_.reset(&*session_.stream(), kLimit, wire::Encoding::kIdentity);
  }

  /// From the client, through the session, to the call.
  void send(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 16'000))) {
      session_.receive(test::data(1, bytes.substr(0, 16'000)));
      auto& body = session_.stream().body;
      EXPECT_TRUE(inbound_.on_data(base::as_bytes(body)).ok());
      body.clear();
      note_frames();
    }
  }
  void take() {
    StringValue message;
    EXPECT_TRUE(inbound_.take(message));
  }

  /// What the client has been sent since this was last asked for.
  std::vector<std::string> frames() {
    note_frames();
    return std::exchange(frames_, {});
  }
  void note_frames() {
    for (auto& line : session_.frames()) frames_.push_back(std::move(line));
  }

  std::vector<std::string> frames_;
  TestSession session_{&http2::Session::server, {.stream_window = 100'000}};
  Inbound inbound_;
};

TEST_F(InboundWindow, ReopensOnlyAsMessagesAreTaken) {
  send(framed(text(std::string(60'000, 'x'))));
  EXPECT_THAT(frames(), IsEmpty());
  take();
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 60009"));
}

TEST_F(InboundWindow, StaysClosedForBytesOfTheNextMessage) {
  const auto message = framed(text(std::string(60'000, 'x')));
  send(message + message.substr(0, 30'000));
  take();
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 60009"));
  send(message.substr(30'000));
  take();
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 60009"));
}

TEST_F(InboundWindow, IsWidenedForTheOnlyMessage) {
  const auto message = framed(text(std::string(300'000, 'x')));
  send(message.substr(0, 90'000));
  EXPECT_THAT(frames(), IsEmpty()) << "nobody wants it yet";
  inbound_.want(true);
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 210009")) << "all that is missing may come at once";
  send(message.substr(90'000));
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 170000")) << "half of the window that it has now";
  take();
  EXPECT_EQ(inbound_.held(), 0u);
}

TEST_F(InboundWindow, IsNotWidenedForAMessageThatFits) {
  inbound_.want(true);
  send(framed(text(std::string(90'000, 'x'))));
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 64000")) << "half of it is free again";
}

TEST_F(InboundWindow, ForgetsWithItsCallThatThereIsOnlyOneMessage) {
  inbound_.want(true);
  inbound_.reset(&*session_.stream(), kLimit, wire::Encoding::kIdentity);
  send(framed(text(std::string(300'000, 'x'))).substr(0, 90'000));
  inbound_.want();
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 90000"));
}

TEST_F(InboundWindow, ReopensForAMessageThatIsLargerAndWanted) {
  const auto message = framed(text(std::string(300'000, 'x')));
  send(message.substr(0, 90'000));
  EXPECT_THAT(frames(), IsEmpty()) << "nobody wants it yet";
  inbound_.want();
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 90000"));
  send(message.substr(90'000, 90'000));
  send(message.substr(180'000, 90'000));
  EXPECT_THAT(frames(), ElementsAre("WINDOW_UPDATE 1 64000", "WINDOW_UPDATE 1 58000", "WINDOW_UPDATE 1 58000"));
  send(message.substr(270'000));
  take();
  frames();
  EXPECT_EQ(inbound_.held(), 0u);
  send(framed(text(std::string(40'000, 'x'))));
  EXPECT_THAT(frames(), IsEmpty()) << "that wish was for one message";
}

TEST_F(InboundWindow, IsLeftAloneOnceTheStreamIsGone) {
  send(framed(text(std::string(60'000, 'x'))));
  session_.receive(test::rst_stream(1, 8));
  inbound_.detach();
  take();
  EXPECT_THAT(frames(), IsEmpty());
}

}  // namespace
}  // namespace plinth::call
