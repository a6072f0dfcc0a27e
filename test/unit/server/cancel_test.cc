// Cancellation: a client resets its stream, or goes away, wherever the call is; the handler unwinds once, and what it
// held is let go.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "plinth/async.h"
#include "support/gate.h"
#include "support/status_recorder.h"
#include "support/test_client.h"
#include "support/visits.h"

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
using testing::ElementsAre;

const char* const kGone = "CANCELLED: the client has cancelled the call, or its connection is lost";

/// A place where a call may be when its client gives up.
struct Place {
  const char* name;
  std::string_view path;
  /// Sends what brings the call there; says the stream.
  std::uint32_t (*go)(TestClient& client, std::string_view path);
  bool handler_runs;
};
void PrintTo(const Place& place, std::ostream* out) { *out << place.name; }

const Place kPlaces[] = {
    {"AwaitingTheRequest", kUnary, [](TestClient& client, std::string_view path) { return client.open(path); }, false},
    {"InTheMiddleOfTheRequest", kUnary,
     [](TestClient& client, std::string_view path) {
       const auto id = client.open(path);
       client.send(test::data(id, std::string("\0\0\0", 3)));
       return id;
     },
     false},
    {"HandlerSleeping", kUnary,
     [](TestClient& client, std::string_view path) {
       const auto id = client.open(path);
       client.message(id, "sleep", test::kEndStream);
       return id;
     },
     true},
    {"HandlerWaitingForAMessage", kClientStreaming,
     [](TestClient& client, std::string_view path) {
       const auto id = client.open(path);
       client.message(id, "one");
       return id;
     },
     true},
    {"HandlerWaitingForTheWindow", kServerStreaming,
     [](TestClient& client, std::string_view path) {
       const auto id = client.open(path);
       client.message(id, "x", test::kEndStream);
       return id;
     },
     true},
    {"HandlerWaitingForEither", kBidirectional,
     [](TestClient& client, std::string_view path) { return client.open(path); }, true},
};

class CancelTest : public testing::TestWithParam<Place> {
 protected:
  CancelTest() {
    auto& servicer = *server_.servicer;
    servicer.unary = [this](ServerContext&, const Text&) -> Task<Result<Text>> {
      test::Visit inside(visits_);
      auto nap = sleep_for(1h);
      co_await std::move(nap);
      co_return Text();
    };
    servicer.server_streaming = [this](ServerContext&, const Text&) -> Generator<Text> {
      test::Visit inside(visits_);
      while (true) co_yield test::text(std::string(1000, 'x'));
    };
    servicer.client_streaming = [this](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      test::Visit inside(visits_);
      while (auto request = co_await requests.next()) continue;
      co_return Text();
    };
    servicer.bidirectional = [this](ServerContext&, Reader<Text>& requests, Writer<Text>&) -> Task<Status> {
      test::Visit inside(visits_);
      const auto read = [](Reader<Text>& reader) -> Task<void> { co_await reader.next(); };
      auto either = when_any(read(requests), sleep_for(1h));
      co_await std::move(either);
      co_return Status();
    };
    server_.shared.interceptors.push_back(statuses_);
  }

  void expect_unwound() {
    EXPECT_EQ(visits_.inside(), 0);
    EXPECT_EQ(visits_.left, GetParam().handler_runs ? 1 : 0);
    EXPECT_THAT(statuses_->ended, ElementsAre(kGone)) << "interceptors see how it ended";
    EXPECT_EQ(client_.wire().connection().calls(), 0u);
  }

  test::Visits visits_;
  std::shared_ptr<test::StatusRecorder> statuses_ = std::make_shared<test::StatusRecorder>();
  TestServer server_;
  TestClient client_{server_, 100};
};

TEST_P(CancelTest, ByAReset) {
  const auto id = GetParam().go(client_, GetParam().path);
  EXPECT_EQ(visits_.inside(), GetParam().handler_runs ? 1 : 0);
  client_.frames();
  client_.reset(id);
  expect_unwound();
  EXPECT_THAT(client_.frames(), testing::IsEmpty()) << "nothing is said to a stream that is gone";
  EXPECT_FALSE(client_.server_closed());
}

TEST_P(CancelTest, ByTheEndOfTheConnection) {
  GetParam().go(client_, GetParam().path);
  client_.wire().close();
  expect_unwound();
  EXPECT_TRUE(client_.wire().done());
}

TEST_P(CancelTest, ByAnErrorOfTheConnection) {
  GetParam().go(client_, GetParam().path);
  client_.send(test::data(99, "on an idle stream"));
  EXPECT_THAT(client_.frames(), testing::Contains(testing::HasSubstr("PROTOCOL_ERROR")));
  server_.advance(1s);
  expect_unwound();
  EXPECT_TRUE(client_.wire().done());
}

TEST_P(CancelTest, ByTheServer) {
  const auto id = GetParam().go(client_, GetParam().path);
  server_.turn([this] { client_.wire().connection().cancel_calls(unavailable("the server is shutting down")); });
  EXPECT_EQ(visits_.inside(), 0);
  EXPECT_EQ(visits_.left, GetParam().handler_runs ? 1 : 0);
  client_.send(test::window_update(id, 1'000'000) + test::window_update(0, 1'000'000));
  EXPECT_EQ(client_.answer(id).status(), "UNAVAILABLE: the server is shutting down");
}

INSTANTIATE_TEST_SUITE_P(, CancelTest, testing::ValuesIn(kPlaces),
                         [](const testing::TestParamInfo<Place>& info) { return info.param.name; });

class CancelOne : public CancelTest {};
INSTANTIATE_TEST_SUITE_P(, CancelOne, testing::Values(kPlaces[2]), [](const auto&) { return "Handler"; });

TEST_P(CancelOne, WaitsForAHandlerThatIgnoresIt) {
  test::Gate gate;
  server_.servicer->unary = [&](ServerContext& context, const Text&) -> Task<Result<Text>> {
    test::Visit inside(visits_);
    co_await gate.wait();
    context.initial_metadata().add("too", "late");
    context.send_initial_metadata();
    co_return test::text("nobody hears it");
  };
  client_.message(client_.open(kUnary), "x", test::kEndStream);
  client_.wire().close();
  server_.advance(1h);
  EXPECT_EQ(visits_.inside(), 1) << "nothing is destroyed while it runs";
  EXPECT_FALSE(client_.wire().done());
  server_.turn([&] { gate.open(server_.loop.worker()); });
  expect_unwound();
  EXPECT_TRUE(client_.wire().done());
}

TEST_P(CancelOne, OverrulesTheAnswerOfAHandlerThatIgnoresIt) {
  test::Gate gate;
  server_.servicer->unary = [&](ServerContext&, const Text&) -> Task<Result<Text>> {
    co_await gate.wait();
    co_return test::text("late");
  };
  const auto id = client_.open(kUnary);
  client_.message(id, "x", test::kEndStream);
  server_.turn([&] { client_.wire().connection().cancel_calls(unavailable("stopping")); });
  EXPECT_EQ(client_.answer(id).status(), "none");
  server_.turn([&] { gate.open(server_.loop.worker()); });
  EXPECT_EQ(client_.answer(id).status(), "UNAVAILABLE: stopping");
}

TEST_P(CancelOne, BeforeTheHeadIsWholeIsNoCall) {
  const auto head = test::headers(1, test::grpc_fields(kUnary));
  client_.send(head.substr(0, head.size() - 5));
  EXPECT_EQ(client_.wire().connection().calls(), 1u);
  client_.wire().close();
  EXPECT_EQ(client_.wire().connection().calls(), 0u);
  EXPECT_THAT(statuses_->ended, testing::IsEmpty());
}

TEST_P(CancelOne, ByTheServerReachesACallWhoseHeadIsNotWhole) {
  const auto head = test::headers(1, test::grpc_fields(kUnary));
  client_.send(head.substr(0, head.size() - 5));
  server_.turn([this] { client_.wire().connection().cancel_calls(unavailable("the server is shutting down")); });
  client_.send(head.substr(head.size() - 5));
  EXPECT_EQ(client_.answer(1).status(), "UNAVAILABLE: the server is shutting down");
}

}  // namespace
}  // namespace plinth::server
