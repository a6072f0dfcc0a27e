// How connections end in order: drained by the server, by age, when idle.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plinth/async.h"
#include "support/test_client.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::kClientStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::TestWire;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;

class DrainTest : public testing::Test {
 protected:
  DrainTest() {
    server_.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
    server_.servicer->client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      while (auto request = co_await requests.next()) continue;
      co_return test::text("all");
    };
  }

  void drain(TestClient& client) {
    client.frames();
    server_.turn([&] { client.wire().connection().drain(); });
  }
  void expect_closed(TestClient& client) {
    EXPECT_TRUE(client.server_closed());
    EXPECT_FALSE(client.wire().done()) << "the client has a second to read what was sent last";
    server_.advance(1s);
    EXPECT_TRUE(client.wire().done());
  }

  TestServer server_;
};

TEST_F(DrainTest, TellsTheClientTwice) {
  TestClient client(server_);
  const auto id = client.open(kClientStreaming);
  drain(client);
  EXPECT_THAT(client.frames(), ElementsAre("PING", "GOAWAY 2147483647 NO_ERROR"));
  EXPECT_EQ(client.call(kUnary, "x").status(), "OK") << "it did not know yet";
  client.frames();

  client.send(test::ping(2, test::kAck));
  EXPECT_THAT(client.frames(), ElementsAre("GOAWAY 3 NO_ERROR"));
  client.call(kUnary, "x");
  EXPECT_THAT(client.frames(), IsEmpty()) << "now it does, and calls that it opens are ignored";

  client.end(id);
  EXPECT_EQ(client.answer(id).status(), "OK") << "the running call has come to its end";
  expect_closed(client);
}

TEST_F(DrainTest, DoesNotWaitForAClientThatAnswersNoPings) {
  TestClient client(server_);
  const auto id = client.open(kClientStreaming);
  drain(client);
  client.frames();
  server_.advance(1s);
  EXPECT_THAT(client.frames(), ElementsAre("GOAWAY 1 NO_ERROR"));
  client.end(id);
  expect_closed(client);
}

TEST_F(DrainTest, ClosesAnIdleConnection) {
  TestClient client(server_);
  drain(client);
  client.send(test::ping(2, test::kAck));
  EXPECT_EQ(client.frames().back(), "GOAWAY 0 NO_ERROR");
  expect_closed(client);
}

TEST_F(DrainTest, ASecondTimeChangesNothing) {
  TestClient client(server_);
  client.open(kClientStreaming);
  drain(client);
  client.frames();
  drain(client);
  EXPECT_THAT(client.frames(), IsEmpty());
}

TEST_F(DrainTest, ClosesAConnectionThatHasNotGreeted) {
  TestWire wire(server_);
  server_.turn([&] { wire.connection().drain(); });
  EXPECT_TRUE(wire.done());
}

TEST_F(DrainTest, ThenCancelTellsEveryCall) {
  TestClient client(server_);
  const auto id = client.open(kClientStreaming);
  drain(client);
  client.send(test::ping(2, test::kAck));
  server_.turn([&] { client.wire().connection().cancel_calls(unavailable("the server is shutting down")); });
  EXPECT_EQ(client.answer(id).status(), "UNAVAILABLE: the server is shutting down");
  expect_closed(client);
}

TEST_F(DrainTest, ClosesAtOnceWhenTheClientHasGone) {
  TestClient client(server_);
  drain(client);
  client.wire().close();
  EXPECT_TRUE(client.wire().done());
}

TEST_F(DrainTest, ByTheClient) {
  TestClient client(server_);
  const auto id = client.open(kClientStreaming);
  client.send(test::goaway(0, 0));
  EXPECT_FALSE(client.server_closed());
  client.end(id);
  EXPECT_EQ(client.answer(id).status(), "OK");
  expect_closed(client);
}

TEST_F(DrainTest, Close) {
  TestClient client(server_);
  client.open(kClientStreaming);
  server_.turn([&] { client.wire().connection().close(); });
  EXPECT_TRUE(client.wire().done());
}

TEST_F(DrainTest, ByAge) {
  server_.settings().max_connection_age = 60s;
  server_.settings().max_connection_age_grace = 10s;
  TestClient client(server_);
  const auto id = client.open(kClientStreaming);
  client.frames();
  server_.advance(59s);
  EXPECT_THAT(client.frames(), IsEmpty());
  server_.advance(1s);
  EXPECT_THAT(client.frames(), ElementsAre("PING", "GOAWAY 2147483647 NO_ERROR"));
  server_.advance(9s);
  EXPECT_EQ(client.answer(id).status(), "none");
  EXPECT_FALSE(client.server_closed());
  server_.advance(1s);
  EXPECT_TRUE(client.wire().done()) << "the grace is over";
}

TEST_F(DrainTest, ByAgeWithoutGraceWaitsForTheCalls) {
  server_.settings().max_connection_age = 60s;
  TestClient client(server_);
  const auto id = client.open(kClientStreaming);
  server_.advance(60s);
  server_.advance(24h);
  EXPECT_FALSE(client.server_closed());
  client.end(id);
  EXPECT_EQ(client.answer(id).status(), "OK");
  expect_closed(client);
}

TEST_F(DrainTest, WhenIdle) {
  server_.settings().max_connection_idle = 60s;
  TestClient client(server_);
  server_.advance(50s);
  const auto id = client.open(kClientStreaming);
  server_.advance(200s);
  EXPECT_FALSE(client.server_closed()) << "a call is running";
  client.end(id);
  client.frames();
  server_.advance(59s);
  EXPECT_THAT(client.frames(), IsEmpty());
  server_.advance(1s);
  EXPECT_THAT(client.frames(), ElementsAre("PING", "GOAWAY 2147483647 NO_ERROR"));
  client.send(test::ping(2, test::kAck));
  expect_closed(client);
}

class KeepAliveTest : public DrainTest {
 protected:
  KeepAliveTest() {
    server_.settings().keepalive_time = 100s;
    server_.settings().keepalive_timeout = 10s;
  }
};

TEST_F(KeepAliveTest, PingsASilentClientAndCloses) {
  TestClient client(server_);
  client.frames();
  server_.advance(99s);
  EXPECT_THAT(client.frames(), IsEmpty());
  server_.advance(1s);
  EXPECT_THAT(client.frames(), ElementsAre("PING"));
  server_.advance(9s);
  EXPECT_FALSE(client.server_closed());
  server_.advance(1s);
  EXPECT_TRUE(client.wire().done());
}

TEST_F(KeepAliveTest, OfNoTimeIsOff) {
  server_.settings().keepalive_time = 0s;
  TestClient client(server_);
  client.frames();
  server_.advance(24h);
  EXPECT_THAT(client.frames(), IsEmpty());
  EXPECT_FALSE(client.server_closed());
}

TEST_F(KeepAliveTest, LeavesAClientThatAnswersAlone) {
  TestClient client(server_);
  client.frames();
  for (int i = 0; i < 3; ++i) {
    server_.advance(90s);
    server_.advance(10s);
    EXPECT_THAT(client.frames(), ElementsAre("PING"));
    client.send(test::ping(1, test::kAck));  // in the same instant
    server_.advance(10s);
    EXPECT_FALSE(client.server_closed());
    client.send(test::settings());
    client.frames();
  }
}

TEST_F(KeepAliveTest, TakesAnythingForAnAnswer) {
  TestClient client(server_);
  server_.advance(100s);
  client.send(test::settings());
  server_.advance(50s);
  EXPECT_FALSE(client.server_closed());
}

TEST_F(KeepAliveTest, DoesNotPingABusyClient) {
  TestClient client(server_);
  for (int i = 0; i < 10; ++i) {
    server_.advance(60s);
    client.call(kUnary, "x");
  }
  EXPECT_THAT(client.frames(), testing::Not(testing::Contains("PING")));
}

TEST_F(KeepAliveTest, EndsTheCallsOfADeadClient) {
  TestClient client(server_);
  client.open(kClientStreaming);
  server_.advance(100s);
  server_.advance(10s);
  EXPECT_EQ(client.wire().connection().calls(), 0u);
  EXPECT_TRUE(client.wire().done());
}

TEST_F(KeepAliveTest, EndsAConnectionWhoseNetworkIsStuck) {
  TestWire wire(server_, net::make_pipe("test", 10));
  wire.stop_reading();
  wire.send(test::preface());
  server_.advance(100s);
  EXPECT_FALSE(wire.done());
  server_.advance(10s);
  EXPECT_TRUE(wire.done()) << "the ping has not even left";
}

}  // namespace
}  // namespace plinth::server
