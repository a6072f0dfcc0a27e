// The network fails once at each byte of a whole conversation, in every way that it can: each call ends, once, with a
// status that names the peer, nothing is left behind, and the next call is served.

#include <gmock/gmock.h>

#include <chrono>

#include "support/breaking_stream.h"
#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// The network of a TestChannel, whose first connection fails after so many bytes.
class BreakingNetwork final : public client::Connector {
 public:
  BreakingNetwork(std::shared_ptr<TestNetwork> inner, std::size_t readable, std::size_t writable)
      : inner_(std::move(inner)), readable_(readable), writable_(writable) {}

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) override {
    auto connecting = inner_->connect(std::move(address));
    auto stream = co_await std::move(connecting);
    if (stream && connections++ == 0) {
      stream = std::make_unique<BreakingStream>(std::move(*stream), readable_, writable_);
    }
    co_return std::move(stream);
  }
  bool secure() const noexcept override { return false; }

  int connections = 0;

 private:
  std::shared_ptr<TestNetwork> inner_;
  std::size_t readable_;
  std::size_t writable_;
};

class LostConnection : public testing::Test {
 protected:
  struct Outcome {
    /// Both calls, on the first connection.
    bool well = false;
    Status unary;
    Status stream;
  };

  /// A unary call and a bidirectional one at the same time, over a connection that fails after so many bytes.
  static Outcome play(std::size_t readable, std::size_t writable) {
    TestChannel channel;
    Visits visits;
    auto network = std::make_shared<BreakingNetwork>(channel.network, readable, writable);
    channel.shared->connector = network;
    channel.server.servicer->unary = [&](ServerContext&, const Text& request) -> Task<Result<Text>> {
      Visit visit(visits);
      auto nap = sleep_for(1s);
      co_await std::move(nap);
      co_return request;
    };
    channel.server.servicer->bidirectional = [&](ServerContext& context, Reader<Text>& requests,
                                                 Writer<Text>& responses) -> Task<Status> {
      Visit visit(visits);
      context.initial_metadata().add("key", "value");
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
    auto unary = channel.unary("hello");
    auto stream = channel.start(kBidirectional, CallKind::kBidirectional);
    Started<int> talk(channel.server.loop.worker(), talk_to(*stream));
    channel.poll();
    for (int i = 0; i < 5; ++i) channel.advance(1s);

    EXPECT_TRUE(unary.done());
    EXPECT_TRUE(talk.done());
    EXPECT_TRUE(stream->ended());
    Outcome outcome;
    if (!unary.done() || !talk.done() || !stream->ended()) return outcome;
    const auto response = unary.take();
    outcome.unary = response ? Status() : response.error();
    outcome.stream = stream->status();
    outcome.well = response && outcome.stream.ok() && talk.take() == 2 && network->connections == 1;

    channel.advance(30s);
    // The connection may have survived, only to fail now.
    EXPECT_TRUE(is_served(channel) || is_served(channel)) << "the next call has a connection";
    channel.server.turn([&] { stream.reset(); });
    channel.poll();
    EXPECT_EQ(visits.inside(), 0) << "no handler is left behind";
    return outcome;
  }

  static bool is_served(TestChannel& channel) {
    auto call = channel.unary("again");
    channel.poll();
    channel.advance(2s);
    return call.done() && call.take();
  }

  /// Sends two messages and takes what comes; how many that was.
  static Task<int> talk_to(ClientCall& call) {
    Reader<Text> responses(call);
    const auto one = text("one"), two = text("two");
    detail::WriteRequest<Text> first(call, one), second(call, two);
    co_await first;
    co_await second;
    call.half_close();
    int count = 0;
    while (co_await responses.next()) ++count;
    co_return count;
  }

  static void expect_unavailable(const Status& status) {
    if (status.ok()) return;
    EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status.to_string();
    EXPECT_THAT(status.message(), HasSubstr("inproc:a"));
  }
};

/// Steps through the bytes of a conversation until one goes well.
template <class Play>
int play_until_well(Play play) {
  int broken = 0;
  while (!play(static_cast<std::size_t>(broken)) && !testing::Test::HasFailure()) ++broken;
  return broken;
}

TEST_F(LostConnection, AtEachByteThatIsRead) {
  const int broken = play_until_well([](std::size_t bytes) {
    SCOPED_TRACE(testing::Message() << "after " << bytes << " bytes");
    const auto outcome = play(bytes, BreakingStream::kNever);
    expect_unavailable(outcome.unary);
    expect_unavailable(outcome.stream);
    return outcome.well;
  });
  EXPECT_GT(broken, 100);
}

TEST_F(LostConnection, AtEachByteThatIsWritten) {
  const int broken = play_until_well([](std::size_t bytes) {
    SCOPED_TRACE(testing::Message() << "after " << bytes << " bytes");
    const auto outcome = play(BreakingStream::kNever, bytes);
    expect_unavailable(outcome.unary);
    expect_unavailable(outcome.stream);
    return outcome.well;
  });
  EXPECT_GT(broken, 100);
}

}  // namespace
}  // namespace plinth::test
