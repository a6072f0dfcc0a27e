#include <gtest/gtest.h>

#include <string>

#include "plinth/servicer.h"

namespace plinth {

struct Greeter {
  int greeted = 0;
};

namespace {

class GreetingServicer final : public BaseServicer {
 public:
  using BaseServicer::BaseServicer;
  std::string_view service_name() const noexcept override { return "greeting.Greeting"; }
  std::span<const MethodHandler> methods() const noexcept override { return {}; }

  Greeter& use_case() const { return get_use_case<Greeter>(); }
  Greeter& service() const { return get_service<Greeter>(); }
};

class FakeServerContext final : public ServerContext {
 public:
  void send_initial_metadata() override {}
  void set_compression(bool) override {}
  bool received_compressed() const noexcept override { return false; }
  Traffic traffic() const noexcept override { return {}; }
  ScopedInstances& scoped_instances() override { return instances_; }

 private:
  ScopedInstances instances_;
};

std::string error_of(const GreetingServicer& servicer) {
  try {
    servicer.use_case();
  } catch (const ResolutionError& error) {
    return error.what();
  }
  return "no ResolutionError";
}

TEST(BaseServicer, GivesWhatTheContainerHas) {
  Container container;
  container.register_instance(Greeter{});
  const GreetingServicer servicer(container);
  EXPECT_EQ(&servicer.use_case(), &container.resolve<Greeter>());
  EXPECT_EQ(&servicer.service(), &container.resolve<Greeter>());
}

TEST(BaseServicer, GivesEachCallItsOwnScopedObject) {
  Container container;
  container.register_scoped<Greeter>([] { return Greeter{}; });
  const GreetingServicer servicer(container);
  FakeServerContext one, two;
  Greeter* of_one = nullptr;
  {
    CancelScope::Entered entered(&one.scope());
    of_one = &servicer.use_case();
    EXPECT_EQ(&servicer.use_case(), of_one);
  }
  CancelScope::Entered entered(&two.scope());
  EXPECT_NE(&servicer.use_case(), of_one);
}

TEST(BaseServicer, WithoutAContainerSaysSo) {
  EXPECT_EQ(error_of(GreetingServicer()),
            "plinth::Greeter cannot be resolved: the servicer of greeting.Greeting was made without a container");
}

TEST(BaseServicer, NamesTheMissingType) {
  Container container;
  EXPECT_EQ(error_of(GreetingServicer(container)), "plinth::Greeter is not registered in the container");
}

TEST(BaseServicer, GivesNoScopedObjectOutsideOfACall) {
  Container container;
  container.register_scoped<Greeter>([] { return Greeter{}; });
  EXPECT_EQ(error_of(GreetingServicer(container)),
            "plinth::Greeter is registered as scoped: it belongs to a call, and there is none here");
}

}  // namespace
}  // namespace plinth
