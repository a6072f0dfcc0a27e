// Interceptors around the calls of a server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "plinth/async.h"
#include "support/status_recorder.h"
#include "support/test_client.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::kBidirectional;
using test::kClientStreaming;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;

class InterceptorFunction final : public Interceptor {
 public:
  using Code = std::function<Task<Status>(CallContext&, Next)>;
  explicit InterceptorFunction(Code code) : code_(std::move(code)) {}
  std::string_view name() const noexcept override { return "InterceptorFunction"; }
  Task<Status> intercept(CallContext& call, Next next) override { return code_(call, next); }

 private:
  Code code_;
};

class InterceptorsTest : public testing::Test {
 protected:
  InterceptorsTest() {
    auto& servicer = *server_.servicer;
    servicer.unary = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
      lines_.push_back("handler");
      co_return request;
    };
    servicer.server_streaming = [](ServerContext&, const Text& request) -> Generator<Text> {
      co_yield Text(request);
      co_yield test::text("second");
    };
    servicer.client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      while (auto request = co_await requests.next()) continue;
      co_return test::text("all");
    };
    servicer.bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  void add(InterceptorFunction::Code code) {
    server_.shared.interceptors.push_back(std::make_shared<InterceptorFunction>(std::move(code)));
  }
  void add_named(const std::string& name) {
    add([this, name](CallContext&, Next next) { return note(name, next); });
  }
  Task<Status> note(std::string name, Next next) {
    lines_.push_back(name);
    auto rest = next();
    auto status = co_await std::move(rest);
    lines_.push_back("/" + name);
    co_return status;
  }
  std::shared_ptr<test::StatusRecorder> add_recorder() {
    auto recorder = std::make_shared<test::StatusRecorder>();
    server_.shared.interceptors.push_back(recorder);
    return recorder;
  }

  std::vector<std::string> lines_;
  TestServer server_;
  TestClient client_{server_};
};

TEST_F(InterceptorsTest, StandAroundTheHandlerInOrder) {
  add_named("first");
  add_named("second");
  EXPECT_EQ(client_.call(kUnary, "x").status(), "OK");
  EXPECT_THAT(lines_, ElementsAre("first", "second", "handler", "/second", "/first"));
}

TEST_F(InterceptorsTest, StandAroundCallsOfEveryKind) {
  const auto recorder = add_recorder();
  for (const auto path : {kUnary, kServerStreaming, kClientStreaming, kBidirectional}) client_.call(path, "x");
  EXPECT_THAT(recorder->ended, ElementsAre("OK", "OK", "OK", "OK"));
}

TEST_F(InterceptorsTest, MayRejectBeforeTheHandler) {
  add([](CallContext& call, Next) -> Task<Status> {
    call.trailing_metadata().add("ask", "them");
    co_return permission_denied("not for you");
  });
  const auto answer = client_.call(kUnary, "x");
  EXPECT_EQ(answer.status(), "PERMISSION_DENIED: not for you");
  EXPECT_EQ(Answer::field(answer.trailers, "ask"), "them");
  EXPECT_THAT(lines_, IsEmpty());
  const auto id = client_.open(kBidirectional);
  EXPECT_EQ(client_.answer(id).status(), "PERMISSION_DENIED: not for you") << "at once: no message is needed";
}

TEST_F(InterceptorsTest, MayChangeStatusAndTrailers) {
  add([](CallContext& call, Next next) -> Task<Status> {
    auto rest = next();
    co_await std::move(rest);
    call.trailing_metadata().add("seen", "yes");
    co_return unavailable("later");
  });
  const auto answer = client_.call(kUnary, "x");
  EXPECT_EQ(answer.status(), "UNAVAILABLE: later");
  EXPECT_THAT(answer.texts, IsEmpty()) << "the response of a call that fails is not sent";
  EXPECT_EQ(Answer::field(answer.trailers, "seen"), "yes");
}

TEST_F(InterceptorsTest, MayChangeTheStatusOfACallThatWasCancelled) {
  add([](CallContext&, Next next) -> Task<Status> {
    auto rest = next();
    const auto status = co_await std::move(rest);
    co_return aborted("it was {}", status.to_string());
  });
  const auto id = client_.open(kUnary, {{"grpc-timeout", "1S"}});
  server_.advance(1s);
  EXPECT_EQ(client_.answer(id).status(), "ABORTED: it was DEADLINE_EXCEEDED: Deadline exceeded")
      << "what they have logged and what the client hears is one thing";
}

TEST_F(InterceptorsTest, MayThrow) {
  add([](CallContext&, Next) -> Task<Status> { throw std::runtime_error("secret"); });
  EXPECT_EQ(client_.call(kUnary, "x").status(), "INTERNAL: Internal server error");
}

TEST_F(InterceptorsTest, MayThrowWithoutBeingCoroutines) {
  add([](CallContext& call, Next next) -> Task<Status> {
    if (!call.request_metadata().contains("ready")) throw StatusError(failed_precondition("not yet"));
    return next();
  });
  EXPECT_EQ(client_.call(kUnary, "x").status(), "FAILED_PRECONDITION: not yet");
}

TEST_F(InterceptorsTest, MayWait) {
  add([](CallContext&, Next next) -> Task<Status> {
    auto pause = sleep_for(1s);
    co_await std::move(pause);
    auto rest = next();
    co_return co_await std::move(rest);
  });
  const auto id = client_.open(kUnary);
  client_.message(id, "x", test::kEndStream);
  EXPECT_FALSE(client_.answer(id).ended);
  server_.advance(1s);
  EXPECT_EQ(client_.answer(id).status(), "OK");
}

TEST_F(InterceptorsTest, SeeTheMessagesBothWays) {
  add([this](CallContext& call, Next next) -> Task<Status> {
    call.observe_messages([this](CallContext::Direction direction, const google::protobuf::MessageLite& message) {
      lines_.push_back((direction == CallContext::Direction::kReceived ? "<" : ">") +
                       dynamic_cast<const Text&>(message).value());
    });
    auto rest = next();
    co_return co_await std::move(rest);
  });
  client_.call(kUnary, "x");
  EXPECT_THAT(std::exchange(lines_, {}), ElementsAre("<x", "handler", ">x"));
  client_.call(kServerStreaming, "x");
  EXPECT_THAT(std::exchange(lines_, {}), ElementsAre("<x", ">x", ">second"));
  client_.call(kClientStreaming, "x");
  EXPECT_THAT(std::exchange(lines_, {}), ElementsAre("<x", ">all"));
  client_.call(kBidirectional, "x");
  EXPECT_THAT(lines_, ElementsAre("<x", ">x"));
}

TEST_F(InterceptorsTest, MayEndTheCallFromAnObserver) {
  add([](CallContext& call, Next next) -> Task<Status> {
    call.observe_messages([](auto, auto&) { throw StatusError(invalid_argument("no such message, please")); });
    auto rest = next();
    co_return co_await std::move(rest);
  });
  EXPECT_EQ(client_.call(kUnary, "x").status(), "INVALID_ARGUMENT: no such message, please");
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(InterceptorsTest, SeeCallsOfUnknownMethods) {
  std::string path;
  const auto recorder = add_recorder();
  add([&](CallContext& call, Next next) {
    path = call.method().path;
    return next();
  });
  client_.call("/other.Text/Unary", "x");
  EXPECT_EQ(path, "/other.Text/Unary");
  EXPECT_THAT(recorder->ended, ElementsAre("UNIMPLEMENTED: there is no method /other.Text/Unary here"));
}

TEST_F(InterceptorsTest, SeeCallsThatFailBeforeTheirHandler) {
  const auto recorder = add_recorder();
  client_.call(kUnary, "x", {{"grpc-timeout", "0n"}});
  client_.open(kUnary, {}, test::kEndStream);
  const auto cut = client_.open(kUnary);
  client_.send(test::data(cut, "x", test::kEndStream));
  client_.reset(client_.open(kUnary));
  server_.settings().max_concurrent_rpcs = 1;
  client_.open(kBidirectional);
  client_.open(kUnary);
  EXPECT_THAT(recorder->ended,
              ElementsAre("DEADLINE_EXCEEDED: Deadline exceeded",
                          "UNIMPLEMENTED: /test.Text/Unary takes one request, and the stream ended without one",
                          "INTERNAL: the stream ended in the middle of a message",
                          "CANCELLED: the client has cancelled the call, or its connection is lost",
                          "RESOURCE_EXHAUSTED: the server runs 1 calls, which is its limit"));
}

TEST_F(InterceptorsTest, SeeTheStatusOfWhatHandlersThrow) {
  const auto recorder = add_recorder();
  server_.servicer->unary = [](ServerContext&, const Text&) -> Task<Result<Text>> {
    throw std::runtime_error("secret");
  };
  client_.call(kUnary, "x");
  EXPECT_THAT(recorder->ended, ElementsAre("INTERNAL: Internal server error"));
}

TEST_F(InterceptorsTest, FindTheCallOnTheirThread) {
  add([this](CallContext& call, Next next) -> Task<Status> {
    lines_.push_back(CallContext::current() == &call ? "current" : "not current");
    auto pause = sleep_for(1s);
    co_await std::move(pause);
    lines_.push_back(CallContext::current() == &call ? "current" : "not current");
    auto rest = next();
    co_return co_await std::move(rest);
  });
  client_.open(kBidirectional);
  server_.advance(1s);
  EXPECT_EQ(CallContext::current(), nullptr);
  EXPECT_THAT(lines_, ElementsAre("current", "current"));
}

}  // namespace
}  // namespace plinth::server
