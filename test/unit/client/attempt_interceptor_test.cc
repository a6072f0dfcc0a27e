// Interceptors around the attempts of calls.

#include <gmock/gmock.h>

#include <array>
#include <chrono>

#include "plinth/client_context.h"
#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using enum StatusCode;
using Around = Interceptor::Around;

/// An interceptor that a test writes as a function.
class Function final : public Interceptor {
 public:
  using Code = std::function<Task<Status>(ClientContext&, Next)>;
  Function(Around around, Code code) : around_(around), code_(std::move(code)) {}
  std::string_view name() const noexcept override { return "Function"; }
  Around around() const noexcept override { return around_; }
  Task<Status> intercept(CallContext& call, Next next) override { return code_(*call.as_client(), next); }

 private:
  Around around_;
  Code code_;
};

class AttemptInterceptors : public ::testing::Test {
 protected:
  AttemptInterceptors() {
    channel_.shared->settings.enable_retry = true;
    channel_.shared->retry = client::retry_policy_of(channel_.shared->settings);
  }

  void add(Around around, Function::Code code) {
    channel_.shared->add_interceptor(std::make_shared<Function>(around, std::move(code)));
  }
  void add_story(Around around) {
    add(around, [this](ClientContext& call, Next next) -> Task<Status> {
      const auto who = call.attempt() ? fmt::format("attempt {}", call.attempt()) : "call";
      story_.push_back(who + " begins");
      auto rest = next();
      auto status = co_await std::move(rest);
      story_.push_back(fmt::format("{}: {}", who, to_string(status.code())));
      co_return status;
    });
  }
  void add_event_story() {
    add(Around::kAttempt, [this](ClientContext& call, Next next) -> Task<Status> {
      call.observe_attempt([this, number = call.attempt()](const AttemptEvent& event) {
        constexpr std::array kNames = {"resolved", "picked", "sent", "received"};
        const auto name = kNames.at(static_cast<std::size_t>(event.kind));
        story_.push_back(fmt::format("{} {}", number, name));
        if (event.bytes > 0) story_.back() += fmt::format(" {}{}", event.bytes, event.compressed ? " compressed" : "");
      });
      return next();
    });
  }
  /// The first attempt waits a second for names, and then until the server has greeted.
  void be_slow() {
    channel_.resolver->be_slow(1s);
    channel_.scripted->greeting = "";
  }
  void hedge() {
    channel_.shared->config = client::ServiceConfig::parse(R"({"methodConfig": [{"name": [{}], "hedgingPolicy": {
        "maxAttempts": 2, "hedgingDelay": "0.1s"}}]})")
                                  .value();
  }
  /// The first requests fail, then the server answers.
  void fail_first(std::size_t count) {
    channel_.scripted->answer = [this, count](const ScriptedRequest& request) {
      if (channel_.scripted->requests.size() <= count) return trailers_only(request.stream, kUnavailable, "busy");
      return whole_response(request.stream, "hello");
    };
  }
  /// A call, and all that happens in this time.
  Started<Result<Text>>& call_for(Duration time, CallOptions options = {}) {
    calls_.emplace_back(new Started<Result<Text>>(channel_.unary("hello", std::move(options))));
    auto& call = *calls_.back();
    channel_.poll();
    if (time > 0s) channel_.advance(time);
    return call;
  }

  ScriptedChannel channel_;
  std::vector<std::unique_ptr<Started<Result<Text>>>> calls_;
  std::vector<std::string> story_;
};

TEST_F(AttemptInterceptors, StandAroundEachAttemptInsideOfThoseOfTheCall) {
  add_story(Around::kCallAndAttempt);
  fail_first(1);
  auto& call = call_for(2s);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_THAT(story_, ElementsAre("call begins", "attempt 1 begins", "attempt 1: UNAVAILABLE", "attempt 2 begins",
                                  "attempt 2: OK", "call: OK"));
}

TEST_F(AttemptInterceptors, ChangeTheMetadataOfOneAttempt) {
  add(Around::kAttempt, [](ClientContext& call, Next next) -> Task<Status> {
    call.request_metadata().add("x-number", std::to_string(call.attempt()));
    return next();
  });
  fail_first(1);
  call_for(2s);
  ASSERT_EQ(channel_.scripted->requests.size(), 2u);
  EXPECT_EQ(channel_.scripted->requests[0].field("x-number"), "1");
  EXPECT_EQ(channel_.scripted->requests[1].field("x-number"), "2");
}

TEST_F(AttemptInterceptors, MayAwaitBeforeTheAttemptLooksForAConnection) {
  add(Around::kAttempt, [](ClientContext&, Next next) -> Task<Status> {
    auto pause = sleep_for(1s);
    co_await std::move(pause);
    auto rest = next();
    co_return co_await std::move(rest);
  });
  fail_first(0);
  auto& call = call_for(0s);
  EXPECT_EQ(channel_.scripted->requests.size(), 0u);
  channel_.advance(1s);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
}

TEST_F(AttemptInterceptors, GiveTheStatusThatTheRetryPolicySees) {
  int rejected = 0;
  add(Around::kAttempt, [&](ClientContext&, Next next) -> Task<Status> {
    if (rejected++ == 0) co_return unavailable("no token yet");
    auto rest = next();
    co_return co_await std::move(rest);
  });
  fail_first(0);
  auto& call = call_for(2s);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_EQ(channel_.scripted->requests.size(), 1u);
}

TEST_F(AttemptInterceptors, MayFailTheCall) {
  add(Around::kAttempt, [](ClientContext&, Next) -> Task<Status> { co_return permission_denied("not for you"); });
  auto& call = call_for(0s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), permission_denied("not for you"));
}

TEST_F(AttemptInterceptors, HearThatTheDeadlineHasPassedBeforeTheCallEnds) {
  add_story(Around::kCallAndAttempt);
  CallOptions options;
  options.timeout = 1s;
  auto& call = call_for(1s, std::move(options));
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error().code(), kDeadlineExceeded);
  EXPECT_THAT(story_, ElementsAre("call begins", "attempt 1 begins", "attempt 1: DEADLINE_EXCEEDED",
                                  "call: DEADLINE_EXCEEDED"));
}

TEST_F(AttemptInterceptors, AreWaitedForWhenTheCallIsCancelled) {
  add(Around::kAttempt, [this](ClientContext&, Next) -> Task<Status> {
    std::string end;
    try {
      auto pause = sleep_for(1h);
      co_await std::move(pause);
    } catch (const StatusError& error) {
      end = error.status().to_string();
    }
    story_.push_back(end);
    co_return cancelled("seen");
  });
  auto& call = call_for(0s);
  channel_.server.turn([&] { call.scope().cancel(cancelled("not needed")); });
  channel_.poll();
  ASSERT_TRUE(call.done());
  EXPECT_THAT(story_, ElementsAre(StartsWith("CANCELLED")));
}

TEST_F(AttemptInterceptors, AreToldWhenTheChannelIsClosed) {
  add(Around::kAttempt, [](ClientContext&, Next next) -> Task<Status> {
    auto pause = sleep_for(1h);
    co_await std::move(pause);
    auto rest = next();
    co_return co_await std::move(rest);
  });
  auto& call = call_for(0s);
  channel_.server.turn([&] { channel_.channel().close(); });
  channel_.poll();
  ASSERT_TRUE(call.done());
  EXPECT_THAT(call.take().error().message(), HasSubstr("is closed"));
}

TEST_F(AttemptInterceptors, SeeWhatTheAttemptHasMovedAndWithWhom) {
  add(Around::kAttempt, [this](ClientContext& call, Next next) -> Task<Status> {
    auto rest = next();
    auto status = co_await std::move(rest);
    const auto traffic = call.traffic();
    story_.push_back(fmt::format("{}/{} {}", traffic.sent_messages, traffic.received_messages, call.peer().address));
    EXPECT_EQ(traffic.sent_bytes, 7u);
    co_return status;
  });
  fail_first(1);
  call_for(2s);
  EXPECT_THAT(story_, ElementsAre("1/0 inproc:a", "1/1 inproc:a"));
}

TEST_F(AttemptInterceptors, HearOfTheMessagesOfTheirAttempt) {
  add_event_story();
  fail_first(1);
  EXPECT_TRUE(call_for(2s).done());
  EXPECT_THAT(story_, ElementsAre("1 sent 7", "2 sent 7", "2 received 7"));
}

TEST_F(AttemptInterceptors, HearWhatTheirAttemptHasWaitedFor) {
  be_slow();
  add_event_story();
  fail_first(0);
  auto& call = call_for(0s);
  EXPECT_THAT(story_, ElementsAre());
  channel_.advance(1s);
  EXPECT_THAT(story_, ElementsAre("1 resolved"));
  channel_.say(settings());
  EXPECT_THAT(story_, ElementsAre("1 resolved", "1 picked", "1 sent 7", "1 received 7"));
  EXPECT_TRUE(call.done());
}

TEST_F(AttemptInterceptors, HearOfNamesAloneWhenTheConnectionIsThereAtOnce) {
  channel_.resolver->be_slow(1s);
  add_event_story();
  fail_first(0);
  call_for(1s);
  EXPECT_THAT(story_, ElementsAre("1 resolved", "1 sent 7", "1 received 7"));
}

TEST_F(AttemptInterceptors, HearWhetherAMessageIsCompressed) {
  add_event_story();
  fail_first(0);
  CallOptions options;
  options.compress = true;
  call_for(0s, options);
  ASSERT_EQ(story_.size(), 2u);
  EXPECT_THAT(story_[0], ::testing::EndsWith(" compressed"));
  EXPECT_EQ(story_[1], "1 received 7");
}

TEST_F(AttemptInterceptors, HearThatTheirAttemptHasWaitedForAnotherConnection) {
  constexpr std::uint16_t kMaxConcurrentStreams = 3;
  channel_.scripted->greeting = settings({{kMaxConcurrentStreams, 1}}) + settings_ack();
  call_for(0s);
  add_event_story();
  call_for(0s);
  EXPECT_EQ(channel_.scripted->connections(), 2u);
  EXPECT_THAT(story_, ElementsAre("1 picked", "1 sent 7"));
}

TEST_F(AttemptInterceptors, HearOfEachMessageThatComesInOnePiece) {
  add_event_story();
  channel_.scripted->answer = [](const ScriptedRequest& request) {
    const auto pair = grpc_frame(text("a").SerializeAsString()) + grpc_frame("");
    return response_head(request.stream) + data(request.stream, pair) + response_message(request.stream, "three") +
           response_trailers(request.stream);
  };
  auto call = channel_.start(kServerStreaming, CallKind::kServerStreaming);
  channel_.server.turn([&] { call->put_last_message(text("go")); });
  channel_.poll();
  EXPECT_THAT(story_, ElementsAre("1 sent 4", "1 received 3", "1 received", "1 received 7"));
}

TEST_F(AttemptInterceptors, HearOfTheMessageInFrontOfABadOne) {
  add_event_story();
  auto call = channel_.start(kServerStreaming, CallKind::kServerStreaming);
  channel_.server.turn([&] { call->put_last_message(text("go")); });
  channel_.poll();
  channel_.say(response_head(1) + data(1, grpc_frame(text("good").SerializeAsString()) + "\x09\x09\x09\x09\x09"));
  EXPECT_THAT(story_, ElementsAre("1 sent 4", "1 received 6"));
}

/// By the event that they hear.
class AttemptObservers : public AttemptInterceptors, public ::testing::WithParamInterface<AttemptEvent::Kind> {
 protected:
  AttemptObservers() {
    fail_first(0);
    be_slow();
  }

  void on_event(std::function<void()> action) {
    add(Around::kAttempt, [this, kind = GetParam(), action](ClientContext& call, Next next) -> Task<Status> {
      ++attempts_begun_;
      call.observe_attempt([kind, action](const AttemptEvent& event) {
        if (event.kind == kind) action();
      });
      return next();
    });
  }
  /// A call that the event cancels.
  ClientCallPtr start_doomed() {
    on_event([this] { doom_.cancel(aborted("enough")); });
    CallOptions options;
    options.cancel_with = &doom_;
    return channel_.start(kBidirectional, CallKind::kBidirectional, options);
  }
  /// The names are known, and then there is a connection.
  void get_ready() {
    channel_.advance(1s);
    channel_.say(settings());
  }

  CancelScope doom_;
  int attempts_begun_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Events, AttemptObservers,
                         ::testing::Values(AttemptEvent::Kind::kResolved, AttemptEvent::Kind::kPicked,
                                           AttemptEvent::Kind::kMessageSent, AttemptEvent::Kind::kMessageReceived));

TEST_P(AttemptObservers, EndTheAttemptWithWhatTheyThrow) {
  on_event([] { throw StatusError(data_loss("not this one")); });
  auto& call = call_for(0s);
  get_ready();
  ASSERT_TRUE(call.done());
  const auto response = call.take();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), data_loss("not this one"));
}

TEST_P(AttemptObservers, MayCancelTheWholeCallThatWaitsWithItsMessage) {
  auto call = start_doomed();
  channel_.server.turn([&] { call->put_last_message(text("hello")); });
  get_ready();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), aborted("enough"));
}

TEST_P(AttemptObservers, MayCancelTheWholeCallThatSendsOnItsStream) {
  auto call = start_doomed();
  get_ready();
  channel_.server.turn([&] { call->ended() ? void() : call->put_last_message(text("hello")); });
  channel_.poll();
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), aborted("enough"));
}

TEST_P(AttemptObservers, MayCancelAHedgedCallForGood) {
  hedge();
  auto call = start_doomed();
  channel_.server.turn([&] { call->put_last_message(text("hello")); });
  get_ready();
  channel_.advance(1s);
  EXPECT_EQ(attempts_begun_, 1);
  ASSERT_TRUE(call->ended());
  EXPECT_EQ(call->status(), aborted("enough"));
}

TEST_F(AttemptInterceptors, HearNothingAfterTheEndOfTheirAttempt) {
  add(Around::kAttempt, [](ClientContext&, Next next) -> Task<Status> {
    auto rest = next();
    auto status = co_await std::move(rest);
    auto pause = sleep_for(1s);
    co_await std::move(pause);
    co_return status;
  });
  add_event_story();
  auto call = channel_.start(kBidirectional, CallKind::kBidirectional);
  channel_.poll();
  channel_.say(response_head(1) + response_trailers(1));
  channel_.server.turn([&] { call->put_message(text("too late")); });
  EXPECT_FALSE(call->ended());
  EXPECT_THAT(story_, ElementsAre());
  channel_.advance(1s);
  EXPECT_TRUE(call->ended());
}

TEST_F(AttemptInterceptors, FindWhatThoseOfTheCallHaveAttached) {
  add(Around::kCall, [](ClientContext& call, Next next) -> Task<Status> {
    call.attach(std::string("from the call"));
    return next();
  });
  add(Around::kAttempt, [this](ClientContext& call, Next next) -> Task<Status> {
    const auto* found = call.find<std::string>();
    story_.push_back(found ? *found : "nothing");
    call.attach(std::string("from the attempt"));
    story_.push_back(*call.find<std::string>());
    return next();
  });
  fail_first(1);
  call_for(2s);
  EXPECT_THAT(story_, ElementsAre("from the call", "from the attempt", "from the call", "from the attempt"));
}

TEST_F(AttemptInterceptors, OfAHedgedCallAllHearHowItsAttemptsEnd) {
  hedge();
  add_story(Around::kCallAndAttempt);
  channel_.scripted->answer = [this](const ScriptedRequest& request) {
    return channel_.scripted->requests.size() == 2 ? whole_response(request.stream, "hello") : "";
  };
  auto& call = call_for(200ms);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_THAT(story_, ElementsAre("call begins", "attempt 1 begins", "attempt 2 begins", "attempt 1: CANCELLED",
                                  "attempt 2: OK", "call: OK"));
}

}  // namespace
}  // namespace plinth::test
