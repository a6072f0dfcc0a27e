// Large bodies: they are pointed at, not copied; sent in parts; and let go as soon as they have been sent.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/live_bytes.h"
#include "support/session_events.h"

namespace plinth::http2 {
namespace {

using test::TestSession;

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::uint32_t kWideOpen = 0x7fffffff;

const base::FieldList kHead = {{":status", "200", true}};

std::string request(std::uint32_t id) { return test::headers(id, test::grpc_fields("/a/b"), test::kEndStream); }

base::Bytes bytes_of(std::size_t size) { return base::Bytes::copy_of(std::string(size, 'x')); }

bool lies_in(base::ByteView part, const base::Bytes& whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

class LargeBody : public testing::Test {
 protected:
  LargeBody() {
    server_.greeted(test::settings({{test::kInitialWindowSize, kWideOpen}}) +
                    test::window_update(0, kWideOpen - 65'535));
  }
  http2::Stream& open(std::uint32_t id) {
    server_.receive(request(id));
    auto& stream = *server_.events.streams.back();
    stream.send_head(kHead);
    return stream;
  }

  TestSession server_;
};

TEST_F(LargeBody, IsPointedAt) {
  auto& stream = open(1);
  const auto body = bytes_of(100'000);
  stream.send(body);
  base::SendBuffer buffer;
  server_->collect(buffer);
  std::size_t pointed_at = 0;
  for (const auto piece : buffer.pieces()) {
    if (lies_in(piece, body)) pointed_at += piece.size();
  }
  EXPECT_EQ(pointed_at, 98'304u) << "six whole frames; the small rest is cheaper to copy";
}

TEST_F(LargeBody, LivesUntilItHasBeenWritten) {
  base::SendBuffer buffer;
  {
    auto& stream = open(1);
    stream.send(bytes_of(100'000));
    server_->collect(buffer);
    stream.reset(ErrorCode::kCancel);
    server_.collect();
  }
  std::size_t count = 0;
  for (const auto piece : buffer.pieces()) count += static_cast<std::size_t>(std::ranges::count(piece, std::byte{'x'}));
  EXPECT_EQ(count, 100'000u);
}

TEST_F(LargeBody, IsCollectedInParts) {
  auto& stream = open(1);
  stream.send(bytes_of(kMiB));
  std::size_t sum = 0;
  for (int part = 0; part < 4; ++part) {
    base::SendBuffer buffer;
    server_->collect(buffer);
    EXPECT_GE(buffer.size(), Session::kCollectLimit);
    EXPECT_LT(buffer.size(), Session::kCollectLimit + 20'000);
    sum += buffer.size();
  }
  sum += server_.collect().size();
  EXPECT_GT(sum, kMiB);
  EXPECT_EQ(stream.queued(), 0u);
}

TEST_F(LargeBody, TakesTurnsWithOthers) {
  open(1).send(bytes_of(kMiB));
  open(3).send(bytes_of(kMiB));
  server_.frames();
  base::SendBuffer buffer;
  server_->collect(buffer);
  EXPECT_EQ(server_.stream(0).sent, server_.stream(1).sent);
}

TEST_F(LargeBody, MayBeResetInTheMiddleOfACollection) {
  auto& stream = open(1);
  stream.send(bytes_of(kMiB));
  base::SendBuffer buffer;
  server_->collect(buffer);
  server_.receive(test::rst_stream(1, 8));
  EXPECT_EQ(server_.events.lines.back(), "1 closed CANCEL");
  EXPECT_LT(server_.collect().size(), 20'000u);
  server_->ping(1);
  EXPECT_THAT(server_.frames(), testing::Contains("PING"));
}

TEST(LiveBytes, OfAStreamAreThoseThatItHasNotSent) {
  TestSession server;
  server.greeted(test::settings({{test::kInitialWindowSize, 0}}) + test::window_update(0, kWideOpen - 65'535));
  server.receive(request(1));
  server.stream()->send_head(kHead);
  const auto before = test::live_bytes.load();
  server.stream()->send(bytes_of(100));
  for (int i = 0; i < 2000; ++i) {
    server.stream()->send(bytes_of(32 * 1024));
    server.receive(test::window_update(1, 32 * 1024));
    server.collect();
    ASSERT_EQ(server.stream()->queued(), 100u) << "the queue is never empty";
  }
  EXPECT_LT(test::live_bytes - before, 4 * kMiB) << "64 MiB have been sent";
}

TEST(LiveBytes, OfAStreamGoWithIt) {
  TestSession server;
  server.greeted(test::settings({{test::kInitialWindowSize, 0}}));
  const auto before = test::live_bytes.load();
  for (std::uint32_t id = 1; id < 200; id += 2) {
    server.receive(request(id));
    server.events.streams.back()->send_head(kHead);
    server.events.streams.back()->send(bytes_of(kMiB));
  }
  ASSERT_GT(test::live_bytes - before, 100 * kMiB);
  for (std::uint32_t id = 1; id < 200; id += 2) server.receive(test::rst_stream(id, 8));
  EXPECT_LT(test::live_bytes - before, 8 * kMiB) << "100 streams held 1 MiB each";
}

}  // namespace
}  // namespace plinth::http2
