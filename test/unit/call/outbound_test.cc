#include "call/outbound.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "support/manual_loop.h"
#include "support/session_events.h"
#include "wire/framing.h"

namespace plinth::call {
namespace {

using google::protobuf::StringValue;
using test::TestSession;

StringValue text(std::string value) {
  StringValue message;
  message.set_value(std::move(value));
  return message;
}

TEST(Serialize, PutsThePrefixBeforeTheMessage) {
  const Outbound outbound;
  const auto message = text("hello");
  EXPECT_EQ(outbound.serialize(message).text(), test::grpc_frame(message.SerializeAsString()));
  EXPECT_EQ(outbound.serialize(text("")).text(), test::grpc_frame(""));
}

TEST(Serialize, CompressesWhenTheCallDoes) {
  Outbound outbound;
  outbound.set_encoding(wire::Encoding::kGzip);
  const auto message = text(std::string(10'000, 'x'));
  const auto bytes = outbound.serialize(message);
  EXPECT_LT(bytes.size(), 1000u);
  wire::FrameDecoder decoder(10'000);
  EXPECT_TRUE(decoder.feed(bytes.view()).ok());
  const auto frame = decoder.next();
  ASSERT_TRUE(frame && frame->compressed);
  const auto plain = wire::decompress(wire::Encoding::kGzip, frame->message.view(), 20'000);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->text(), message.SerializeAsString());
}

/// A stream whose client has not opened its window at all.
class OutboundRoom : public testing::Test {
 protected:
  OutboundRoom() {
    session_.greeted(test::settings({{test::kInitialWindowSize, 0}}) +
                     test::headers(1, test::grpc_fields("/a/b"), test::kEndStream));
    session_.stream()->send_head(base::FieldList{{":status", "200", true}});
    outbound_.reset(&*session_.stream());
  }

  void put(std::size_t size) { outbound_.put(base::Bytes::copy_of(std::string(size, 'x'))); }
  void open_window(std::uint32_t size) {
    session_.receive(test::window_update(1, size));
    session_.collect();
  }

  TestSession session_;
  Outbound outbound_;
};

TEST_F(OutboundRoom, EndsAt64KiB) {
  put(Outbound::kSendBuffer - 1);
  EXPECT_TRUE(outbound_.can_put());
  put(1);
  EXPECT_FALSE(outbound_.can_put());
}

TEST_F(OutboundRoom, MayBeExceededByOneMessage) {
  put(10 * Outbound::kSendBuffer);
  EXPECT_FALSE(outbound_.can_put());
  session_.receive(test::window_update(0, 1'000'000));
  open_window(9 * Outbound::kSendBuffer);
  EXPECT_FALSE(outbound_.can_put());
  open_window(1);
  EXPECT_TRUE(outbound_.can_put());
}

TEST_F(OutboundRoom, IsEndlessOnceTheStreamIsGone) {
  put(2 * Outbound::kSendBuffer);
  outbound_.detach();
  EXPECT_TRUE(outbound_.can_put()) << "whoever waits must go on, to end";
  put(2 * Outbound::kSendBuffer);
}

/// What a writer does: waits for room.
struct WaitForRoom {
  Outbound& outbound;
  bool await_ready() const noexcept { return outbound.can_put(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) noexcept {
    outbound.writer().wait(self, self.promise().scope());
  }
  void await_resume() { outbound.writer().check(); }
};

Task<void> wait_for_room(Outbound& outbound) { co_await WaitForRoom{outbound}; }

TEST_F(OutboundRoom, WakesTheWriter) {
  test::ManualLoop loop;
  put(Outbound::kSendBuffer);
  test::Started<void> writer(loop.worker(), wait_for_room(outbound_));
  EXPECT_FALSE(writer.done());
  Worker::Turn turn(loop.worker());
  open_window(10);
  outbound_.on_sent();
  EXPECT_FALSE(writer.done()) << "it goes on later in the turn, not inside of the session";
}

TEST_F(OutboundRoom, WakesTheWriterWhenItsScopeIsCancelled) {
  test::ManualLoop loop;
  put(Outbound::kSendBuffer);
  test::Started<void> writer(loop.worker(), wait_for_room(outbound_));
  {
    Worker::Turn turn(loop.worker());
    writer.scope().cancel(deadline_exceeded("too late"));
    outbound_.detach();
  }
  ASSERT_TRUE(writer.done());
  EXPECT_THROW(writer.take(), StatusError);
}

}  // namespace
}  // namespace plinth::call
