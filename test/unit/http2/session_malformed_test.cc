// What a hostile or broken client sends, and the error that RFC 9113 names for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/session_events.h"

namespace plinth::http2 {
namespace {

using test::FrameType;
using test::TestSession;
using testing::ElementsAre;

const base::FieldList kHead = {{":status", "200", true}};

struct Case {
  const char* name;
  std::string bytes;
  std::string answer;
};
void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

std::string open(std::uint32_t id, const test::Fields& more = {}) {
  return test::headers(id, test::grpc_fields("/a/b", more));
}
test::Fields without(std::string_view name) {
  auto fields = test::grpc_fields("/a/b");
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

/// The connection is over: a GOAWAY, and no more.
class ConnectionError : public testing::TestWithParam<Case> {};

TEST_P(ConnectionError, EndsTheConnection) {
  TestSession server;
  server.greeted(open(1));
  server.events.lines.clear();
  server.receive(GetParam().bytes);
  EXPECT_THAT(server.frames(), ElementsAre(GetParam().answer));
  EXPECT_FALSE(server->alive());
  const auto streams = server.events.streams.size();
  server.receive(open(101));
  EXPECT_EQ(server.events.streams.size(), streams) << "no more streams";
}

INSTANTIATE_TEST_SUITE_P(
    , ConnectionError,
    testing::Values(
        Case{"DataOnStreamZero", test::data(0, "x"), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"DataOnIdleStream", test::data(5, "x"), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"HeadersOnStreamZero", open(0), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"HeadersOnEvenStream", open(2), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"ResetOfIdleStream", test::rst_stream(5, 8), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"ResetOfStreamZero", test::rst_stream(0, 8), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"WindowOfIdleStream", test::window_update(5, 1), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"WindowByZero", test::window_update(0, 0), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"WindowOfAStreamByZero", test::window_update(1, 0), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"SettingsOnAStream", test::frame(FrameType::kSettings, 0, 1, {}), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"SettingsOfOddSize", test::frame(FrameType::kSettings, 0, 0, "12345"), "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"SettingsAckWithBody", test::frame(FrameType::kSettings, test::kAck, 0, "123456"),
             "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"WindowSettingTooLarge", test::settings({{test::kInitialWindowSize, 0x80000000}}),
             "GOAWAY 1 FLOW_CONTROL_ERROR"},
        Case{"FrameSizeSettingTooSmall", test::settings({{5, 100}}), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"PushSettingOfTwo", test::settings({{2, 2}}), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"PingOfSevenBytes", test::frame(FrameType::kPing, 0, 0, "1234567"), "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"PingOnAStream", test::frame(FrameType::kPing, 0, 1, "12345678"), "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"ResetOfFiveBytes", test::frame(FrameType::kRstStream, 0, 1, "12345"), "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"WindowOfFiveBytes", test::frame(FrameType::kWindowUpdate, 0, 1, "12345"), "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"GoawayOfSevenBytes", test::frame(FrameType::kGoaway, 0, 0, "1234567"), "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"FrameAboveTheLimit", test::data(1, std::string(16'385, 'x')), "GOAWAY 1 FRAME_SIZE_ERROR"},
        Case{"PushFromAClient", test::frame(FrameType::kPushPromise, test::kEndHeaders, 1, test::number(2, 4)),
             "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"PaddingLongerThanTheFrame", test::data(1, std::string("\x05x", 2), test::kPadded),
             "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"ContinuationOutOfPlace", test::frame(FrameType::kContinuation, test::kEndHeaders, 1, {}),
             "GOAWAY 1 PROTOCOL_ERROR"},
        Case{"FrameBetweenContinuations",
             test::frame(FrameType::kHeaders, 0, 3, test::hpack({{":method", "POST"}})) + test::ping(1),
             "GOAWAY 3 PROTOCOL_ERROR"},
        Case{"HpackUnknownIndex", test::frame(FrameType::kHeaders, test::kEndHeaders, 3, "\xff\xff\xff\x7f"),
             "GOAWAY 3 COMPRESSION_ERROR"},
        Case{"HpackIndexZero", test::frame(FrameType::kHeaders, test::kEndHeaders, 3, "\x80"),
             "GOAWAY 3 COMPRESSION_ERROR"},
        Case{"HpackCutShort", test::frame(FrameType::kHeaders, test::kEndHeaders, 3, std::string("\x00\x05:me", 5)),
             "GOAWAY 3 COMPRESSION_ERROR"},
        Case{"HpackTableTooLarge", test::frame(FrameType::kHeaders, test::kEndHeaders, 3, "\x3f\xff\xff\x7f"),
             "GOAWAY 3 COMPRESSION_ERROR"}),
    name_of);

TEST(Preface, MustBeFollowedBySettings) {
  TestSession server;
  server.receive(std::string(test::kMagic) + test::ping(1));
  EXPECT_THAT(server.frames(), ElementsAre("SETTINGS", "GOAWAY 0 PROTOCOL_ERROR")) << "SETTINGS must come first";
}

TEST(Preface, MustBeExact) {
  TestSession server;
  EXPECT_FALSE(server.receive("PRI * HTTP/2.0\r\n\r\nSM\r\n\r!"));
  EXPECT_FALSE(server.receive(test::settings()));
  EXPECT_FALSE(server->alive());
}

/// One stream is over, and the others are not.
class StreamError : public testing::TestWithParam<Case> {};

TEST_P(StreamError, LeavesTheOtherStreamsAlone) {
  TestSession server;
  server.greeted(open(1));
  server.receive(GetParam().bytes);
  EXPECT_THAT(server.frames(), ElementsAre(GetParam().answer));
  ASSERT_TRUE(server->alive());
  server.receive(test::data(1, "rest", test::kEndStream));
  EXPECT_EQ(server.stream().body, "rest");
  server.stream()->send_only(kHead);
  EXPECT_THAT(server.frames(), ElementsAre("HEADERS 1 END_STREAM :status=200"));
}

INSTANTIATE_TEST_SUITE_P(
    , StreamError,
    testing::Values(
        Case{"WithoutAPath", test::headers(3, without(":path")), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"WithoutAMethod", test::headers(3, without(":method")), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"WithoutAScheme", test::headers(3, without(":scheme")), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"TwoPaths", open(3, {{":path", "/c/d"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"UpperCaseName", open(3, {{"X-Upper", "1"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"UnknownPseudoField", open(3, {{":color", "red"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"ConnectionField", open(3, {{"connection", "close"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"TransferEncoding", open(3, {{"transfer-encoding", "chunked"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"LineBreakInAValue", open(3, {{"x", "a\r\nb"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"OtherTe", open(3, {{"te", "gzip"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"LessBodyThanPromised", open(3, {{"content-length", "5"}}) + test::data(3, "1234", test::kEndStream),
             "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"TrailersThatEndNothing", open(3) + test::headers(3, {{"x", "y"}}), "RST_STREAM 3 PROTOCOL_ERROR"},
        Case{"WindowOverflow", open(3) + test::window_update(3, 0x7fffffff), "RST_STREAM 3 FLOW_CONTROL_ERROR"}),
    name_of);

TEST(ClosedStream, IsToldWhenMoreDataComes) {
  TestSession server;
  server.greeted(test::headers(1, test::grpc_fields("/a/b"), test::kEndStream));
  server.receive(test::data(1, "more"));
  EXPECT_THAT(server.frames(), ElementsAre(testing::HasSubstr("STREAM_CLOSED")));
  EXPECT_EQ(server.stream().body, "");
}

}  // namespace
}  // namespace plinth::http2
