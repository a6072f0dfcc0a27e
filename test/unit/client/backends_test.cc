// Backends that come and go while calls run, and how calls are spread over them.

#include <gmock/gmock.h>

#include <chrono>
#include <map>

#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum StatusCode;

/// A server at three addresses, where it answers with the name of the address.
class Backends : public testing::Test {
 protected:
  Backends() {
    for (const auto* address : {"inproc:a", "inproc:b", "inproc:c"}) channel_.network->add(address, channel_.server);
    channel_.server.servicer->unary = [this](ServerContext& context, const Text&) -> Task<Result<Text>> {
      const auto name = context.peer().address.substr(context.peer().address.size() - 1);
      while (name == slow_) {
        auto nap = sleep_for(1s);
        co_await std::move(nap);
      }
      if (name == failing_) co_return internal_error("{} is broken", name);
      co_return text(name);
    };
  }

  void use(std::shared_ptr<const LoadBalancerFactory> policy, std::vector<std::string> addresses) {
    channel_.shared->balancer = std::move(policy);
    channel_.resolver->set(std::move(addresses));
  }
  void resolve(std::vector<std::string> addresses) {
    channel_.server.turn([&] { channel_.resolver->set(std::move(addresses)); });
    channel_.poll();
  }

  /// The name of the server that has answered, or the error.
  std::string call() {
    auto call = channel_.unary("who?");
    channel_.poll();
    if (!call.done()) return "nobody";
    const auto response = call.take();
    return response ? response->value() : response.error().to_string();
  }
  std::map<std::string, int> spread(int calls) {
    std::map<std::string, int> answers;
    for (int i = 0; i < calls; ++i) ++answers[call()];
    return answers;
  }

  TestChannel channel_;
  std::string failing_;
  std::string slow_;
};

const std::vector<std::string> kAll = {"inproc:a", "inproc:b", "inproc:c"};

TEST_F(Backends, AreUsedInOrderByPickFirst) {
  use(client::make_pick_first(), kAll);
  EXPECT_EQ(spread(9), (std::map<std::string, int>{{"a", 9}}));
  channel_.network->at("inproc:a").refuses = true;
  resolve({"inproc:b", "inproc:c"});
  EXPECT_EQ(call(), "b");
}

TEST_F(Backends, AreUsedEquallyByRoundRobin) {
  use(client::make_round_robin(), kAll);
  (void)call();
  channel_.poll();
  EXPECT_EQ(spread(9), (std::map<std::string, int>{{"a", 3}, {"b", 3}, {"c", 3}}));
}

TEST_F(Backends, AreAllUsedByLeastRequest) {
  use(client::make_least_request(), kAll);
  (void)call();
  channel_.poll();
  EXPECT_EQ(spread(100).size(), 3u);
}

TEST_F(Backends, ThatAppearAreUsed) {
  use(client::make_round_robin(), {"inproc:a"});
  EXPECT_EQ(call(), "a");
  resolve({"inproc:a", "inproc:b"});
  EXPECT_EQ(spread(6), (std::map<std::string, int>{{"a", 3}, {"b", 3}}));
  EXPECT_EQ(channel_.network->at("inproc:a").connections, 1) << "the one that stays keeps its connection";
}

TEST_F(Backends, ThatVanishFinishTheirCalls) {
  use(client::make_round_robin(), {"inproc:a"});
  slow_ = "a";
  auto slow = channel_.unary("who?");
  channel_.poll();
  resolve({"inproc:b"});
  EXPECT_EQ(spread(3), (std::map<std::string, int>{{"b", 3}}));
  EXPECT_FALSE(slow.done());
  slow_ = "";
  channel_.advance(1s);
  ASSERT_TRUE(slow.done());
  EXPECT_EQ(slow.take()->value(), "a");
}

TEST_F(Backends, ThatRefuseAreLeftOutByRoundRobinUntilTheyAreBack) {
  channel_.network->at("inproc:b").refuses = true;
  use(client::make_round_robin(), kAll);
  (void)call();
  channel_.poll();
  EXPECT_EQ(spread(6), (std::map<std::string, int>{{"a", 3}, {"c", 3}}));
  channel_.network->at("inproc:b").refuses = false;
  channel_.advance(1300ms);
  EXPECT_EQ(spread(6), (std::map<std::string, int>{{"a", 2}, {"b", 2}, {"c", 2}}));
}

TEST_F(Backends, OfANameThatCannotBeResolvedFailTheCallsWithTheReason) {
  channel_.resolver->fail(unavailable("no such host"));
  EXPECT_THAT(call(), HasSubstr("no such host"));
  EXPECT_EQ(channel_.channel().state(), ChannelState::kTransientFailure);
  channel_.resolver->fail({});
  use(client::make_pick_first(), {"inproc:a"});
  EXPECT_EQ(channel_.resolver->looks(), 1) << "not at once";
  channel_.advance(1300ms);
  EXPECT_EQ(call(), "a");
}

TEST_F(Backends, AreLookedUpAgainWithAPauseThatIsShortAgainAfterASuccess) {
  channel_.resolver->fail(unavailable("no such host"));
  (void)call();
  for (int i = 0; i < 60; ++i) channel_.advance(1s);
  const auto looks = channel_.resolver->looks();
  EXPECT_GE(looks, 10) << "at least every 6 s";
  EXPECT_LE(looks, 18) << "the pause grows";
  channel_.resolver->fail({});
  for (int i = 0; i < 60; ++i) channel_.advance(1s);
  EXPECT_EQ(call(), "a");
  const auto found = channel_.resolver->looks();
  channel_.resolver->fail(unavailable("gone again"));
  resolve({"inproc:a"});
  channel_.resolver->fail({});
  channel_.advance(1300ms);
  EXPECT_GE(channel_.resolver->looks(), found + 2);
}

TEST_F(Backends, ThatAreNoneFailTheCallsAndAreLookedForAgain) {
  use(client::make_pick_first(), {});
  EXPECT_THAT(call(), HasSubstr("test:///target has no addresses"));
  use(client::make_pick_first(), {"inproc:a"});
  channel_.advance(1300ms);
  EXPECT_EQ(call(), "a");
}

TEST_F(Backends, AreKeptWhenTheResolverFailsLater) {
  EXPECT_EQ(call(), "a");
  channel_.resolver->fail(unavailable("no such host"));
  resolve({"inproc:a"});
  EXPECT_EQ(call(), "a");
  channel_.resolver->fail({});
  use(client::make_pick_first(), {});
  channel_.advance(3s);
  EXPECT_EQ(call(), "a") << "an empty list is no news of the old one";
}

TEST_F(Backends, ThatFailMoreThanOthersAreEjectedAndComeBack) {
  client::OutlierDetection detection;
  detection.interval = 10s;
  detection.base_ejection_time = 30s;
  detection.max_ejection_percent = 50;
  detection.failure_percentage_ejection = {.threshold = 50, .minimum_hosts = 3, .request_volume = 5};
  channel_.shared->outliers = detection;
  use(client::make_round_robin(), kAll);
  failing_ = "b";
  (void)call();
  channel_.poll();
  EXPECT_EQ(spread(30)["INTERNAL: b is broken"], 10);
  channel_.advance(10s);
  EXPECT_EQ(spread(30), (std::map<std::string, int>{{"a", 15}, {"c", 15}})) << "b is ejected";
  failing_ = "";
  for (int i = 0; i < 5; ++i) channel_.advance(10s);
  EXPECT_EQ(spread(30), (std::map<std::string, int>{{"a", 10}, {"b", 10}, {"c", 10}})) << "and is back";
}

}  // namespace
}  // namespace plinth::test
