// Interceptors around the calls of a client.

#include <gmock/gmock.h>

#include <chrono>

#include "plinth/client_context.h"
#include "support/status_recorder.h"
#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum StatusCode;

/// An interceptor that a test writes as a function.
class TestInterceptor final : public Interceptor {
 public:
  using Function = std::function<Task<Status>(CallContext&, Next)>;
  explicit TestInterceptor(Function function) : function_(std::move(function)) {}
  std::string_view name() const noexcept override { return "TestInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override { return function_(call, next); }

 private:
  Function function_;
};

class ClientInterceptors : public testing::Test {
 protected:
  ClientInterceptors() {
    channel_.server.servicer->unary = [this](ServerContext& context, const Text& request) -> Task<Result<Text>> {
      Visit visit(visits_);
      seen_ = context.request_metadata().get("x-key").value_or("none");
      if (request.value() == "fail") co_return not_found("no such thing");
      if (request.value() == "hang") {
        auto long_time = sleep_for(1h);
        co_await std::move(long_time);
      }
      co_return text("echo " + request.value());
    };
  }

  void add(TestInterceptor::Function function) {
    channel_.shared->interceptors.push_back(std::make_shared<TestInterceptor>(std::move(function)));
  }
  void add_named(std::string name) {
    add([this, name](CallContext&, Next next) -> Task<Status> {
      story_.push_back(name + " begins");
      auto rest = next();
      auto status = co_await std::move(rest);
      story_.push_back(name + " ends");
      co_return status;
    });
  }

  TestChannel channel_;
  Visits visits_;
  std::string seen_;
  std::vector<std::string> story_;
};

TEST_F(ClientInterceptors, AreCalledInOrderTheFirstOutermost) {
  add_named("first");
  add_named("second");
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_THAT(story_, ElementsAre("first begins", "second begins", "second ends", "first ends"));
}

TEST_F(ClientInterceptors, MayRejectWithoutTouchingTheNetwork) {
  add_named("first");
  add([](CallContext&, Next) -> Task<Status> { co_return permission_denied("not for you"); });
  add_named("third");
  EXPECT_EQ(channel_.unary_now("hello").error(), permission_denied("not for you"));
  EXPECT_THAT(story_, ElementsAre("first begins", "first ends"));
  EXPECT_EQ(channel_.network->at(TestChannel::kAddress).connections, 0);
}

TEST_F(ClientInterceptors, MayRejectEveryKindOfCall) {
  add([](CallContext&, Next) -> Task<Status> { co_return permission_denied("not for you"); });
  for (const auto kind : {CallKind::kServerStreaming, CallKind::kClientStreaming, CallKind::kBidirectional}) {
    auto call = channel_.start(kBidirectional, kind);
    channel_.poll();
    ASSERT_TRUE(call->ended());
    EXPECT_EQ(call->status(), permission_denied("not for you"));
  }
}

TEST_F(ClientInterceptors, MayThrow) {
  add([](CallContext&, Next) -> Task<Status> {
    throw StatusError(aborted("thrown"));
    co_return Status();
  });
  EXPECT_EQ(channel_.unary_now("hello").error(), aborted("thrown"));
}

TEST_F(ClientInterceptors, MayChangeTheMetadataThatIsSent) {
  add([](CallContext& call, Next next) -> Task<Status> {
    call.as_client()->request_metadata().add("x-key", "from the interceptor");
    auto rest = next();
    auto status = co_await std::move(rest);
    co_return status;
  });
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_EQ(seen_, "from the interceptor");
}

TEST_F(ClientInterceptors, MayGiveACallLessTime) {
  add([](CallContext&, Next next) -> Task<Status> {
    auto limited = with_timeout(100ms, next());
    co_return co_await std::move(limited);
  });
  auto call = channel_.unary("hang");
  channel_.poll();
  channel_.advance(101ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error().code(), kDeadlineExceeded);
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(ClientInterceptors, SeeACallThatIsOverBeforeItBegins) {
  auto recorder = std::make_shared<StatusRecorder>();
  channel_.shared->interceptors.push_back(recorder);
  CallOptions options;
  options.timeout = 0s;
  EXPECT_EQ(channel_.unary_now("hello", options).error().code(), kDeadlineExceeded);
  EXPECT_THAT(recorder->ended, ElementsAre(::testing::StartsWith("DEADLINE_EXCEEDED")));
}

TEST_F(ClientInterceptors, SeeTheCallAndItsMessages) {
  add([this](CallContext& call, Next next) -> Task<Status> {
    EXPECT_EQ(call.as_server(), nullptr);
    EXPECT_EQ(call.method().path, kUnary);
    EXPECT_EQ(call.as_client()->target(), "test:///target");
    EXPECT_EQ(call.authority(), "target");
    EXPECT_EQ(call.remaining(), 30s);
    call.observe_messages([this](CallContext::Direction direction, const google::protobuf::MessageLite& message) {
      const auto& value = static_cast<const Text&>(message).value();
      story_.push_back((direction == CallContext::Direction::kSent ? "sent " : "received ") + value);
    });
    auto rest = next();
    auto status = co_await std::move(rest);
    EXPECT_EQ(call.as_client()->attempts(), 1u);
    EXPECT_EQ(call.peer().address, "inproc:inproc:a");
    co_return status;
  });
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_THAT(story_, ElementsAre("sent hello", "received echo hello"));
}

TEST_F(ClientInterceptors, EndTheCallWithWhatAnObserverThrows) {
  for (const auto bad : {CallContext::Direction::kSent, CallContext::Direction::kReceived}) {
    channel_.shared->interceptors.clear();
    add([bad](CallContext& call, Next next) -> Task<Status> {
      call.observe_messages([bad](CallContext::Direction direction, const google::protobuf::MessageLite&) {
        if (direction == bad) throw StatusError(data_loss("not this one"));
      });
      auto rest = next();
      auto status = co_await std::move(rest);
      co_return status;
    });
    EXPECT_EQ(channel_.unary_now("hello").error(), data_loss("not this one"));
  }
}

TEST_F(ClientInterceptors, SeeHowEachCallEnds) {
  auto recorder = std::make_shared<StatusRecorder>();
  channel_.shared->interceptors.push_back(recorder);
  CallOptions options;
  options.timeout = 1s;
  EXPECT_TRUE(channel_.unary_now("hello"));
  EXPECT_FALSE(channel_.unary_now("fail"));
  auto late = channel_.unary("hang", options);
  channel_.poll();
  channel_.advance(1s);
  EXPECT_TRUE(late.done());
  auto cancelled_call = channel_.unary("hang");
  channel_.poll();
  channel_.server.turn([&] { cancelled_call.scope().cancel(cancelled("not needed")); });
  channel_.poll();
  auto dropped = channel_.start(kUnary, CallKind::kUnary);
  channel_.server.turn([&] { dropped.reset(); });
  channel_.poll();
  ASSERT_EQ(recorder->ended.size(), 5u);
  EXPECT_EQ(recorder->ended[0], "OK");
  EXPECT_EQ(recorder->ended[1], "NOT_FOUND: no such thing");
  EXPECT_THAT(recorder->ended[2], ::testing::StartsWith("DEADLINE_EXCEEDED"));
  EXPECT_THAT(recorder->ended[3], ::testing::StartsWith("CANCELLED"));
  EXPECT_THAT(recorder->ended[4], ::testing::StartsWith("CANCELLED"));
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(ClientInterceptors, MayChangeTheStatusThatTheCallerGets) {
  add([](CallContext&, Next next) -> Task<Status> {
    auto rest = next();
    auto status = co_await std::move(rest);
    if (status.code() == kNotFound) co_return unknown("it depends");
    co_return status;
  });
  EXPECT_EQ(channel_.unary_now("fail").error(), unknown("it depends"));
  EXPECT_TRUE(channel_.unary_now("hello"));
}

/// What they await counts against the call's deadline, and ends with it.
TEST_F(ClientInterceptors, MayWaitBeforeTheCall) {
  add([](CallContext&, Next next) -> Task<Status> {
    auto nap = sleep_for(2s);
    co_await std::move(nap);
    auto rest = next();
    auto status = co_await std::move(rest);
    co_return status;
  });
  auto call = channel_.unary("hello");
  channel_.poll();
  EXPECT_EQ(channel_.network->at(TestChannel::kAddress).connections, 0);
  channel_.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take()->value(), "echo hello");

  CallOptions options;
  options.timeout = 1s;
  auto late = channel_.unary("hello", options);
  channel_.poll();
  channel_.advance(1s);
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late.take().error().code(), kDeadlineExceeded);
}

TEST_F(ClientInterceptors, MayWaitAfterTheCall) {
  add([](CallContext&, Next next) -> Task<Status> {
    auto rest = next();
    auto status = co_await std::move(rest);
    auto nap = sleep_for(2s);
    co_await std::move(nap);
    co_return status;
  });
  auto call = channel_.unary("hello");
  channel_.poll();
  EXPECT_FALSE(call.done());
  channel_.advance(2s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take()->value(), "echo hello");
  auto dropped = channel_.start(kUnary, CallKind::kUnary);
  channel_.server.turn([&] { dropped->put_last_message(text("x")); });
  channel_.poll();
  channel_.server.turn([&] { dropped.reset(); });
}

}  // namespace
}  // namespace plinth::test
