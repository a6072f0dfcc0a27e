#include "client/load_balancers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_backends.h"

namespace plinth::client {
namespace {

using test::FakeBackends;

struct NamedFactory {
  std::string name;
  std::shared_ptr<const LoadBalancerFactory> factory;
  std::size_t connections;
};

TEST(LoadBalancers, EachFactoryMakesItsPolicyForEveryHost) {
  const NamedFactory policies[] = {{"pick_first", make_pick_first(), 1},
                                   {"pick_first, shuffled", make_pick_first({.shuffle_address_list = true}), 1},
                                   {"round_robin", make_round_robin(), 2},
                                   {"least_request", make_least_request(), 2},
                                   {"least_request of 3", make_least_request({.choice_count = 3}), 2}};
  for (const auto& [name, factory, connections] : policies) {
    for (int worker = 0; worker < 2; ++worker) {
      FakeBackends backends;
      const auto policy = factory->make(backends);
      backends.use(*policy);
      backends.give({"ipv4:a", "ipv4:b"});
      EXPECT_EQ(backends.pick(), "wait") << name;
      const auto connecting = [](const auto& backend) { return backend->state() == ChannelState::kConnecting; };
      EXPECT_EQ(std::ranges::count_if(backends.all(), connecting), connections) << name;
    }
  }
}

TEST(RandomIndex, GivesEveryIndex) {
  std::vector<int> times(5);
  for (int i = 0; i < 5000; ++i) ++times.at(random_index(times.size()));
  for (const auto count : times) EXPECT_NEAR(count, 1000, 250);
  EXPECT_EQ(random_index(1), 0u);
}

}  // namespace
}  // namespace plinth::client
