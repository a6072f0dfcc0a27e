#include "plinth/credentials.h"

#include <gmock/gmock.h>

#include <optional>

#include "interceptors/credentials_tokens.h"
#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"
#include "plinth/event.h"
#include "plinth/testing.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using interceptors::CredentialsTokens;
using myservice::GetResourceRequest;
using myservice::MyService;
using myservice::Resource;
using ::testing::ElementsAre;

using Time = std::chrono::system_clock::time_point;
Time time_now;

/// A token server that answers when the test says so.
class CredentialsTokensTest : public ::testing::Test {
 protected:
  CredentialsTokensTest() {
    time_now = Time(1000s);
    CredentialsOptions options;
    options.now = [] noexcept { return time_now; };
    options.logger = log_;
    tokens_ = std::make_shared<CredentialsTokens>([this] { return source(); }, options);
  }
  ~CredentialsTokensTest() override {
    tokens_->close();
    loop_.poll();
  }

  using Header = std::string;
  static Task<Header> header_of(CredentialsTokens& tokens) {
    auto getting = tokens.header();
    const auto header = co_await std::move(getting);
    co_return header ? **header : header.error().to_string();
  }
  std::unique_ptr<test::Started<Header>> call() {
    auto started = std::make_unique<test::Started<Header>>(loop_.worker(), header_of(*tokens_));
    loop_.poll();
    return started;
  }

  void answer(Result<AccessToken> token) {
    {
      Worker::Turn turn(loop_.worker());
      answer_.emplace(std::move(token));
      answered_->set();
    }
    loop_.poll();
  }
  void answer(const std::string& value, std::chrono::seconds lifetime) {
    answer(AccessToken(value, time_now + lifetime));
  }
  void pass(std::chrono::milliseconds time) {
    time_now += time;
    loop_.advance(time);
  }

  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  test::ManualLoop loop_;
  std::shared_ptr<CredentialsTokens> tokens_;
  int asked_ = 0;

 private:
  Task<Result<AccessToken>> source() {
    ++asked_;
    answered_.emplace();
    auto waiting = answered_->wait();
    co_await std::move(waiting);
    co_return *answer_;
  }

  std::optional<Event> answered_;
  std::optional<Result<AccessToken>> answer_;
};

TEST_F(CredentialsTokensTest, FetchOnceForAllCalls) {
  const auto one = call(), other = call();
  EXPECT_EQ(asked_, 1);
  answer("abc", 1h);
  EXPECT_EQ(one->take(), "Bearer abc");
  EXPECT_EQ(other->take(), "Bearer abc");
  EXPECT_EQ(call()->take(), "Bearer abc");
  EXPECT_EQ(asked_, 1);
}

TEST_F(CredentialsTokensTest, FetchTheNextBeforeTheOldOneEnds) {
  const auto first = call();
  answer("old", 1h);
  pass(59min - 1ms);
  EXPECT_EQ(call()->take(), "Bearer old");
  EXPECT_EQ(asked_, 1);
  pass(1ms);
  EXPECT_EQ(call()->take(), "Bearer old") << "nobody waits for the new one";
  EXPECT_EQ(call()->take(), "Bearer old");
  EXPECT_EQ(asked_, 2);
  answer("new", 1h);
  EXPECT_EQ(call()->take(), "Bearer new");
  EXPECT_EQ(asked_, 2);
}

TEST_F(CredentialsTokensTest, WaitForASlowSourceOnceTheOldOneHasEnded) {
  const auto first = call();
  answer("old", 1h);
  pass(1h - 1s);
  EXPECT_EQ(call()->take(), "Bearer old");
  pass(1s);
  const auto waiting = call();
  EXPECT_FALSE(waiting->done());
  answer("new", 1h);
  EXPECT_EQ(waiting->take(), "Bearer new");
  EXPECT_EQ(asked_, 2);
}

TEST_F(CredentialsTokensTest, KeepTokensOfAShortLifeForHalfOfIt) {
  const auto first = call();
  answer("short", 10s);
  pass(4999ms);
  EXPECT_EQ(call()->take(), "Bearer short");
  EXPECT_EQ(asked_, 1);
  pass(1ms);
  EXPECT_EQ(call()->take(), "Bearer short");
  EXPECT_EQ(asked_, 2);
}

TEST_F(CredentialsTokensTest, TryAgainWithBackoffAndThenGiveUp) {
  const auto one = call(), other = call();
  for (const auto delay : {250ms, 500ms, 1000ms, 2000ms}) {
    const int before = asked_;
    answer(std::unexpected(unavailable("no route")));
    pass(delay - 1ms);
    EXPECT_EQ(asked_, before);
    pass(1ms);
    EXPECT_EQ(asked_, before + 1);
  }
  answer(std::unexpected(unavailable("no route")));
  EXPECT_EQ(one->take(), "UNAVAILABLE: cannot get a token: no route");
  EXPECT_EQ(other->take(), "UNAVAILABLE: cannot get a token: no route");
  EXPECT_EQ(asked_, 5);
  EXPECT_EQ(log_->take().size(), 5u);
  EXPECT_FALSE(call()->done()) << "the next call tries anew";
  EXPECT_EQ(asked_, 6);
}

TEST_F(CredentialsTokensTest, DoNotTryAgainWhatIsFinal) {
  const auto one = call();
  answer(std::unexpected(unauthenticated("bad client")));
  EXPECT_EQ(one->take(), "UNAUTHENTICATED: cannot get a token: bad client");
  EXPECT_THAT(log_->take(), ElementsAre("grpc_credentials_failed error=UNAUTHENTICATED: bad client"));
}

TEST_F(CredentialsTokensTest, TryASourceAgainThatDoesNotAnswer) {
  const auto one = call();
  pass(30s);
  EXPECT_THAT(log_->take(), ElementsAre("grpc_credentials_failed error=UNAVAILABLE: the timeout has passed"));
  pass(250ms);
  EXPECT_EQ(asked_, 2);
  answer("abc", 1h);
  EXPECT_EQ(one->take(), "Bearer abc");
}

TEST_F(CredentialsTokensTest, GoOnWithAGoodTokenWhenTheNextCannotBeHad) {
  const auto first = call();
  answer("old", 1h);
  pass(59min);
  EXPECT_EQ(call()->take(), "Bearer old");
  answer(std::unexpected(unauthenticated("bad client")));
  pass(10s - 1ms);
  EXPECT_EQ(call()->take(), "Bearer old");
  EXPECT_EQ(asked_, 2) << "not asked again at once";
  pass(1ms);
  EXPECT_EQ(call()->take(), "Bearer old");
  EXPECT_EQ(asked_, 3);
}

TEST_F(CredentialsTokensTest, FetchOnWhenTheCallThatBeganItIsCancelled) {
  const auto one = call(), other = call();
  {
    Worker::Turn turn(loop_.worker());
    one->scope().cancel(cancelled("nobody waits any more"));
  }
  loop_.poll();
  EXPECT_THROW(one->take(), StatusError);
  EXPECT_FALSE(other->done());
  answer("abc", 1h);
  EXPECT_EQ(other->take(), "Bearer abc");
  EXPECT_EQ(asked_, 1);
}

TEST_F(CredentialsTokensTest, AreNotFetchedOnWhenTheWorkerEnds) {
  test::ManualLoop first_loop;
  test::Started<Header> first(first_loop.worker(), header_of(*tokens_));
  const auto other = call();
  {
    Worker::Turn turn(first_loop.worker());
    first_loop.worker().end_residents([] {});
  }
  EXPECT_EQ(first.take(), "UNAVAILABLE: cannot get a token: what fetched it has been shut down");
  loop_.poll();
  EXPECT_EQ(other->take(), "UNAVAILABLE: cannot get a token: what fetched it has been shut down");
  const auto next = call();
  answer("abc", 1h);
  EXPECT_EQ(next->take(), "Bearer abc");
}

TEST_F(CredentialsTokensTest, CancelAFetchThatNobodyWantsAnyMore) {
  const auto first = call();
  answer("old", 1h);
  pass(59min);
  EXPECT_EQ(call()->take(), "Bearer old");
  EXPECT_EQ(tokens_.use_count(), 2) << "the fetch has a share";
  tokens_->close();
  EXPECT_EQ(tokens_.use_count(), 3) << "as has what was posted to its worker";
  loop_.poll();
  EXPECT_EQ(tokens_.use_count(), 1);
}

TEST_F(CredentialsTokensTest, RefuseWhatIsNoToken) {
  const auto one = call();
  answer("a\r\nx-admin: yes", 1h);
  EXPECT_EQ(one->take(), "INTERNAL: cannot get a token: the source has given something that is no token");
}

TEST_F(CredentialsTokensTest, TryAgainWhenATokenComesThatHasExpired) {
  const auto one = call();
  answer("abc", 0s);
  EXPECT_FALSE(one->done());
  pass(250ms);
  answer("def", 1h);
  EXPECT_EQ(one->take(), "Bearer def");
}

Task<Result<AccessToken>> give_token() { co_return AccessToken("abc"); }

/// What the server gets from a client with credentials.
std::string sent(CredentialsOptions options) {
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = [](ServerContext& context, const GetResourceRequest&) -> Task<Result<Resource>> {
    Resource resource;
    resource.set_name(std::string(context.request_metadata().get("authorization").value_or("nothing")));
    co_return resource;
  };
  testing::InProcessServer server;
  server.add_servicer(fake).add_client_interceptor(CredentialsInterceptor(&give_token, options));
  auto stub = server.stub<MyService::Stub>();
  const auto resource = sync_wait(stub.GetResource(GetResourceRequest()));
  return resource ? resource->name() : resource.error().to_string();
}

TEST(CredentialsInterceptor, SendsTheToken) { EXPECT_EQ(sent({.allow_plaintext = true}), "Bearer abc"); }

TEST(CredentialsInterceptor, SendsNoTokenInTheClear) {
  EXPECT_EQ(sent({}),
            "UNAUTHENTICATED: the connection is not encrypted, so that the token would be for everybody to read");
}

}  // namespace
}  // namespace plinth
