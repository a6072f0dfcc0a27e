#include "client/resolvers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/load_balancers.h"
#include "support/manual_loop.h"
#include "support/test_channel.h"

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Addresses = std::vector<std::string>;

/// What a name stands for, as the test says; a name without addresses fails, as it does with getaddrinfo.
struct FakeDns {
  LookUp look_up() {
    return [this](std::string host, std::uint16_t port) -> Task<Result<Addresses>> {
      asked.push_back(fmt::format("{} {}", host, port));
      if (!failure.ok()) co_return failure;
      if (addresses.empty()) co_return unavailable("cannot resolve '{}': Name or service not known", host);
      co_return addresses;
    };
  }

  Addresses addresses;
  Status failure;
  std::vector<std::string> asked;
};

/// Watches a name, as a channel does.
class Watch {
 public:
  explicit Watch(NameResolver& resolver, std::string endpoint = "service:50051") {
    Worker::Turn turn(loop_.worker());
    again_.emplace();
    resolutions_ = resolver.watch({"dns", "", endpoint, "dns:///" + endpoint}, *again_);
    running_.emplace(loop_.worker(), follow());
  }
  ~Watch() {
    Worker::Turn turn(loop_.worker());
    running_->scope().cancel(cancelled("the test is over"));
  }

  /// Lists of addresses that have come since the last time.
  std::vector<Addresses> news() { return std::exchange(news_, {}); }
  void advance(Duration time) { loop_.advance(time); }
  void ask_again() {
    again_->set();
    loop_.poll();
  }
  const Status& failure() const { return failure_; }

 private:
  Task<void> follow() {
    try {
      while (auto resolution = co_await resolutions_.next()) news_.push_back(resolution->addresses);
    } catch (const StatusError& error) {
      failure_ = error.status();
    }
  }

  test::ManualLoop loop_;
  std::optional<Event> again_;
  Generator<Resolution> resolutions_;
  std::vector<Addresses> news_;
  Status failure_;
  std::optional<test::Started<void>> running_;
};

class DnsResolverTest : public testing::Test {
 protected:
  FakeDns dns_;
  std::shared_ptr<NameResolver> resolver_ = make_dns_resolver(dns_.look_up());
};

TEST_F(DnsResolverTest, LooksUpTheHostAndGivesItsAddresses) {
  dns_.addresses = {"ipv4:10.0.0.1:50051", "ipv6:[::1]:50051"};
  Watch watch(*resolver_);
  EXPECT_THAT(dns_.asked, ElementsAre("service 50051"));
  EXPECT_THAT(watch.news(), ElementsAre(dns_.addresses));
}

TEST_F(DnsResolverTest, NoticesAChangeWithinSixSeconds) {
  dns_.addresses = {"ipv4:10.0.0.1:50051"};
  Watch watch(*resolver_);
  watch.news();
  dns_.addresses = {"ipv4:10.0.0.2:50051"};
  for (int second = 0; second < 6; ++second) watch.advance(1s);
  EXPECT_THAT(watch.news(), ElementsAre(dns_.addresses));
}

TEST_F(DnsResolverTest, SaysNothingWhileNothingChanges) {
  dns_.addresses = {"ipv4:10.0.0.1:50051"};
  Watch watch(*resolver_);
  watch.news();
  for (int second = 0; second < 60; ++second) watch.advance(1s);
  EXPECT_THAT(watch.news(), IsEmpty());
  EXPECT_EQ(dns_.asked.size(), 13u) << "once, and every 5 s of a minute";
}

TEST_F(DnsResolverTest, LooksAgainWhenAskedButNotTwiceInASecond) {
  dns_.addresses = {"ipv4:10.0.0.1:50051"};
  Watch watch(*resolver_);
  watch.advance(1s);
  watch.ask_again();
  EXPECT_EQ(dns_.asked.size(), 2u);
  watch.ask_again();
  watch.ask_again();
  EXPECT_EQ(dns_.asked.size(), 2u);
  watch.advance(999ms);
  EXPECT_EQ(dns_.asked.size(), 2u);
  watch.advance(1ms);
  EXPECT_EQ(dns_.asked.size(), 3u) << "what was asked for meanwhile";
}

TEST_F(DnsResolverTest, EndsWithTheErrorOfALookUp) {
  dns_.failure = unavailable("service: Name or service not known");
  const Watch watch(*resolver_);
  EXPECT_EQ(watch.failure(), dns_.failure);
}

TEST_F(DnsResolverTest, RefusesAWrongName) {
  const Watch watch(*resolver_, "service:http");
  EXPECT_EQ(watch.failure().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(dns_.asked, IsEmpty());
}

TEST(StaticResolver, GivesItsAddressesOnce) {
  const auto resolver = make_static_resolver({"unix:/run/a", "unix:/run/b"});
  Watch watch(*resolver);
  EXPECT_THAT(watch.news(), ElementsAre(Addresses{"unix:/run/a", "unix:/run/b"}));
  watch.ask_again();
  watch.advance(1h);
  EXPECT_THAT(watch.news(), IsEmpty());
}

/// A name with as many backends as there are now, as a headless service of Kubernetes is. The manual clock is that of
/// the thread, so one TestServer can stand for all of them: what differs is the address.
class HeadlessServiceTest : public testing::Test {
 protected:
  HeadlessServiceTest() {
    for (const auto* address : {"a", "b", "c"}) channel_.network->add(address, channel_.server);
    channel_.server.servicer->unary = [](ServerContext&, const test::Text& request) -> Task<Result<test::Text>> {
      co_return request;
    };
    channel_.shared->resolver = make_dns_resolver(dns_.look_up());
    channel_.shared->balancer = make_round_robin();
    channel_.shared->target = {"dns", "", "service:50051", "dns:///service:50051"};
  }

  std::string call() {
    const auto response = channel_.unary_now("hello");
    return response ? "OK" : response.error().to_string();
  }
  void pass(int seconds) {
    for (int second = 0; second < seconds; ++second) channel_.advance(1s);
  }
  int connections(const std::string& address) { return channel_.network->at(address).connections; }
  std::size_t open(const std::string& address) { return channel_.network->at(address).pool.size(); }

  FakeDns dns_;
  test::TestChannel channel_;
};

TEST_F(HeadlessServiceTest, UsesBackendsThatAppearWithinSixSeconds) {
  dns_.addresses = {"a"};
  ASSERT_EQ(call(), "OK");
  EXPECT_EQ(connections("b"), 0);
  dns_.addresses = {"a", "b"};
  pass(6);
  EXPECT_EQ(connections("b"), 1);
  EXPECT_EQ(connections("a"), 1) << "the one that was there is kept";
  EXPECT_EQ(call(), "OK");
}

TEST_F(HeadlessServiceTest, LeavesBackendsThatVanishWithinSixSeconds) {
  dns_.addresses = {"a", "b"};
  ASSERT_EQ(call(), "OK");
  ASSERT_EQ(open("b"), 1u);
  dns_.addresses = {"a"};
  pass(6);
  EXPECT_EQ(open("b"), 0u);
  EXPECT_EQ(open("a"), 1u);
  EXPECT_EQ(call(), "OK");
}

TEST_F(HeadlessServiceTest, GoesOverToOthersWhenAllAreReplaced) {
  dns_.addresses = {"a", "b"};
  ASSERT_EQ(call(), "OK");
  dns_.addresses = {"c"};
  pass(6);
  EXPECT_EQ(call(), "OK");
  EXPECT_EQ(open("a") + open("b"), 0u);
  EXPECT_EQ(open("c"), 1u);
}

TEST_F(HeadlessServiceTest, KeepsWhatItHasWhileTheNameCannotBeLookedUp) {
  dns_.addresses = {"a"};
  ASSERT_EQ(call(), "OK");
  dns_.failure = unavailable("no answer from DNS");
  pass(30);
  EXPECT_EQ(call(), "OK");
  EXPECT_EQ(connections("a"), 1);
  dns_.failure = Status();
  dns_.addresses = {"b"};
  pass(60);
  EXPECT_EQ(open("b"), 1u) << "once DNS answers again";
  EXPECT_EQ(open("a"), 0u);
}

TEST_F(HeadlessServiceTest, FindsBackendsThatComeBackAfterAllHaveGone) {
  dns_.addresses = {"a"};
  ASSERT_EQ(call(), "OK");
  dns_.addresses = {};
  pass(60);
  dns_.addresses = {"b"};
  pass(7);
  EXPECT_EQ(open("b"), 1u);
  EXPECT_EQ(open("a"), 0u);
  EXPECT_EQ(call(), "OK");
}

TEST_F(HeadlessServiceTest, FailsCallsWhileThereIsNoBackendAtAll) {
  EXPECT_EQ(call(), "UNAVAILABLE: cannot resolve 'service': Name or service not known");
  dns_.addresses = {"a"};
  pass(6);
  EXPECT_EQ(call(), "OK");
}

}  // namespace
}  // namespace plinth::client
