// How a caller ends a call early, and how calls that a handler makes end with the handler's call.

#include <gmock/gmock.h>

#include <chrono>

#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum StatusCode;

constexpr Method kUnaryMethod{kUnary, CallKind::kUnary};

class CallEnd : public testing::Test {
 protected:
  CallEnd() {
    channel_.server.servicer->bidirectional = [this](ServerContext& context, Reader<Text>& requests,
                                                     Writer<Text>& responses) -> Task<Status> {
      Visit visit(visits_);
      deadline_ = context.deadline();
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  ClientCallPtr talk(CallOptions options = {}) {
    auto call = channel_.start(kBidirectional, CallKind::kBidirectional, std::move(options));
    channel_.poll();
    return call;
  }
  Worker& worker() { return channel_.server.loop.worker(); }

  TestChannel channel_;
  Visits visits_;
  Deadline deadline_;
};

TEST_F(CallEnd, ByCancel) {
  auto call = talk();
  EXPECT_EQ(visits_.inside(), 1);
  channel_.server.turn([&] { call->cancel(); });
  EXPECT_TRUE(call->ended()) << "at once";
  EXPECT_EQ(call->status(), cancelled("the caller has cancelled the call"));
  channel_.poll();
  EXPECT_EQ(visits_.inside(), 0);
  channel_.server.turn([&] { call->cancel(); });
  EXPECT_EQ(call->status(), cancelled("the caller has cancelled the call"));
}

TEST_F(CallEnd, ByDrop) {
  auto call = talk();
  channel_.server.turn([&] { call.reset(); });
  channel_.poll();
  EXPECT_EQ(visits_.inside(), 0);
  EXPECT_EQ(visits_.entered, 1);
}

TEST_F(CallEnd, ByAScopeThatItIsTiedTo) {
  CancelScope scope;
  CallOptions options;
  options.cancel_with = &scope;
  auto call = talk(options);
  channel_.server.turn([&] { scope.cancel(aborted("changed my mind")); });
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), aborted("changed my mind"));
  auto late = talk(options);
  EXPECT_TRUE(late->ended()) << "the scope is cancelled already";
  EXPECT_EQ(late->status(), aborted("changed my mind"));
  channel_.poll();
  EXPECT_EQ(visits_.entered, 1);
}

TEST_F(CallEnd, WithoutATraceInAScopeThatLivesLonger) {
  CancelScope scope;
  CallOptions options;
  options.cancel_with = &scope;
  auto call = talk(options);
  channel_.server.turn([&] { call.reset(); });
  channel_.server.turn([&] { scope.cancel(cancelled("later")); });
}

TEST_F(CallEnd, BeforeThereIsAConnection) {
  channel_.network->at(TestChannel::kAddress).hangs = true;
  auto call = talk();
  channel_.server.turn([&] { call->cancel(); });
  EXPECT_EQ(call->status().code(), kCancelled);
  auto dropped = talk();
  channel_.server.turn([&] { dropped.reset(); });
  channel_.poll();
  EXPECT_EQ(visits_.entered, 0);
}

TEST_F(CallEnd, OfAWaitDoesNotEndACallThatSomebodyHolds) {
  auto call = talk();
  ClientReader<Text> reader(std::move(call));
  auto read = [](ClientReader<Text>& from) -> Task<std::string> {
    auto message = co_await from.next();
    co_return message ? message->value() : "none";
  };
  Started<std::string> first(worker(), read(reader));
  channel_.server.turn([&] { first.scope().cancel(cancelled("not now")); });
  channel_.poll();
  ASSERT_TRUE(first.done());
  EXPECT_THROW(first.take(), StatusError);
  EXPECT_FALSE(reader.call().ended());

  Started<std::string> second(worker(), read(reader));
  channel_.server.turn([&] { reader.call().put_message(text("hello")); });
  channel_.poll();
  ASSERT_TRUE(second.done());
  EXPECT_EQ(second.take(), "hello");
}

TEST_F(CallEnd, OfTheWaitForAUnaryResponseEndsTheCall) {
  channel_.server.servicer->unary = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
    Visit visit(visits_);
    auto long_time = sleep_for(1h);
    co_await std::move(long_time);
    co_return request;
  };
  auto call = channel_.unary("hello");
  channel_.poll();
  EXPECT_EQ(visits_.inside(), 1);
  channel_.server.turn([&] { call.scope().cancel(cancelled("not needed")); });
  channel_.poll();
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), cancelled("not needed"));
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(CallEnd, ByItsDeadlineEndsEveryWait) {
  CallOptions options;
  options.timeout = 1s;
  auto call = talk(options);
  ClientStream<Text, Text> stream(std::move(call));
  Started<bool> reading(worker(), [](auto& from) -> Task<bool> {
    auto message = co_await from.next();
    co_return message.has_value();
  }(stream));
  Started<Status> ending(worker(), [](auto& from) -> Task<Status> {
    auto end = from.finish();
    co_return co_await end;
  }(stream));
  channel_.advance(1s);
  ASSERT_TRUE(reading.done() && ending.done());
  EXPECT_FALSE(reading.take());
  const auto status = ending.take();
  EXPECT_EQ(status.code(), kDeadlineExceeded);
  EXPECT_THAT(status.message(), HasSubstr("inproc:a"));
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(CallEnd, ByItsDeadlineNamesTheTargetWhenThereWasNoConnection) {
  channel_.network->at(TestChannel::kAddress).hangs = true;
  CallOptions options;
  options.timeout = 1s;
  auto call = talk(options);
  channel_.advance(1s);
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status().code(), kDeadlineExceeded);
  EXPECT_THAT(call->status().message(), HasSubstr("test:///target"));
}

/// A handler of the unary method that calls the bidirectional one, on the same server.
class CallOfAHandler : public CallEnd {
 protected:
  CallOfAHandler() {
    channel_.server.servicer->unary = [this](ServerContext&, const Text&) -> Task<Result<Text>> {
      static constexpr Method kMethod{kBidirectional, CallKind::kBidirectional};
      inner_ = channel_.channel().start_call(kMethod, inner_options_);
      if (ends_at_once_) co_return text("done");
      auto long_time = sleep_for(1h);
      co_await std::move(long_time);
      co_return text("late");
    };
  }
  ~CallOfAHandler() override {
    channel_.server.turn([this] { inner_.reset(); });
  }

  void expect_inner(StatusCode code) {
    ASSERT_TRUE(inner_ && inner_->ended());
    EXPECT_EQ(inner_->status().code(), code);
  }

  CallOptions inner_options_;
  ClientCallPtr inner_;
  bool ends_at_once_ = false;
};

TEST_F(CallOfAHandler, HasTheSmallerOfBothDeadlines) {
  for (const auto outer_timeout : {2s, 20s}) {
    CallOptions options;
    options.timeout = outer_timeout;
    inner_options_.timeout = 10s;
    auto call = channel_.unary("go", options);
    channel_.poll();
    EXPECT_EQ(deadline_.remaining(worker().now()), std::min(outer_timeout, 10s));
    channel_.server.turn([&] { call.scope().cancel(cancelled("enough")); });
    channel_.poll();
  }
}

TEST_F(CallOfAHandler, EndsWithTheHandlersDeadline) {
  CallOptions options;
  options.timeout = 2s;
  auto call = channel_.unary("go", options);
  channel_.poll();
  EXPECT_EQ(visits_.inside(), 1);
  channel_.advance(2s);
  expect_inner(kDeadlineExceeded);
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(CallOfAHandler, MayHaveADeadlineOfItsOwn) {
  inner_options_.inherit_deadline = false;
  inner_options_.inherit_cancellation = false;
  CallOptions options;
  options.timeout = 2s;
  auto call = channel_.unary("go", options);
  channel_.poll();
  EXPECT_EQ(deadline_.remaining(worker().now()), 30s);
  channel_.advance(2s);
  EXPECT_FALSE(inner_->ended());
  channel_.advance(28s);
  expect_inner(kDeadlineExceeded);
}

TEST_F(CallOfAHandler, EndsWhenTheHandlersCallIsCancelled) {
  auto call = channel_.unary("go");
  channel_.poll();
  channel_.server.turn([&] { call.scope().cancel(cancelled("enough")); });
  channel_.poll();
  expect_inner(kCancelled);
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(CallOfAHandler, EndsWithTheHandler) {
  ends_at_once_ = true;
  EXPECT_TRUE(channel_.unary_now("go"));
  expect_inner(kCancelled);
}

TEST_F(CallOfAHandler, MayOutliveTheHandler) {
  ends_at_once_ = true;
  inner_options_.inherit_cancellation = false;
  EXPECT_TRUE(channel_.unary_now("go"));
  EXPECT_FALSE(inner_->ended());
}

TEST_F(CallOfAHandler, MayOutliveTheHandlersCancellation) {
  inner_options_.inherit_cancellation = false;
  auto call = channel_.unary("go");
  channel_.poll();
  channel_.server.turn([&] { call.scope().cancel(cancelled("enough")); });
  channel_.poll();
  EXPECT_FALSE(inner_->ended());
  EXPECT_EQ(visits_.inside(), 1);
}

}  // namespace
}  // namespace plinth::test
