#include "client/pick_first.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/fake_backends.h"

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using test::FakeBackends;
using testing::ElementsAre;
using testing::IsEmpty;
using Addresses = std::vector<std::string>;

class PickFirstTest : public testing::Test {
 protected:
  PickFirstTest() { use({}); }

  void use(PickFirstOptions options, RandomIndex random = random_index) {
    policy_ = std::make_unique<PickFirst>(backends_, options, std::move(random));
    backends_.use(*policy_);
  }

  /// On its way to the first of these.
  void start(const Addresses& addresses) {
    backends_.give(addresses);
    policy_->leave_idle();
    backends_.happened();
  }
  void start_ready(const Addresses& addresses) {
    start(addresses);
    backends_.ready(addresses.front());
    backends_.happened();
  }
  /// All of these have failed.
  void start_failed(const Addresses& addresses) {
    start(addresses);
    for (const auto& address : addresses) backends_.fail(address);
    backends_.happened();
  }

  FakeBackends::Diary happened() { return backends_.happened(); }

  FakeBackends backends_;
  std::unique_ptr<PickFirst> policy_;
};

TEST_F(PickFirstTest, WaitsBeforeThereAreBackends) {
  policy_->leave_idle();
  EXPECT_EQ(backends_.pick(), "wait");
  EXPECT_THAT(happened(), IsEmpty());
}

TEST_F(PickFirstTest, IsIdleUntilItIsAskedToLeave) {
  backends_.give({"ipv4:a", "ipv4:b"});
  EXPECT_THAT(happened(), ElementsAre("IDLE"));
  backends_.advance(10s);
  EXPECT_THAT(happened(), IsEmpty());
  policy_->leave_idle();
  EXPECT_THAT(happened(), ElementsAre("CONNECTING", "wake in 250 ms", "connect ipv4:a"));
  policy_->leave_idle();
  EXPECT_THAT(happened(), IsEmpty());
}

TEST_F(PickFirstTest, LeavesIdleForAPick) {
  backends_.give({"ipv4:a"});
  EXPECT_EQ(backends_.pick(), "wait");
  EXPECT_THAT(happened(), ElementsAre("IDLE", "CONNECTING", "connect ipv4:a"));
  EXPECT_EQ(backends_.pick(), "wait");
  EXPECT_THAT(happened(), IsEmpty());
}

TEST_F(PickFirstTest, StaysIdleWhenTheListChangesThen) {
  backends_.give({"ipv4:a"});
  backends_.give({"ipv4:b"});
  EXPECT_THAT(happened(), ElementsAre("IDLE", "IDLE"));
  EXPECT_EQ(backends_.pick(), "wait");
  EXPECT_THAT(happened(), ElementsAre("CONNECTING", "connect ipv4:b"));
}

TEST_F(PickFirstTest, APickThatLeavesIdleUsesABackendThatIsReadyAlready) {
  backends_.give({"ipv4:a"});
  backends_.at("ipv4:a").become(ChannelState::kReady);
  EXPECT_EQ(backends_.pick(), "ipv4:a") << "nobody would say again that a waiting call should be picked for";
}

TEST_F(PickFirstTest, APickThatLeavesIdleFailsWhenEveryBackendIsInBackoff) {
  backends_.give({"ipv4:a"});
  backends_.at("ipv4:a").become(ChannelState::kTransientFailure, unavailable("no route"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: no route");
}

TEST_F(PickFirstTest, UsesTheFirstWhenThatIsReady) {
  start({"ipv4:a", "ipv4:b"});
  backends_.ready("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("READY"));
  for (int call = 0; call < 3; ++call) EXPECT_EQ(backends_.pick(), "ipv4:a");
  backends_.advance(10s);
  EXPECT_THAT(happened(), IsEmpty()) << "the alarm of the pass that has ended must start nothing";
}

TEST_F(PickFirstTest, BeginsTheNextAttemptWhenOneFails) {
  start({"ipv4:a", "ipv4:b", "ipv4:c"});
  backends_.advance(100ms);
  backends_.fail("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("wake in 250 ms", "connect ipv4:b"));
  backends_.fail("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:c")) << "nothing comes after the last, so there is no alarm";
  backends_.ready("ipv4:c");
  EXPECT_EQ(backends_.pick(), "ipv4:c");
}

TEST_F(PickFirstTest, BeginsTheNextAttemptAfterAQuarterOfASecond) {
  start({"ipv4:a", "ipv4:b", "ipv4:c"});
  backends_.advance(249ms);
  EXPECT_THAT(happened(), IsEmpty());
  backends_.advance(1ms);
  EXPECT_THAT(happened(), ElementsAre("wake in 250 ms", "connect ipv4:b"));
  backends_.advance(250ms);
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:c"));
  backends_.advance(10s);
  EXPECT_THAT(happened(), IsEmpty());
}

TEST_F(PickFirstTest, TheFirstReadyOneWinsAndTheOthersAreGivenUp) {
  start({"ipv4:a", "ipv4:b", "ipv4:c", "ipv4:d"});
  backends_.fail("ipv4:a");
  backends_.advance(250ms);
  happened();
  backends_.ready("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("disconnect ipv4:c", "READY"));
  EXPECT_EQ(backends_.pick(), "ipv4:b");
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), IsEmpty()) << "who was not chosen is not connected after its backoff";
}

TEST_F(PickFirstTest, TheFailureOfAnOlderAttemptStartsNothing) {
  start({"ipv4:a", "ipv4:b", "ipv4:c"});
  backends_.advance(250ms);
  happened();
  backends_.fail("ipv4:a");
  EXPECT_THAT(happened(), IsEmpty());
  backends_.fail("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:c"));
}

TEST_F(PickFirstTest, AnAttemptThatHasFailedMaySucceedLaterInThePass) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  backends_.idle("ipv4:a");
  backends_.ready("ipv4:a");
  EXPECT_EQ(backends_.pick(), "ipv4:a");
  EXPECT_EQ(backends_.at("ipv4:b").state(), ChannelState::kIdle);
}

TEST_F(PickFirstTest, FailsWithEveryReasonWhenAllHaveFailed) {
  start({"ipv4:10.0.0.1:50051", "ipv4:10.0.0.2:50051"});
  backends_.fail("ipv4:10.0.0.1:50051", "Connection refused");
  happened();
  backends_.fail("ipv4:10.0.0.2:50051", "No route to host");
  EXPECT_THAT(happened(), ElementsAre("TRANSIENT_FAILURE", "resolve"));
  const auto expected = unavailable("ipv4:10.0.0.1:50051: Connection refused; ipv4:10.0.0.2:50051: No route to host");
  EXPECT_EQ(backends_.failure(), expected);
  EXPECT_EQ(backends_.pick(), "fail: " + expected.message());
}

TEST_F(PickFirstTest, NamesEachAddressOnce) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a", "the connection to ipv4:a is lost");
  backends_.fail("ipv4:b", "No route to host");
  EXPECT_EQ(backends_.pick(), "fail: the connection to ipv4:a is lost; ipv4:b: No route to host");
}

TEST_F(PickFirstTest, ThePassEndsOnlyWhenTheOlderAttemptsHaveFailedToo) {
  start({"ipv4:a", "ipv4:b"});
  backends_.advance(250ms);
  backends_.fail("ipv4:b");
  EXPECT_EQ(backends_.state(), ChannelState::kConnecting);
  backends_.fail("ipv4:a");
  EXPECT_EQ(backends_.state(), ChannelState::kTransientFailure);
}

TEST_F(PickFirstTest, ConnectsAtTheEndOfThePassToWhoseBackoffIsOver) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  backends_.idle("ipv4:a");
  happened();
  backends_.fail("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("TRANSIENT_FAILURE", "resolve", "connect ipv4:a"));
}

TEST_F(PickFirstTest, KeepsTryingInTransientFailureUntilOneIsReady) {
  start_failed({"ipv4:a", "ipv4:b"});
  backends_.idle("ipv4:b");
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:b", "connect ipv4:a"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: Connection refused; ipv4:b: Connection refused");
  backends_.advance(10s);
  EXPECT_THAT(happened(), IsEmpty());
  backends_.ready("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("disconnect ipv4:a", "READY"));
  EXPECT_EQ(backends_.pick(), "ipv4:b");
}

TEST_F(PickFirstTest, AsksForAddressesAgainAfterAsManyFailuresAsThereAreBackends) {
  start_failed({"ipv4:a", "ipv4:b"});
  for (int round = 0; round < 3; ++round) {
    backends_.idle("ipv4:a");
    backends_.fail("ipv4:a", "first");
    EXPECT_THAT(happened(), ElementsAre("connect ipv4:a"));
    backends_.idle("ipv4:a");
    backends_.fail("ipv4:a", "second");
    EXPECT_THAT(happened(), ElementsAre("connect ipv4:a", "TRANSIENT_FAILURE", "resolve"));
    EXPECT_EQ(backends_.pick(), "fail: ipv4:a: second; ipv4:b: Connection refused");
  }
}

TEST_F(PickFirstTest, ReplacesALostConnectionAtOnceFromTheFirstAddressOn) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  backends_.ready("ipv4:b");
  backends_.idle("ipv4:a");
  happened();
  backends_.idle("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("resolve", "CONNECTING", "wake in 250 ms", "connect ipv4:a"));
  EXPECT_EQ(backends_.pick(), "wait");
  backends_.fail("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:b"));
}

TEST_F(PickFirstTest, ReplacesTheOnlyConnection) {
  start_ready({"ipv4:a"});
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("resolve", "CONNECTING", "connect ipv4:a"));
}

TEST_F(PickFirstTest, SkipsWhoIsInBackoff) {
  start_ready({"ipv4:a", "ipv4:b", "ipv4:c"});
  backends_.fail("ipv4:b", "in backoff");
  backends_.idle("ipv4:a");
  happened();
  backends_.fail("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:c"));
  backends_.fail("ipv4:c");
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: Connection refused; ipv4:b: in backoff; ipv4:c: Connection refused");
}

TEST_F(PickFirstTest, FailsAtOnceWhenAllAreInBackoff) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:b", "in backoff");
  backends_.fail("ipv4:a", "ejected");
  EXPECT_THAT(happened(), ElementsAre("resolve", "CONNECTING", "TRANSIENT_FAILURE", "resolve"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: ejected; ipv4:b: in backoff");
}

TEST_F(PickFirstTest, GivesUpWhoIsReadyThoughAnotherWasChosen) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  backends_.ready("ipv4:b");
  happened();
  backends_.ready("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("disconnect ipv4:a"));
  EXPECT_EQ(backends_.pick(), "ipv4:b");
}

TEST_F(PickFirstTest, ConnectsAgainWhenAConnectionIsLostBeforeItWasSeenReady) {
  start({"ipv4:a", "ipv4:b"});
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:a"));
  backends_.idle("ipv4:b");
  EXPECT_THAT(happened(), IsEmpty()) << "its turn has not come";
}

TEST_F(PickFirstTest, ANewListThatHasTheChosenBackendChangesNothing) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.give({"ipv4:c", "ipv4:a"});
  EXPECT_THAT(happened(), IsEmpty());
  EXPECT_EQ(backends_.pick(), "ipv4:a");
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("resolve", "CONNECTING", "wake in 250 ms", "connect ipv4:c"));
}

TEST_F(PickFirstTest, ANewListWithoutTheChosenBackendBeginsAnew) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.give({"ipv4:b", "ipv4:c"});
  EXPECT_THAT(happened(), ElementsAre("CONNECTING", "wake in 250 ms", "connect ipv4:b"));
  EXPECT_EQ(backends_.pick(), "wait");
}

TEST_F(PickFirstTest, ANewListWhileConnectingBeginsANewPassWithTheAttemptsThatAreUnderWay) {
  start({"ipv4:a", "ipv4:b"});
  backends_.give({"ipv4:c", "ipv4:a"});
  EXPECT_THAT(happened(), ElementsAre("CONNECTING", "wake in 250 ms", "connect ipv4:c"));
  backends_.advance(250ms);
  EXPECT_THAT(happened(), IsEmpty()) << "ipv4:a is connecting already";
  backends_.ready("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("disconnect ipv4:c", "READY"));
}

TEST_F(PickFirstTest, ANewListInTransientFailureIsPassedThroughInTransientFailure) {
  start_failed({"ipv4:a"});
  backends_.give({"ipv4:a", "ipv4:b"});
  EXPECT_THAT(happened(), ElementsAre("TRANSIENT_FAILURE", "connect ipv4:b"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: Connection refused");
  backends_.fail("ipv4:b", "No route to host");
  EXPECT_THAT(happened(), ElementsAre("TRANSIENT_FAILURE", "resolve"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: Connection refused; ipv4:b: No route to host");
  backends_.give({"ipv4:c"});
  backends_.ready("ipv4:c");
  EXPECT_EQ(backends_.pick(), "ipv4:c");
}

struct AttemptOrder {
  Addresses given;
  Addresses attempted;
};

TEST_F(PickFirstTest, FamiliesTakeTurns) {
  const AttemptOrder orders[] = {
      {{"ipv4:a"}, {"ipv4:a"}},
      {{"ipv4:a", "ipv4:b"}, {"ipv4:a", "ipv4:b"}},
      {{"ipv6:1", "ipv6:2", "ipv4:a", "ipv4:b"}, {"ipv6:1", "ipv4:a", "ipv6:2", "ipv4:b"}},
      {{"ipv4:a", "ipv4:b", "ipv6:1", "ipv6:2"}, {"ipv4:a", "ipv6:1", "ipv4:b", "ipv6:2"}},
      {{"ipv4:a", "ipv6:1", "ipv6:2", "ipv4:b"}, {"ipv4:a", "ipv6:1", "ipv4:b", "ipv6:2"}},
      {{"ipv6:1", "ipv4:a", "ipv6:2", "ipv4:b"}, {"ipv6:1", "ipv4:a", "ipv6:2", "ipv4:b"}},
      {{"ipv6:1", "ipv6:2", "ipv6:3", "ipv4:a"}, {"ipv6:1", "ipv4:a", "ipv6:2", "ipv6:3"}},
      {{"unix:/s", "ipv6:1", "ipv6:2", "ipv4:a"}, {"unix:/s", "ipv6:1", "ipv4:a", "ipv6:2"}},
  };
  for (const auto& [given, attempted] : orders) {
    FakeBackends backends;
    PickFirst policy(backends, {});
    backends.use(policy);
    backends.give(given);
    policy.leave_idle();
    Addresses connected;
    for (std::size_t attempt = 0; attempt < given.size(); ++attempt) backends.advance(250ms);
    for (const auto& line : backends.happened()) {
      if (line.starts_with("connect ")) connected.push_back(line.substr(8));
    }
    EXPECT_EQ(connected, attempted) << testing::PrintToString(given);
  }
}

TEST_F(PickFirstTest, ShufflesEachListWhenItIsToldTo) {
  std::vector<std::size_t> counts;
  use({.shuffle_address_list = true}, [&](std::size_t count) { return counts.push_back(count), 0; });
  start({"ipv4:a", "ipv4:b", "ipv4:c"});
  EXPECT_THAT(counts, ElementsAre(3, 2));
  EXPECT_EQ(backends_.at("ipv4:b").state(), ChannelState::kConnecting) << "c b a, then b c a";
  backends_.give({"ipv4:a", "ipv4:b", "ipv4:c"});
  EXPECT_THAT(counts, ElementsAre(3, 2, 3, 2));
}

TEST_F(PickFirstTest, DoesNotShuffleOtherwise) {
  use({}, [](std::size_t) { return ADD_FAILURE() << "asked for chance", 0; });
  start({"ipv4:a", "ipv4:b"});
  EXPECT_EQ(backends_.at("ipv4:a").state(), ChannelState::kConnecting);
}

}  // namespace
}  // namespace plinth::client
