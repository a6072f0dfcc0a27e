// Flow control, both ways.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/session_events.h"

namespace plinth::http2 {
namespace {

using test::TestSession;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kFrame = 16'384;
constexpr std::uint32_t kFirstWindow = 65'535;

const base::FieldList kHead = {{":status", "200", true}};
const base::FieldList kTrailers = {{"grpc-status", "0", true}};

std::string request(std::uint32_t id) { return test::headers(id, test::grpc_fields("/a/b"), test::kEndStream); }

base::Bytes bytes_of(std::size_t size) { return base::Bytes::copy_of(std::string(size, 'x')); }

/// A server whose client has set its streams' windows to this, and opened stream 1.
std::unique_ptr<TestSession> server_with_window(std::uint32_t window) {
  auto server = std::make_unique<TestSession>();
  server->greeted(test::settings({{test::kInitialWindowSize, window}}) + request(1));
  return server;
}

/// Bytes in DATA frames of these lines.
std::size_t data_bytes(const std::vector<std::string>& lines) {
  std::size_t sum = 0;
  for (const auto& line : lines) {
    if (line.starts_with("DATA")) sum += std::stoul(line.substr(line.rfind(' ')));
  }
  return sum;
}

TEST(SendWindow, OfZeroLetsNothingButTheHeadOut) {
  auto server = server_with_window(0);
  server->stream()->send_head(kHead);
  server->stream()->send(bytes_of(10));
  server->stream()->send_trailers(kTrailers);
  EXPECT_THAT(server->frames(), ElementsAre("HEADERS 1 :status=200"));
  EXPECT_EQ(server->stream()->queued(), 10u);
}

TEST(SendWindow, LetsOutWhatItIsOpenedFor) {
  auto server = server_with_window(0);
  server->stream()->send_head(kHead);
  server->stream()->send(bytes_of(10));
  server->stream()->send_trailers(kTrailers);
  server->frames();
  server->receive(test::window_update(1, 4));
  EXPECT_THAT(server->frames(), ElementsAre("DATA 1 4"));
  server->receive(test::window_update(1, 100));
  EXPECT_THAT(server->frames(), ElementsAre("DATA 1 6", "HEADERS 1 END_STREAM grpc-status=0"));
}

TEST(SendWindow, OfZeroDoesNotHoldUpTrailersWithoutABody) {
  auto server = server_with_window(0);
  server->stream()->send_head(kHead);
  server->stream()->send_trailers(kTrailers);
  EXPECT_THAT(server->frames(), ElementsAre("HEADERS 1 :status=200", "HEADERS 1 END_STREAM grpc-status=0"));
}

TEST(SendWindow, OfTheConnectionIsSharedByItsStreams) {
  auto server = server_with_window(1'000'000);
  server->receive(request(3));
  for (std::size_t i : {0, 1}) {
    server->stream(i)->send_head(kHead);
    server->stream(i)->send(bytes_of(kFirstWindow));
  }
  EXPECT_EQ(data_bytes(server->frames()), kFirstWindow);
  EXPECT_THAT(server->frames(), IsEmpty());
  server->receive(test::window_update(0, 1000));
  EXPECT_EQ(data_bytes(server->frames()), 1000u);
  server->receive(test::window_update(0, 1'000'000));
  EXPECT_EQ(data_bytes(server->frames()), kFirstWindow - 1000u);
}

TEST(SendWindow, ThatASettingOpensLetsTheRestOut) {
  auto server = server_with_window(5);
  server->stream()->send_head(kHead);
  server->stream()->send(bytes_of(10));
  EXPECT_EQ(data_bytes(server->frames()), 5u);
  server->receive(test::settings({{test::kInitialWindowSize, 8}}));
  EXPECT_EQ(data_bytes(server->frames()), 3u);
}

TEST(SendWindow, OfOneStreamDoesNotHoldUpAnother) {
  auto server = server_with_window(0);
  server->receive(request(3) + test::window_update(3, 10));
  for (std::size_t i : {0, 1}) {
    server->stream(i)->send_head(kHead);
    server->stream(i)->send(bytes_of(10));
  }
  EXPECT_THAT(server->frames(), ElementsAre("HEADERS 1 :status=200", "HEADERS 3 :status=200", "DATA 3 10"));
}

TEST(SendWindow, OverflowOfAStreamResetsIt) {
  auto server = server_with_window(kFirstWindow);
  server->receive(request(3) + test::window_update(1, 0x7fffffff));
  EXPECT_THAT(server->frames(), ElementsAre("RST_STREAM 1 FLOW_CONTROL_ERROR"));
  server->stream(1)->send_only(kHead);
  EXPECT_THAT(server->frames(), ElementsAre("HEADERS 3 END_STREAM :status=200"));
}

TEST(SendWindow, OverflowOfTheConnectionEndsIt) {
  auto server = server_with_window(kFirstWindow);
  server->receive(test::window_update(0, 0x7fffffff));
  EXPECT_THAT(server->frames(), ElementsAre("GOAWAY 1 FLOW_CONTROL_ERROR"));
  EXPECT_FALSE((*server)->alive());
}

class ReceiveWindow : public testing::Test {
 protected:
  static constexpr std::int32_t kStream = 100'000;
  static constexpr std::int32_t kConnection = 400'000;

  void SetUp() override {
    server_.greeted(test::settings_ack());
    open(1);
  }
  void open(std::uint32_t id) { server_.receive(test::headers(id, test::grpc_fields("/a/b"))); }
  void send(std::uint32_t id, std::size_t size) {
    for (; size > kFrame; size -= kFrame) server_.receive(test::data(id, std::string(kFrame, 'x')));
    server_.receive(test::data(id, std::string(size, 'x')));
  }

  TestSession server_{&Session::server, {.stream_window = kStream, .connection_window = kConnection}};
};

TEST_F(ReceiveWindow, IsAsLargeAsPromised) {
  send(1, kStream);
  EXPECT_THAT(server_.frames(), IsEmpty()) << "all of it is allowed, and nobody has read it";
  EXPECT_EQ(server_.stream().body.size(), static_cast<std::size_t>(kStream));
}

TEST_F(ReceiveWindow, ResetsAStreamThatSendsMore) {
  open(3);
  send(1, kStream + 1);
  EXPECT_THAT(server_.frames(), ElementsAre("RST_STREAM 1 FLOW_CONTROL_ERROR"));
  send(3, 10);
  EXPECT_EQ(server_.stream(1).body.size(), 10u);
}

TEST_F(ReceiveWindow, ReopensAsItIsConsumed) {
  send(1, kStream);
  server_.stream()->consume(kStream / 2 - 1);
  EXPECT_THAT(server_.frames(), IsEmpty()) << "small steps are saved up";
  server_.stream()->consume(1);
  EXPECT_THAT(server_.frames(), ElementsAre("WINDOW_UPDATE 1 50000"));
  server_.stream()->consume(kStream / 2);
  EXPECT_THAT(server_.frames(), ElementsAre("WINDOW_UPDATE 1 50000"));
}

TEST_F(ReceiveWindow, OfTheConnectionReopensAsBytesArrive) {
  open(3);
  send(1, kStream);
  send(3, kStream);
  EXPECT_THAT(server_.frames(), ElementsAre("WINDOW_UPDATE 0 200000")) << "a slow reader holds up nobody else";
}

TEST_F(ReceiveWindow, CountsPaddingAsConsumed) {
  for (int i = 0; i < 300; ++i) {
    server_.receive(test::data(1, std::string(1, '\xff') + "x" + std::string(255, '\0'), test::kPadded));
  }
  server_.stream()->consume(300);
  EXPECT_THAT(server_.frames(), testing::Contains(testing::StartsWith("WINDOW_UPDATE 1 ")))
      << "76,800 bytes of padding would close it for ever";
}

TEST_F(ReceiveWindow, OfTheConnectionReopensForStreamsThatAreGone) {
  server_.stream()->reset(ErrorCode::kCancel);
  EXPECT_THAT(server_.frames(), ElementsAre("RST_STREAM 1 CANCEL"));
  for (int i = 0; i < 5; ++i) send(1, kStream);
  EXPECT_EQ(server_.frames().size(), 2u);
  open(3);
  send(3, kStream);
  EXPECT_EQ(server_.stream(1).body.size(), static_cast<std::size_t>(kStream));
}

TEST(WidenedWindow, MayBeAsWideAsHttp2AllowsBeforeTheSettingsAreAcknowledged) {
  TestSession server(&Session::server, {.stream_window = 1'000'000});
  server.greeted(test::settings({}) + test::headers(1, test::grpc_fields("/a/b")));
  server.stream()->widen(INT32_MAX);
  server.receive(test::settings_ack());
  EXPECT_TRUE(server.stream().open());
  EXPECT_THAT(server.frames(), testing::Each(testing::Not(testing::StartsWith("RST_STREAM"))));
}

}  // namespace
}  // namespace plinth::http2
