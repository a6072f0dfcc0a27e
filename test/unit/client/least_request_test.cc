#include "client/least_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "support/fake_backends.h"

namespace plinth::client {
namespace {

using test::FakeBackends;
using testing::Each;

/// Gives these indices, again and again, and keeps what it was asked for.
struct Chances {
  std::vector<std::size_t> indices;
  std::vector<std::size_t> counts = {};

  std::size_t next(std::size_t count) {
    counts.push_back(count);
    return indices[(counts.size() - 1) % indices.size()];
  }
};

/// Four backends, which are ready and have these calls; gives the one that is picked.
std::string picked(LeastRequestOptions options, std::array<std::size_t, 4> calls, Chances& chances) {
  FakeBackends backends;
  LeastRequest policy(backends, options, [&](std::size_t count) { return chances.next(count); });
  backends.use(policy);
  backends.give({"ipv4:0", "ipv4:1", "ipv4:2", "ipv4:3"});
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto address = "ipv4:" + std::to_string(i);
    backends.at(address).set_calls(calls[i]);
    backends.ready(address);
  }
  return backends.pick();
}

struct Choice {
  std::array<std::size_t, 4> calls;
  std::vector<std::size_t> taken;
  std::string picked;
};

TEST(LeastRequest, PicksTheOneWithTheFewestCallsOfThoseTaken) {
  const Choice choices[] = {
      {{5, 1, 7, 0}, {0, 1}, "ipv4:1"}, {{5, 1, 7, 0}, {1, 0}, "ipv4:1"}, {{5, 1, 7, 0}, {2, 0}, "ipv4:0"},
      {{5, 1, 7, 0}, {2, 2}, "ipv4:2"}, {{5, 1, 7, 0}, {3, 1}, "ipv4:3"}, {{4, 4, 4, 4}, {2, 1}, "ipv4:2"},
  };
  for (const auto& choice : choices) {
    Chances chances{choice.taken};
    EXPECT_EQ(picked({}, choice.calls, chances), choice.picked) << testing::PrintToString(choice.taken);
    EXPECT_EQ(chances.counts.size(), 2u);
    EXPECT_THAT(chances.counts, Each(4));
  }
}

TEST(LeastRequest, ComparesAsManyAsItIsToldTo) {
  Chances chances{{0, 1, 2, 3}};
  EXPECT_EQ(picked({.choice_count = 4}, {9, 8, 7, 6}, chances), "ipv4:3");
  EXPECT_EQ(chances.counts.size(), 4u);
}

TEST(LeastRequest, ComparesFromTwoToTen) {
  const std::vector<std::pair<std::size_t, std::size_t>> counts = {{0, 2},   {1, 2},   {2, 2},
                                                                   {10, 10}, {11, 10}, {999, 10}};
  for (const auto& [asked, compared] : counts) {
    Chances chances{{0}};
    picked({.choice_count = asked}, {}, chances);
    EXPECT_EQ(chances.counts.size(), compared) << asked;
  }
}

TEST(LeastRequest, TakesReadyBackendsOnly) {
  FakeBackends backends;
  Chances chances{{0, 1}};
  LeastRequest policy(backends, {}, [&](std::size_t count) { return chances.next(count); });
  backends.use(policy);
  backends.give({"ipv4:a", "ipv4:b", "ipv4:c"});
  EXPECT_EQ(backends.pick(), "wait");
  for (const char* address : {"ipv4:b", "ipv4:c"}) {
    backends.at(address).set_calls(7);
    backends.ready(address);
  }
  EXPECT_EQ(backends.pick(), "ipv4:b");
  EXPECT_THAT(chances.counts, Each(2));
}

TEST(LeastRequest, EvensOutWithChanceOfItsOwn) {
  FakeBackends backends;
  LeastRequest policy(backends, {});
  backends.use(policy);
  const std::vector<std::string> addresses = {"ipv4:a", "ipv4:b", "ipv4:c"};
  backends.give(addresses);
  for (const auto& address : addresses) backends.ready(address);
  for (int call = 0; call < 3000; ++call) {
    auto& picked = backends.at(backends.pick());
    picked.set_calls(picked.calls() + 1);
  }
  for (const auto& backend : backends.all()) EXPECT_NEAR(backend->calls(), 1000, 25) << backend->address();
}

}  // namespace
}  // namespace plinth::client
