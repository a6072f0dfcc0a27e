#include "auth/fetched_keys.h"

#include <gmock/gmock.h>

#include <atomic>
#include <optional>
#include <thread>

#include "signer.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth::auth {
namespace {

using namespace std::chrono_literals;
using plinth::test::KeptLog;
using plinth::test::ManualLoop;
using plinth::test::Started;
using test::Signer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FetchedKeysTest : public ::testing::Test {
 protected:
  FetchedKeysTest() {
    keys_.emplace(
        loop_.worker(), *find_algorithm("ES256"), [this] { return answer(); },
        FetchedKeys::Options{.source = "the issuer"}, log_);
    loop_.poll();
  }

  /// The end of the keys waits for the worker, so it comes on a thread of its own while this one runs the loop.
  ~FetchedKeysTest() override {
    std::atomic<bool> ended = false;
    std::jthread ending([&] {
      keys_.reset();
      ended = true;
    });
    while (!ended) loop_.poll();
  }

  void answer_with(Result<std::string> document) {
    {
      Worker::Turn turn(loop_.worker());
      answer_ = std::move(document);
      answered_->set();
    }
    loop_.poll();
    answer_.reset();
  }
  void publish(const std::string& id) { answer_with(signer_.jwks(fmt::format(R"(,"kid":"{}")", id))); }

  bool has(const std::string& id) const { return keys_->keys() && keys_->keys()->find(id); }
  std::unique_ptr<Started<void>> look_again() {
    auto looking = std::make_unique<Started<void>>(loop_.worker(), keys_->look_again());
    loop_.poll();
    return looking;
  }

  const Signer signer_{"ES256"};
  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  ManualLoop loop_;
  int fetches_ = 0;
  std::optional<FetchedKeys> keys_;

 private:
  Task<Result<std::string>> answer() {
    ++fetches_;
    answered_.emplace();
    auto waiting = answered_->wait();
    co_await std::move(waiting);
    co_return *answer_;
  }

  std::optional<Event> answered_;
  std::optional<Result<std::string>> answer_;
};

TEST_F(FetchedKeysTest, AreFetchedAtTheStart) {
  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(keys_->keys(), nullptr);
  const auto version = keys_->version();
  publish("1");
  EXPECT_TRUE(has("1"));
  EXPECT_NE(keys_->version(), version);
  EXPECT_THAT(log_->take(), ElementsAre("grpc_auth_keys_loaded source=the issuer keys=1"));
}

TEST_F(FetchedKeysTest, AreWaitedForByAllWhoNeedThem) {
  const auto one = look_again(), other = look_again();
  EXPECT_FALSE(one->done());
  publish("1");
  EXPECT_TRUE(one->done());
  EXPECT_TRUE(other->done());
  EXPECT_EQ(fetches_, 1);
}

TEST_F(FetchedKeysTest, AreNotWaitedForForEver) {
  const auto looking = look_again();
  loop_.advance(4999ms);
  EXPECT_FALSE(looking->done());
  loop_.advance(1ms);
  EXPECT_TRUE(looking->done());
}

TEST_F(FetchedKeysTest, AreFetchedAgainWhenTheyAreOld) {
  publish("1");
  loop_.advance(299s);
  EXPECT_EQ(fetches_, 1);
  loop_.advance(1s);
  EXPECT_EQ(fetches_, 2);
  publish("2");
  EXPECT_FALSE(has("1"));
  EXPECT_TRUE(has("2"));
}

TEST_F(FetchedKeysTest, AreFetchedAgainForAnUnknownKeyButOnceAMinute) {
  publish("1");
  EXPECT_TRUE(look_again()->done()) << "they are new";
  EXPECT_EQ(fetches_, 1);
  loop_.advance(60s);
  const auto looking = look_again();
  EXPECT_FALSE(looking->done());
  EXPECT_EQ(fetches_, 2);
  publish("2");
  EXPECT_TRUE(looking->done());
  EXPECT_TRUE(has("2"));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(look_again()->done());
  EXPECT_EQ(fetches_, 2);
}

TEST_F(FetchedKeysTest, StayWhenNewOnesCannotBeHad) {
  publish("1");
  log_->take();
  const auto version = keys_->version();
  loop_.advance(300s);
  answer_with(std::unexpected(unavailable("no route")));
  EXPECT_THAT(log_->take(), ElementsAre("grpc_auth_keys_failed source=the issuer error=no route"));
  loop_.advance(1s);
  answer_with("<html>");
  EXPECT_THAT(log_->take(), ElementsAre("grpc_auth_keys_failed source=the issuer error=no JSON at line 1, column 1"));
  loop_.advance(2s);
  answer_with(std::string(10 * 1024 * 1024, ' '));
  EXPECT_THAT(log_->take(), ElementsAre("grpc_auth_keys_failed source=the issuer "
                                        "error=10485760 bytes: at most 1048576 are allowed"));
  EXPECT_TRUE(has("1"));
  EXPECT_EQ(keys_->version(), version);
}

TEST_F(FetchedKeysTest, AreTriedForMoreAndMoreSeldom) {
  std::vector<int> waits;
  for (int i = 0; i < 9; ++i) {
    const int before = fetches_;
    answer_with(std::unexpected(unavailable("no route")));
    int seconds = 0;
    for (; fetches_ == before; ++seconds) loop_.advance(1s);
    waits.push_back(seconds);
  }
  EXPECT_THAT(waits, ElementsAre(1, 2, 4, 8, 16, 32, 60, 60, 60));
}

TEST_F(FetchedKeysTest, AreGivenUpWhenTheIssuerDoesNotAnswer) {
  const auto looking = look_again();
  loop_.advance(10s);
  EXPECT_EQ(log_->take().size(), 1u);
  EXPECT_TRUE(looking->done());
  loop_.advance(1s);
  EXPECT_EQ(fetches_, 2);
  publish("1");
  EXPECT_TRUE(has("1"));
}

TEST_F(FetchedKeysTest, SayNothingWhenTheyAreTheSame) {
  publish("1");
  log_->take();
  const auto version = keys_->version();
  loop_.advance(300s);
  publish("1");
  EXPECT_EQ(fetches_, 2);
  EXPECT_THAT(log_->take(), IsEmpty());
  EXPECT_EQ(keys_->version(), version);
}

TEST_F(FetchedKeysTest, LetACancelledCallGo) {
  const auto looking = look_again();
  {
    Worker::Turn turn(loop_.worker());
    looking->scope().cancel(cancelled("the client has gone"));
  }
  loop_.poll();
  ASSERT_TRUE(looking->done());
  EXPECT_THROW(looking->take(), StatusError);
  publish("1");
  EXPECT_TRUE(has("1"));
}

}  // namespace
}  // namespace plinth::auth
