// Back-pressure, both ways: a handler is slowed down to what its client reads, and a client to what its handler reads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plinth/async.h"
#include "support/test_client.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::kBidirectional;
using test::kClientStreaming;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::IsEmpty;

/// Windows that the frames of one stream have opened.
std::size_t opened(const std::vector<std::string>& lines, const std::string& stream) {
  std::size_t sum = 0;
  for (const auto& line : lines) {
    if (line.starts_with("WINDOW_UPDATE " + stream + " ")) sum += std::stoul(line.substr(line.rfind(' ')));
  }
  return sum;
}

class SlowClient : public testing::Test {
 protected:
  static constexpr std::size_t kMessage = 10'000;
  static constexpr std::size_t kFramed = kMessage + 5 + 3;

  SlowClient() {
    server_.servicer->server_streaming = [this](ServerContext&, const Text&) -> Generator<Text> {
      while (made_ < 1000) {
        ++made_;
        co_yield test::text(std::string(kMessage, 'x'));
      }
    };
  }
  std::uint32_t start(TestClient& client) {
    const auto id = client.open(kServerStreaming);
    client.message(id, "x", test::kEndStream);
    return id;
  }

  std::size_t made_ = 0;
  TestServer server_;
};

TEST_F(SlowClient, HoldsTheHandlerAt64KiBAndAMessage) {
  TestClient client(server_, 0);
  start(client);
  const auto queued = made_ * kFramed;
  EXPECT_GT(queued, 64 * 1024u);
  EXPECT_LE(queued, 64 * 1024 + 2 * kFramed) << "one stands above the buffer, one waits in the handler";
}

TEST_F(SlowClient, LetsTheHandlerGoOnAsItReads) {
  TestClient client(server_, 0);
  const auto id = start(client);
  const auto at_first = made_;
  client.send(test::window_update(id, 3 * kFramed));
  EXPECT_EQ(made_, at_first + 3);
  EXPECT_EQ(client.answer(id).texts.size(), 3u);
}

TEST_F(SlowClient, GetsAllInTheEnd) {
  TestClient client(server_, 0);
  const auto id = start(client);
  client.send(test::window_update(0, 0x7fffffff - 65'535));
  for (int i = 0; i < 1000 && !client.answer(id).ended; ++i) client.send(test::window_update(id, 12'345));
  EXPECT_EQ(client.answer(id).texts.size(), 1000u);
  EXPECT_EQ(client.answer(id).status(), "OK");
}

TEST_F(SlowClient, ThatLeavesTheNetworkFullHoldsTheHandlerToo) {
  TestClient client(server_);
  client.wire().stop_reading();
  start(client);
  const auto on_the_way = 64 * 1024 + http2::Session::kCollectLimit + 20'000;
  EXPECT_LE(made_ * kFramed, on_the_way + 64 * 1024 + 2 * kFramed);
  client.wire().read_on();
  EXPECT_EQ(made_, 1000u);
}

TEST_F(SlowClient, OfOneCallDoesNotHoldUpAnother) {
  server_.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
  TestClient client(server_, 100);
  const auto slow = start(client);
  const auto id = client.open(kUnary);
  client.message(id, "x", test::kEndStream);
  EXPECT_EQ(client.answer(id).status(), "OK");
  EXPECT_FALSE(client.answer(slow).ended);
}

class SlowHandler : public testing::Test {
 protected:
  static constexpr std::size_t kWindow = 256 * 1024;
  static constexpr std::size_t kMessage = 10'000;

  SlowHandler() {
    server_.servicer->client_streaming = [this](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      while (true) {
        auto pause = sleep_for(1s);
        co_await std::move(pause);
        auto request = co_await requests.next();
        if (!request) break;
        ++read_;
      }
      co_return Text();
    };
  }

  /// Sends as a client does that heeds its window; says how many bytes it could send.
  std::size_t send_all_allowed(std::uint32_t id) {
    std::size_t sent = 0;
    const auto body = TestClient::framed(std::string(kMessage, 'x'));
    for (; window_ >= body.size(); window_ -= body.size()) {
      client_.send(test::data(id, body));
      sent += body.size();
    }
    window_ += opened(client_.frames(), std::to_string(id));
    return sent;
  }

  std::size_t read_ = 0;
  std::size_t window_ = kWindow;
  TestServer server_;
  TestClient client_{server_};
};

TEST_F(SlowHandler, HoldsTheClientAtTheWindow) {
  const auto id = client_.open(kClientStreaming);
  EXPECT_GT(send_all_allowed(id), kWindow - 2 * kMessage);
  EXPECT_EQ(send_all_allowed(id), 0u) << "nothing has been read";
}

TEST_F(SlowHandler, OpensTheWindowByWhatItReads) {
  const auto id = client_.open(kClientStreaming);
  auto sent = send_all_allowed(id);
  for (int second = 1; second <= 100; ++second) {
    server_.advance(1s);
    send_all_allowed(id);
    sent += send_all_allowed(id);
    ASSERT_EQ(read_, static_cast<std::size_t>(second));
    ASSERT_LE(client_.wire().connection().unread(), kWindow + kMessage);
  }
  EXPECT_GT(read_ * kMessage, 2 * kWindow) << "it has opened again and again";
}

TEST_F(SlowHandler, DoesNotHoldUpAnotherCall) {
  const auto slow = client_.open(kClientStreaming);
  send_all_allowed(slow);
  server_.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
  EXPECT_EQ(client_.call(kUnary, std::string(kMessage, 'y')).status(), "OK");
}

TEST_F(SlowHandler, GetsAMessageThatIsLargerThanTheWindow) {
  server_.servicer->bidirectional = [](ServerContext&, Reader<Text>& requests,
                                       Writer<Text>& responses) -> Task<Status> {
    auto request = co_await requests.next();
    co_await responses.write(*request);
    co_return Status();
  };
  const auto body = TestClient::framed(std::string(1'000'000, 'x'));
  const auto id = client_.open(kBidirectional);
  std::size_t window = kWindow;
  for (std::size_t at = 0; at < body.size();) {
    ASSERT_GT(window, 0u) << "stuck after " << at << " bytes";
    const auto size = std::min({body.size() - at, window, std::size_t{16'000}});
    client_.send(test::data(id, body.substr(at, size)));
    at += size;
    window += opened(client_.frames(), std::to_string(id)) - size;
  }
  EXPECT_EQ(client_.answer(id).texts.at(0).size(), 1'000'000u);
}

}  // namespace
}  // namespace plinth::server
