#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_channel.h"

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;
using test::TestChannel;
using test::Text;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// A channel and its server, and what channelz says of both.
class Inspection : public ::testing::Test {
 protected:
  Inspection() {
    wire_.server.servicer->unary = [](ServerContext& context, const Text& request) -> Task<Result<Text>> {
      if (request.value() == "bad") context.abort(StatusCode::kInternal, "no");
      co_return request;
    };
  }

  channelz::Channel channel() {
    auto& impl = static_cast<client::ChannelImpl&>(wire_.channel());
    test::Started<channelz::Channel> started(wire_.server.loop.worker(), impl.inspect());
    wire_.poll();
    EXPECT_TRUE(started.done());
    return started.take();
  }
  server::ConnectionPool::View server() { return wire_.network->at(TestChannel::kAddress).pool.inspect(); }

  TestChannel wire_;
};

TEST_F(Inspection, OfAChannelWithoutCallsFindsItIdle) {
  const auto found = channel();
  EXPECT_EQ(found.target, "test:///target");
  EXPECT_EQ(found.state, ChannelState::kIdle);
  EXPECT_EQ(found.calls.started, 0u);
  EXPECT_EQ(found.calls.last_started, channelz::Time());
  EXPECT_THAT(found.subchannels, IsEmpty());
}

TEST_F(Inspection, CountsCallsOnBothSides) {
  for (const auto* request : {"good", "bad", "good"}) (void)wire_.unary_now(request);
  const auto found = channel();
  EXPECT_EQ(found.state, ChannelState::kReady);
  EXPECT_EQ(found.calls.started, 3u);
  EXPECT_EQ(found.calls.succeeded, 2u);
  EXPECT_EQ(found.calls.failed, 1u);
  ASSERT_THAT(found.subchannels, SizeIs(1));
  const auto& subchannel = found.subchannels.front();
  EXPECT_EQ(subchannel.address, TestChannel::kAddress);
  EXPECT_EQ(subchannel.calls.succeeded, 2u);
  EXPECT_EQ(subchannel.calls.failed, 1u);
  ASSERT_THAT(subchannel.sockets, SizeIs(1));
  EXPECT_EQ(subchannel.sockets.front().streams.started, 3u);
  EXPECT_FALSE(subchannel.sockets.front().is_server);

  const auto served = server();
  EXPECT_EQ(served.calls.started, 3u);
  EXPECT_EQ(served.calls.succeeded, 2u);
  EXPECT_EQ(served.calls.failed, 1u);
  ASSERT_THAT(served.sockets, SizeIs(1));
  const auto& socket = served.sockets.front();
  EXPECT_TRUE(socket.is_server);
  EXPECT_EQ(socket.messages_received, 3u);
  EXPECT_EQ(socket.messages_sent, 2u);
  EXPECT_THAT(socket.remote, StartsWith("inproc:"));
  EXPECT_GT(*socket.local_window, 0);
  EXPECT_GT(*socket.remote_window, 0);
}

TEST_F(Inspection, SeesACallThatRuns) {
  wire_.server.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
    auto work = sleep_for(1s);
    co_await std::move(work);
    co_return request;
  };
  auto call = wire_.unary("slow");
  wire_.poll();
  auto& pool = wire_.network->at(TestChannel::kAddress).pool;
  EXPECT_EQ(pool.calls(), 1u);
  auto counts = server().sockets.front();
  EXPECT_EQ(counts.streams.started, 1u);
  EXPECT_EQ(counts.streams.succeeded + counts.streams.failed, 0u);
  EXPECT_EQ(counts.messages_received, 1u) << "what a running call has received counts";
  EXPECT_EQ(channel().calls.succeeded, 0u);
  wire_.advance(2s);
  EXPECT_TRUE(call.done());
  EXPECT_EQ(pool.calls(), 0u);
  EXPECT_EQ(server().calls.succeeded, 1u);
}

TEST_F(Inspection, ACallThatIsCancelledHasFailed) {
  wire_.server.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
    auto work = sleep_for(1h);
    co_await std::move(work);
    co_return request;
  };
  CallOptions options;
  options.timeout = 1s;
  auto call = wire_.unary("slow", options);
  wire_.poll();
  wire_.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(channel().calls.failed, 1u);
  EXPECT_EQ(channel().subchannels.front().sockets.front().streams.failed, 1u);
  EXPECT_EQ(server().calls.failed, 1u);
}

TEST_F(Inspection, RemembersTheCallsOfConnectionsThatAreGone) {
  ASSERT_TRUE(wire_.unary_now("good"));
  const auto gone = server().sockets.front().id;
  wire_.server.turn([this] { wire_.network->at(TestChannel::kAddress).pool.close(); });
  wire_.advance(2s);
  EXPECT_EQ(server().calls.succeeded, 1u);
  EXPECT_EQ(channel().subchannels.front().calls.succeeded, 1u);
  for (const auto& socket : server().sockets) {
    EXPECT_NE(socket.id, gone);
    EXPECT_EQ(socket.streams.started, 0u) << "another connection begins anew";
  }
}

TEST_F(Inspection, EveryThingHasAnIdOfItsOwn) {
  ASSERT_TRUE(wire_.unary_now("good"));
  const auto found = channel();
  std::set<std::int64_t> ids = {found.id, found.subchannels.front().id, found.subchannels.front().sockets.front().id,
                                server().sockets.front().id};
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(channel().id, found.id) << "and keeps it";
}

}  // namespace
}  // namespace plinth::admin
