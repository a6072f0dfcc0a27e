#include "plinth/container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace plinth {

struct Config {
  int size = 0;
};
struct Clock24 {
  virtual ~Clock24() = default;
  virtual int hour() const = 0;
};
struct Noon final : Clock24 {
  int hour() const override { return 12; }
};
struct Counter {
  int value = 0;
};
struct Pinned {
  explicit Pinned(int value) : value(value) {}
  Pinned(Pinned&&) = delete;
  int value;
};
struct A {
  void* dependency = nullptr;
};
struct B {
  void* dependency = nullptr;
};
struct C {
  void* dependency = nullptr;
};

/// Writes its name down when it dies.
class Mortal {
 public:
  Mortal(std::vector<std::string>& deaths, std::string name) : deaths_(&deaths), name_(std::move(name)) {}
  Mortal(const Mortal&) = delete;
  ~Mortal() { deaths_->push_back(name_); }

 private:
  std::vector<std::string>* deaths_;
  std::string name_;
};
struct First : Mortal {
  using Mortal::Mortal;
};
struct Second : Mortal {
  using Mortal::Mortal;
};
struct Third : Mortal {
  using Mortal::Mortal;
};

namespace {

using ::testing::ElementsAre;

/// What ResolutionError says when `function` throws it.
template <class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const ResolutionError& error) {
    return error.what();
  }
  return "no ResolutionError";
}

template <class T, class Dependency>
auto needing() {
  return [](Resolver& resolver) { return T{&resolver.resolve<Dependency>()}; };
}

TEST(ContainerSingleton, IsMadeOnceAndWhenFirstNeeded) {
  Container container;
  int made = 0;
  container.register_singleton<Counter>([&made] { return Counter{++made}; });
  EXPECT_EQ(made, 0);
  auto& first = container.resolve<Counter>();
  EXPECT_EQ(&container.resolve<Counter>(), &first);
  EXPECT_EQ(made, 1);
}

TEST(ContainerSingleton, IsTheSameInsideAndOutsideOfCalls) {
  Container container;
  container.register_singleton<Counter>([] { return Counter{}; });
  ScopedInstances call;
  EXPECT_EQ(&container.resolve<Counter>(call), &container.resolve<Counter>());
  EXPECT_TRUE(call.empty()) << "the container owns it, not the call";
}

TEST(ContainerSingleton, IsMadeOnceByManyThreads) {
  constexpr int kThreads = 8;
  std::latch all_ask(kThreads);
  std::atomic<int> made = 0;
  Container container;
  container.register_singleton<Config>([] { return Config{7}; });
  container.register_singleton<Counter>([&](Resolver& resolver) {
    ++made;
    all_ask.wait();  // until every thread is at the door
    return Counter{resolver.resolve<Config>().size};
  });
  std::array<Counter*, kThreads> seen{};
  {
    std::vector<std::jthread> threads;
    for (auto& counter : seen) {
      threads.emplace_back([&] {
        all_ask.count_down();
        counter = &container.resolve<Counter>();
      });
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_THAT(seen, ::testing::Each(&container.resolve<Counter>()));
  EXPECT_EQ(container.resolve<Counter>().value, 7);
}

TEST(ContainerSingleton, TwoThatNeedATThirdFromTwoThreadsDoNotDeadlock) {
  for (int round = 0; round < 50; ++round) {
    Container container;
    container.register_singleton<C>([] { return C{}; });
    container.register_singleton<A>(needing<A, C>());
    container.register_singleton<B>([](Resolver& resolver) { return B{resolver.resolve<A>().dependency}; });
    std::latch start(2);
    std::jthread one([&] {
      start.arrive_and_wait();
      container.resolve<A>();
    });
    start.arrive_and_wait();
    EXPECT_EQ(container.resolve<B>().dependency, &container.resolve<C>());
  }
}

TEST(ContainerSingleton, DieInTheReverseOrderOfTheirCreation) {
  std::vector<std::string> deaths;
  {
    Container container;
    container.register_singleton<First>([&] { return std::make_unique<First>(deaths, "first"); });
    container.register_singleton<Second>([&](Resolver& resolver) {
      resolver.resolve<First>();
      return std::make_unique<Second>(deaths, "second");
    });
    container.register_instance(std::make_shared<Third>(deaths, "instance"));
    container.resolve<Second>();
  }
  EXPECT_THAT(deaths, ElementsAre("second", "first", "instance"));
}

TEST(ContainerSingleton, WhoseFactoryThrowsIsTriedAgain) {
  Container container;
  int attempts = 0;
  container.register_singleton<Counter>([&attempts] {
    if (++attempts == 1) throw std::runtime_error("the database is down");
    return Counter{attempts};
  });
  EXPECT_THROW(container.resolve<Counter>(), std::runtime_error);
  EXPECT_EQ(container.resolve<Counter>().value, 2);
}

TEST(ContainerScoped, IsOneACall) {
  Container container;
  container.register_scoped<Counter>([] { return Counter{}; });
  ScopedInstances call;
  auto& counter = container.resolve<Counter>(call);
  EXPECT_EQ(&container.resolve<Counter>(call), &counter);
  ScopedInstances other;
  EXPECT_NE(&container.resolve<Counter>(other), &counter);
}

TEST(ContainerScoped, IsSharedByAllThatTheCallMakes) {
  Container container;
  container.register_scoped<Counter>([] { return Counter{}; });
  container.register_scoped<A>(needing<A, Counter>());
  container.register_transient<B>(needing<B, Counter>());
  ScopedInstances call;
  auto* const counter = &container.resolve<Counter>(call);
  EXPECT_EQ(container.resolve<A>(call).dependency, counter);
  EXPECT_EQ(container.resolve<B>(call).dependency, counter);
}

TEST(ContainerScoped, OfTwoContainersInOneCallAreApart) {
  Container one, two;
  one.register_scoped<Counter>([] { return Counter{1}; });
  two.register_scoped<Counter>([] { return Counter{2}; });
  ScopedInstances call;
  EXPECT_EQ(one.resolve<Counter>(call).value, 1);
  EXPECT_EQ(two.resolve<Counter>(call).value, 2);
}

TEST(ContainerTransient, IsNewEachTimeAndStaysUntilTheCallEnds) {
  Container container;
  int made = 0;
  container.register_transient<Counter>([&made] { return Counter{++made}; });
  ScopedInstances call;
  auto& first = container.resolve<Counter>(call);
  auto& second = container.resolve<Counter>(call);
  EXPECT_EQ(first.value, 1);
  EXPECT_EQ(second.value, 2);
}

TEST(ContainerCall, EndsWhatItOwnsTheNewestFirst) {
  std::vector<std::string> deaths;
  Container container;
  container.register_transient<First>([&] { return std::make_unique<First>(deaths, "transient"); });
  container.register_scoped<Second>([&](Resolver& resolver) {
    resolver.resolve<First>();
    return std::make_unique<Second>(deaths, "scoped");
  });
  ScopedInstances call;
  container.resolve<Second>(call);
  call.clear();
  EXPECT_THAT(deaths, ElementsAre("scoped", "transient"));
  EXPECT_TRUE(call.empty());
}

TEST(ContainerCall, StartsAnewOnceItIsCleared) {
  Container container;
  int made = 0;
  container.register_scoped<Counter>([&made] { return Counter{++made}; });
  ScopedInstances call;
  container.resolve<Counter>(call);
  call.clear();
  EXPECT_EQ(container.resolve<Counter>(call).value, 2);
}

TEST(ContainerInstance, IsGivenAsItIs) {
  Container container;
  const auto shared = std::make_shared<Counter>();
  container.register_instance(shared);
  container.register_instance(Config{3});
  container.register_instance<Clock24>(std::make_shared<Noon>());
  EXPECT_EQ(&container.resolve<Counter>(), shared.get());
  EXPECT_EQ(container.resolve<Config>().size, 3);
  EXPECT_EQ(container.resolve<Clock24>().hour(), 12);
}

TEST(ContainerInstance, MustNotBeNull) {
  Container container;
  EXPECT_EQ(error_of([&] { container.register_instance(std::shared_ptr<Counter>()); }),
            "the instance of plinth::Counter is null");
}

TEST(ContainerFactory, MayReturnAnythingThatIsOrOwnsTheType) {
  Container container;
  container.register_singleton<Config>([] { return Config{1}; });
  container.register_singleton<Counter>([] { return std::make_shared<Counter>(Counter{2}); });
  container.register_singleton<Pinned>([](Resolver& resolver) { return Pinned(resolver.resolve<Config>().size); });
  container.register_singleton<Clock24>([] { return std::make_unique<Noon>(); });
  EXPECT_EQ(container.resolve<Config>().size, 1);
  EXPECT_EQ(container.resolve<Counter>().value, 2);
  EXPECT_EQ(container.resolve<Pinned>().value, 1);
  EXPECT_EQ(container.resolve<Clock24>().hour(), 12);
}

TEST(ContainerFactory, OfAnInterfaceMayReturnADerivedValue) {
  Container container;
  container.register_scoped<Clock24>([] { return Noon(); });
  ScopedInstances call;
  EXPECT_EQ(container.resolve<Clock24>(call).hour(), 12);
}

TEST(ContainerFactory, MayOwnWhatCannotBeCopied) {
  Container container;
  container.register_singleton<Config>([size = std::make_unique<int>(9)] { return Config{*size}; });
  EXPECT_EQ(container.resolve<Config>().size, 9);
}

TEST(ContainerFactory, ThatReturnsNullIsNamed) {
  Container container;
  container.register_singleton<Clock24>([] { return std::unique_ptr<Noon>(); });
  EXPECT_EQ(error_of([&] { container.resolve<Clock24>(); }), "the factory of plinth::Clock24 returned null");
}

TEST(ContainerRegistration, TheSecondOfATypeReplacesTheFirst) {
  Container container;
  container.register_singleton<Config>([] { return Config{1}; });
  container.register_instance(Config{2});
  container.register_instance(Config{3});
  EXPECT_EQ(container.resolve<Config>().size, 3);
}

TEST(ContainerRegistration, OfASingletonThatIsInUseFails) {
  Container container;
  container.register_instance(Config{1});
  container.resolve<Config>();
  EXPECT_EQ(error_of([&] { container.register_instance(Config{2}); }),
            "plinth::Config is registered again after it was resolved: what has it would keep the old one");
  EXPECT_EQ(container.resolve<Config>().size, 1);
}

TEST(ContainerRegistration, OfTheTypeThatIsBeingMadeFails) {
  Container container;
  container.register_scoped<Config>([&container] {
    container.register_instance(Config{2});
    return Config{1};
  });
  ScopedInstances call;
  EXPECT_THAT(error_of([&] { container.resolve<Config>(call); }), ::testing::HasSubstr("is registered again"));
}

TEST(ContainerError, NamesTheMissingType) {
  Container container;
  EXPECT_EQ(error_of([&] { container.resolve<Clock24>(); }), "plinth::Clock24 is not registered in the container");
}

TEST(ContainerError, NamesWhoNeedsTheMissingType) {
  Container container;
  container.register_singleton<A>(needing<A, Clock24>());
  EXPECT_EQ(error_of([&] { container.resolve<A>(); }),
            "plinth::Clock24, which plinth::A needs, is not registered in the container");
}

TEST(ContainerError, SaysThatAScopedTypeNeedsACall) {
  Container container;
  container.register_scoped<Counter>([] { return Counter{}; });
  EXPECT_EQ(error_of([&] { container.resolve<Counter>(); }),
            "plinth::Counter is registered as scoped: it belongs to a call, and there is none here");
}

TEST(ContainerError, SaysThatATransientTypeNeedsACall) {
  Container container;
  container.register_transient<Counter>([] { return Counter{}; });
  EXPECT_EQ(error_of([&] { container.resolve<Counter>(); }),
            "plinth::Counter is registered as transient: it belongs to a call, and there is none here");
}

TEST(ContainerError, NamesASingletonThatNeedsAScopedType) {
  Container container;
  container.register_scoped<Counter>([] { return Counter{}; });
  container.register_singleton<A>(needing<A, Counter>());
  const std::string expected =
      "the singleton plinth::A cannot use plinth::Counter, which is scoped and ends with its call: register both alike";
  EXPECT_EQ(error_of([&] { container.resolve<A>(); }), expected);
  ScopedInstances call;
  container.resolve<Counter>(call);
  EXPECT_EQ(error_of([&] { container.resolve<A>(call); }), expected) << "in a call that has one already, too";
}

TEST(ContainerError, NamesASingletonThatNeedsATransientTypeInTheMiddleOfAChain) {
  Container container;
  container.register_transient<Counter>([] { return Counter{}; });
  container.register_singleton<A>(needing<A, Counter>());
  container.register_scoped<B>(needing<B, A>());
  ScopedInstances call;
  EXPECT_EQ(error_of([&] { container.resolve<B>(call); }),
            "the singleton plinth::A cannot use plinth::Counter, which is transient and ends with its call: register "
            "both alike");
}

TEST(ContainerCircle, OfSingletonsIsNamed) {
  Container container;
  container.register_singleton<A>(needing<A, B>());
  container.register_singleton<B>(needing<B, C>());
  container.register_singleton<C>(needing<C, A>());
  EXPECT_EQ(error_of([&] { container.resolve<A>(); }),
            "these types need each other in a circle: plinth::A -> plinth::B -> plinth::C -> plinth::A");
}

TEST(ContainerCircle, LeavesOutWhatOnlyLeadsToIt) {
  Container container;
  container.register_scoped<A>(needing<A, B>());
  container.register_scoped<B>(needing<B, C>());
  container.register_transient<C>(needing<C, B>());
  ScopedInstances call;
  EXPECT_EQ(error_of([&] { container.resolve<A>(call); }),
            "these types need each other in a circle: plinth::B -> plinth::C -> plinth::B");
  EXPECT_TRUE(call.empty());
}

TEST(ContainerCircle, OfOneTypeIsNamed) {
  Container container;
  container.register_transient<A>(needing<A, A>());
  ScopedInstances call;
  EXPECT_EQ(error_of([&] { container.resolve<A>(call); }),
            "these types need each other in a circle: plinth::A -> plinth::A");
}

TEST(ContainerCircle, IsFoundWhenFactoriesAskTheContainerItself) {
  Container container;
  container.register_singleton<A>([&container] { return A{&container.resolve<B>()}; });
  container.register_singleton<B>([&container] { return B{&container.resolve<A>()}; });
  EXPECT_EQ(error_of([&] { container.resolve<B>(); }),
            "these types need each other in a circle: plinth::B -> plinth::A -> plinth::B");
}

TEST(ContainerCircle, FailsOnEveryThreadAndDeadlocksNone) {
  for (int round = 0; round < 50; ++round) {
    Container container;
    container.register_singleton<A>(needing<A, B>());
    container.register_singleton<B>(needing<B, A>());
    std::string one, two;
    std::latch start(2);
    std::jthread other([&] {
      start.arrive_and_wait();
      one = error_of([&] { container.resolve<A>(); });
    });
    start.arrive_and_wait();
    two = error_of([&] { container.resolve<B>(); });
    other.join();
    EXPECT_EQ(one, "these types need each other in a circle: plinth::A -> plinth::B -> plinth::A");
    EXPECT_EQ(two, "these types need each other in a circle: plinth::B -> plinth::A -> plinth::B");
  }
}

TEST(ContainerCircle, IsForgottenAfterItsError) {
  Container container;
  container.register_singleton<A>(needing<A, B>());
  container.register_singleton<B>(needing<B, A>());
  error_of([&] { container.resolve<A>(); });
  container.register_singleton<B>([] { return B{}; });
  EXPECT_NE(container.resolve<A>().dependency, nullptr);
}

}  // namespace
}  // namespace plinth
