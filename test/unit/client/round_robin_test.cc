#include "client/round_robin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_backends.h"

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using test::FakeBackends;
using testing::ElementsAre;
using testing::IsEmpty;

/// What it has in common with the other policies of ReadySet is tested here too.
class RoundRobinTest : public testing::Test {
 protected:
  RoundRobinTest() { backends_.use(policy_); }

  void start(const std::vector<std::string>& addresses) {
    backends_.give(addresses);
    backends_.happened();
  }
  void start_ready(const std::vector<std::string>& addresses) {
    start(addresses);
    for (const auto& address : addresses) backends_.ready(address);
    backends_.happened();
  }

  std::vector<std::string> picks(int count) {
    std::vector<std::string> picked;
    for (int call = 0; call < count; ++call) picked.push_back(backends_.pick());
    return picked;
  }
  FakeBackends::Diary happened() { return backends_.happened(); }

  FakeBackends backends_;
  RoundRobin policy_{backends_, [](std::size_t) { return 0; }};
};

TEST_F(RoundRobinTest, WaitsBeforeThereAreBackends) {
  policy_.leave_idle();
  EXPECT_EQ(backends_.pick(), "wait");
  EXPECT_THAT(happened(), IsEmpty());
}

TEST_F(RoundRobinTest, ConnectsToAllAtOnce) {
  backends_.give({"ipv4:a", "ipv4:b"});
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:a", "connect ipv4:b", "CONNECTING"));
  EXPECT_EQ(backends_.pick(), "wait");
}

TEST_F(RoundRobinTest, TakesReadyBackendsInTurn) {
  start({"ipv4:a", "ipv4:b", "ipv4:c"});
  backends_.ready("ipv4:c");
  EXPECT_THAT(happened(), ElementsAre("READY"));
  EXPECT_THAT(picks(3), ElementsAre("ipv4:c", "ipv4:c", "ipv4:c"));
  backends_.ready("ipv4:a");
  EXPECT_THAT(happened(), IsEmpty());
  EXPECT_THAT(picks(4), ElementsAre("ipv4:c", "ipv4:a", "ipv4:c", "ipv4:a"));
  backends_.ready("ipv4:b");
  EXPECT_THAT(picks(4), ElementsAre("ipv4:b", "ipv4:c", "ipv4:a", "ipv4:b"));
}

TEST_F(RoundRobinTest, BeginsWhereChanceSays) {
  for (const std::size_t start : {0, 1, 2, 3}) {
    FakeBackends backends;
    RoundRobin policy(backends, [&](std::size_t) { return start; });
    backends.use(policy);
    backends.give({"ipv4:0", "ipv4:1", "ipv4:2"});
    for (const char* address : {"ipv4:0", "ipv4:1", "ipv4:2"}) backends.ready(address);
    EXPECT_EQ(backends.pick(), "ipv4:" + std::to_string(start % 3));
  }
}

TEST_F(RoundRobinTest, ReplacesALostConnectionAtOnce) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("resolve", "connect ipv4:a"));
  EXPECT_THAT(picks(2), ElementsAre("ipv4:b", "ipv4:b"));
  backends_.idle("ipv4:b");
  EXPECT_THAT(happened(), ElementsAre("resolve", "connect ipv4:b", "CONNECTING"));
  EXPECT_EQ(backends_.pick(), "wait");
}

TEST_F(RoundRobinTest, FailsOnlyWhenAllHaveFailed) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a", "No route to host");
  EXPECT_THAT(happened(), ElementsAre("resolve"));
  EXPECT_EQ(backends_.pick(), "wait");
  backends_.fail("ipv4:b", "Connection refused");
  EXPECT_THAT(happened(), ElementsAre("resolve", "TRANSIENT_FAILURE"));
  EXPECT_EQ(backends_.failure(), unavailable("ipv4:b: Connection refused"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:b: Connection refused");
}

TEST_F(RoundRobinTest, NamesTheAddressOnce) {
  start({"ipv4:a"});
  backends_.fail("ipv4:a", "the connection to ipv4:a is lost");
  EXPECT_EQ(backends_.pick(), "fail: the connection to ipv4:a is lost");
}

TEST_F(RoundRobinTest, KeepsTryingInTransientFailureUntilOneIsReady) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  backends_.fail("ipv4:b");
  happened();
  backends_.idle("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:a", "TRANSIENT_FAILURE"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:b: Connection refused");
  backends_.fail("ipv4:a", "timed out");
  EXPECT_THAT(happened(), ElementsAre("resolve", "TRANSIENT_FAILURE"));
  EXPECT_EQ(backends_.pick(), "fail: ipv4:a: timed out");
  backends_.ready("ipv4:a");
  EXPECT_THAT(happened(), ElementsAre("READY"));
  EXPECT_THAT(picks(2), ElementsAre("ipv4:a", "ipv4:a"));
}

TEST_F(RoundRobinTest, ABackendThatWasReadyMayConnectAnewWhileTheOthersHaveFailed) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:b");
  backends_.ready("ipv4:a");
  backends_.idle("ipv4:a");
  EXPECT_EQ(backends_.state(), ChannelState::kConnecting);
  backends_.fail("ipv4:a");
  EXPECT_EQ(backends_.state(), ChannelState::kTransientFailure);
}

TEST_F(RoundRobinTest, LeavesOutWhoIsEjectedUntilItComesBack) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a", "ejected");
  EXPECT_THAT(picks(2), ElementsAre("ipv4:b", "ipv4:b"));
  backends_.ready("ipv4:a");
  EXPECT_THAT(picks(2), ElementsAre("ipv4:a", "ipv4:b"));
}

TEST_F(RoundRobinTest, ANewListKeepsTheConnectionsThatItHas) {
  start_ready({"ipv4:a", "ipv4:b"});
  backends_.give({"ipv4:b", "ipv4:c"});
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:c"));
  EXPECT_THAT(picks(2), ElementsAre("ipv4:b", "ipv4:b"));
}

TEST_F(RoundRobinTest, ANewListWithoutAReadyBackendConnects) {
  start_ready({"ipv4:a"});
  backends_.give({"ipv4:b"});
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:b", "CONNECTING"));
  EXPECT_EQ(backends_.pick(), "wait");
}

TEST_F(RoundRobinTest, ANewListRemembersWhoHasFailed) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  backends_.fail("ipv4:b");
  backends_.idle("ipv4:a");
  happened();
  backends_.give({"ipv4:a"});
  EXPECT_THAT(happened(), ElementsAre("TRANSIENT_FAILURE")) << "it is connecting, but has not been ready since";
  backends_.give({"ipv4:a", "ipv4:c"});
  EXPECT_THAT(happened(), ElementsAre("connect ipv4:c", "CONNECTING"));
  EXPECT_EQ(backends_.pick(), "wait") << "the new address may be reached";
}

TEST_F(RoundRobinTest, ANewListDoesNotAskForAnother) {
  start({"ipv4:a", "ipv4:b"});
  backends_.fail("ipv4:a");
  happened();
  backends_.give({"ipv4:a"});
  EXPECT_THAT(happened(), ElementsAre("TRANSIENT_FAILURE"));
}

TEST_F(RoundRobinTest, NeedsNoAlarm) {
  start_ready({"ipv4:a"});
  policy_.on_wake();
  backends_.advance(10s);
  EXPECT_THAT(happened(), IsEmpty());
}

}  // namespace
}  // namespace plinth::client
