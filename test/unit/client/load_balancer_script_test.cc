// Long random scripts for every policy: after each step the policy must be where the rules say.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/load_balancers.h"
#include "support/fake_backends.h"

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using test::FakeBackends;
using test::FakeSubchannel;
using State = ChannelState;
using Addresses = std::vector<std::string>;

constexpr int kSteps = 4000;

/// Does one random thing after another to a policy, as a channel might.
class PolicyScript {
 public:
  PolicyScript(const LoadBalancerFactory& factory, unsigned seed) : random_(seed), policy_(factory.make(backends)) {
    backends.use(*policy_);
    backends.on_changed([this] { check_pick(); });
    if (seed % 2 == 1) backends.tell_at_once();
  }

  /// What it did, for the message of a failure.
  std::string step() {
    if (backends.all().empty() || below(12) == 0) return give();
    auto& backend = *backends.all()[below(backends.all().size())];
    switch (below(6)) {
      case 0: return wait();
      case 1: return pick();
      case 2: return eject_or_return(backend);
      default: return go_on(backend);
    }
  }

  /// A pick gives a backend that is there and ready, or is consistent with the state.
  void check_pick() {
    const auto picked = backends.pick();
    const auto is_ready = [&](auto& b) { return b->address() == picked && b->state() == State::kReady; };
    switch (backends.state()) {
      case State::kReady: EXPECT_TRUE(std::ranges::any_of(backends.all(), is_ready)) << "picked " << picked; break;
      case State::kTransientFailure: EXPECT_EQ(picked, "fail: " + backends.failure().message()); break;
      default: EXPECT_EQ(picked, "wait");
    }
  }

  std::size_t count(State state) const {
    return static_cast<std::size_t>(std::ranges::count(backends.all(), state, &state_of));
  }
  static State state_of(const std::unique_ptr<FakeSubchannel>& backend) { return backend->state(); }

  FakeBackends backends;

 private:
  std::size_t below(std::size_t count) { return random_() % count; }

  std::string give() {
    Addresses addresses;
    for (const char* address : {"ipv4:a", "ipv4:b", "ipv4:c", "ipv6:1", "ipv6:2"}) {
      if (below(2) == 0) addresses.push_back(address);
    }
    if (addresses.empty()) addresses.push_back("ipv4:d");
    std::ranges::shuffle(addresses, random_);
    backends.give(addresses);
    return "give " + testing::PrintToString(addresses);
  }

  std::string wait() {
    backends.advance(std::chrono::milliseconds(below(400)));
    return "wait";
  }

  std::string pick() {
    backends.pick();
    return "pick";
  }

  /// What its connection does next.
  std::string go_on(FakeSubchannel& backend) {
    if (ejected_.contains(backend.address())) return "nothing";
    switch (backend.state()) {
      case State::kConnecting:
        return below(2) == 0 ? become(backend, State::kReady) : become(backend, State::kTransientFailure);
      case State::kTransientFailure:
      case State::kReady: return become(backend, State::kIdle);
      default: return "nothing";
    }
  }

  /// As outlier detection shows it to the policy.
  std::string eject_or_return(FakeSubchannel& backend) {
    if (const auto ejected = ejected_.extract(backend.address())) {
      return backend.state() == State::kTransientFailure ? become(backend, State::kReady) : "nothing";
    }
    if (backend.state() != State::kReady) return "nothing";
    ejected_.insert(backend.address());
    return become(backend, State::kTransientFailure);
  }

  std::string become(FakeSubchannel& backend, State state) {
    const auto address = backend.address();
    const auto failure = state == State::kTransientFailure ? unavailable("refused") : Status();
    backends.become(address, state, failure);
    return address + " is " + std::string(to_string(state));
  }

  std::mt19937 random_;
  std::set<std::string> ejected_;
  std::unique_ptr<LoadBalancer> policy_;
};

/// The rules of ReadySet, told the other way round: from what each backend has been through.
class ReadySetRules {
 public:
  State expected(const FakeBackends& backends) {
    forget_the_gone(backends);
    bool some_ready = false;
    bool some_hope = false;
    for (const auto& backend : backends.all()) {
      bool& failed = failed_[backend->address()];
      if (backend->state() == State::kReady) failed = false;
      if (backend->state() == State::kTransientFailure) failed = true;
      some_ready = some_ready || backend->state() == State::kReady;
      some_hope = some_hope || !failed;
    }
    return some_ready ? State::kReady : some_hope ? State::kConnecting : State::kTransientFailure;
  }

 private:
  void forget_the_gone(const FakeBackends& backends) {
    std::erase_if(failed_, [&](const auto& known) {
      return std::ranges::none_of(backends.all(), [&](auto& b) { return b->address() == known.first; });
    });
  }

  std::map<std::string, bool> failed_;
};

void check_ready_set(PolicyScript& script, ReadySetRules& rules) {
  EXPECT_EQ(to_string(script.backends.state()), to_string(rules.expected(script.backends)));
  EXPECT_EQ(script.count(State::kIdle), 0u) << "every backend is kept connected";
  script.check_pick();
}

void run_ready_set(const LoadBalancerFactory& factory) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    PolicyScript script(factory, seed);
    ReadySetRules rules;
    for (int step = 0; step < kSteps; ++step) {
      const auto done = script.step();
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", step " << step << ": " << done);
      check_ready_set(script, rules);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(LoadBalancerScript, RoundRobinIsAlwaysWhereTheRulesSay) { run_ready_set(*make_round_robin()); }

TEST(LoadBalancerScript, LeastRequestIsAlwaysWhereTheRulesSay) { run_ready_set(*make_least_request()); }

TEST(LoadBalancerScript, RoundRobinGivesEachReadyBackendTheSame) {
  PolicyScript script(*make_round_robin(), 11);
  for (int step = 0; step < kSteps; ++step) {
    script.step();
    std::multiset<std::string> picked;
    if (script.backends.state() != State::kReady) continue;
    for (auto call = 2 * script.count(State::kReady); call > 0; --call) picked.insert(script.backends.pick());
    for (const auto& backend : script.backends.all()) {
      ASSERT_EQ(picked.count(backend->address()), backend->state() == State::kReady ? 2u : 0u) << step;
    }
  }
}

/// What must hold for pick_first in each state.
void check_pick_first(const PolicyScript& script) {
  switch (script.backends.state()) {
    case State::kReady:
      EXPECT_EQ(script.count(State::kReady), 1u) << "one connection for all calls";
      EXPECT_EQ(script.count(State::kConnecting), 0u) << "the other attempts are given up";
      break;
    case State::kConnecting:
      EXPECT_EQ(script.count(State::kReady), 0u) << "the first ready one is chosen";
      EXPECT_GE(script.count(State::kConnecting), 1u) << "nothing would wake the calls that wait";
      break;
    case State::kTransientFailure:
      EXPECT_EQ(script.count(State::kReady), 0u) << "the first ready one is chosen";
      EXPECT_TRUE(script.count(State::kConnecting) != 0 || script.count(State::kIdle) == 0) << "it goes on trying";
      break;
    default: EXPECT_EQ(script.count(State::kIdle), script.backends.all().size()) << "nobody has asked";
  }
}

/// Which state may follow which; each may be said again.
bool follows(State before, State after) {
  static const std::set<std::pair<State, State>> kChanges = {{State::kIdle, State::kConnecting},
                                                             {State::kConnecting, State::kReady},
                                                             {State::kConnecting, State::kTransientFailure},
                                                             {State::kTransientFailure, State::kReady},
                                                             {State::kReady, State::kConnecting}};
  return before == after || kChanges.contains({before, after});
}

/// What pick_first may say after each other.
class PickFirstRules {
 public:
  void check(PolicyScript& script) {
    for (const auto& line : script.backends.happened()) on_line(line);
    for (const auto& backend : script.backends.all()) {
      if (backend->state() == State::kTransientFailure) failed_.insert(backend->address());
    }
    if (begun_to_fail_) check_all_failed(script.backends);
  }

 private:
  void on_line(const std::string& line) {
    for (const auto after : {State::kIdle, State::kConnecting, State::kReady, State::kTransientFailure}) {
      if (line == to_string(after)) on_state(after);
    }
  }

  void on_state(State after) {
    EXPECT_TRUE(follows(state_, after)) << to_string(state_) << " -> " << to_string(after);
    begun_to_fail_ = state_ == State::kConnecting && after == State::kTransientFailure;
    if (after == State::kConnecting) failed_.clear();
    state_ = after;
  }

  void check_all_failed(const FakeBackends& backends) {
    for (const auto& backend : backends.all()) {
      EXPECT_TRUE(failed_.contains(backend->address())) << backend->address() << " has not failed in this pass";
    }
    begun_to_fail_ = false;
  }

  State state_ = State::kIdle;
  std::set<std::string> failed_;  // in this pass
  bool begun_to_fail_ = false;
};

TEST(LoadBalancerScript, PickFirstIsAlwaysWhereTheRulesSay) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    PolicyScript script(*make_pick_first(), seed);
    PickFirstRules rules;
    for (int step = 0; step < kSteps; ++step) {
      const auto done = script.step();
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", step " << step << ": " << done);
      rules.check(script);
      check_pick_first(script);
      if (script.backends.state() != State::kIdle) script.check_pick();
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace plinth::client
