#include "net/dns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "async/offload_pool.h"
#include "support/manual_worker.h"

namespace plinth::net {
namespace {

using test::ManualWorker;
using test::Running;
using Resolved = Result<std::vector<Endpoint>>;

/// Names and their addresses; a lookup of a name that is held hangs until it is let go.
class FakeNames {
 public:
  void add(const std::string& host, const std::vector<std::string>& addresses) {
    for (const auto& address : addresses) names_[host].push_back(boost::asio::ip::make_address(address));
  }
  void hold(const std::string& host) { held_.insert(host); }

  void let_go() {
    std::lock_guard lock(mutex_);
    held_.clear();
    changed_.notify_all();
  }
  void wait_for_lookups(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= count; });
  }
  std::vector<std::string> asked() {
    std::lock_guard lock(mutex_);
    return asked_;
  }

  std::expected<HostResolver::Addresses, std::string> look_up(const std::string& host) {
    std::unique_lock lock(mutex_);
    asked_.push_back(host);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_.contains(host); });
    if (!names_.contains(host)) return std::unexpected("Name or service not known");
    return names_[host];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, HostResolver::Addresses> names_;
  std::set<std::string> held_;
  std::vector<std::string> asked_;
};

class DnsTest : public testing::Test {
 protected:
  DnsTest() {
    names_.add("one", {"192.0.2.1"});
    names_.add("two", {"192.0.2.2"});
    names_.add("three", {"192.0.2.3"});
  }
  ~DnsTest() override { names_.let_go(); }

  Running<Resolved> resolve(const std::string& host, CancelScope* scope = nullptr) {
    return Running<Resolved>(worker_, resolver_.resolve(host, 80), scope);
  }
  /// Lets every lookup end, and what waits for them go on.
  void finish() {
    names_.let_go();
    pool_.join();
    worker_->poll();
  }
  static std::string text_of(Resolved resolved) {
    if (!resolved) return resolved.error().to_string();
    std::string text;
    for (const auto& endpoint : *resolved) text += (text.empty() ? "" : " ") + endpoint.to_string();
    return text;
  }
  std::string resolved(const std::string& host) {
    auto running = resolve(host);
    finish();
    return running.done() ? text_of(running.take()) : "waits";
  }

  FakeNames names_;
  OffloadPool pool_{4, 100};
  ManualWorker worker_{&pool_};
  HostResolver resolver_{[this](const std::string& host) { return names_.look_up(host); }, 2};
};

TEST_F(DnsTest, GivesAddressesWithThePort) { EXPECT_EQ(resolved("one"), "ipv4:192.0.2.1:80"); }

TEST_F(DnsTest, AnAddressIsItsOwnAnswerAndNeedsNoThread) {
  for (const auto& [host, expected] :
       {std::pair("192.0.2.7", "ipv4:192.0.2.7:80"), std::pair("::1", "ipv6:[::1]:80")}) {
    auto running = resolve(host);
    ASSERT_TRUE(running.done());
    EXPECT_EQ(text_of(running.take()), expected);
  }
  EXPECT_EQ(pool_.pending(), 0);
  EXPECT_TRUE(names_.asked().empty());
}

TEST_F(DnsTest, SaysWhyThereIsNoAddress) {
  EXPECT_EQ(resolved("nowhere"), "UNAVAILABLE: cannot resolve 'nowhere': Name or service not known");
}

TEST_F(DnsTest, TheFamiliesTakeTurnsAfterTheBest) {
  names_.add("many", {"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "2001:db8::1", "192.0.2.2"});
  EXPECT_EQ(resolved("many"),
            "ipv6:[2001:db8::1]:80 ipv4:192.0.2.1:80 ipv6:[2001:db8::2]:80 ipv4:192.0.2.2:80 ipv6:[2001:db8::3]:80");
}

TEST_F(DnsTest, AnIpv4AddressThatIsBestStaysFirst) {
  names_.add("many", {"192.0.2.1", "192.0.2.2", "2001:db8::1"});
  EXPECT_EQ(resolved("many"), "ipv4:192.0.2.1:80 ipv6:[2001:db8::1]:80 ipv4:192.0.2.2:80");
}

TEST_F(DnsTest, CancellingEndsTheWaitWhileTheLookupHangs) {
  names_.hold("one");
  CancelScope scope;
  auto running = resolve("one", &scope);
  names_.wait_for_lookups(1);
  worker_.turn([&] { scope.cancel(cancelled("enough")); });
  ASSERT_TRUE(running.done()) << "the lookup still hangs";
  EXPECT_EQ(running.status().message(), "enough");
  finish();
}

TEST_F(DnsTest, OneLookupServesAllWhoWantTheSameName) {
  names_.hold("one");
  CancelScope scope;
  auto first = resolve("one", &scope);
  names_.wait_for_lookups(1);
  auto second = resolve("one");
  worker_.turn([&] { scope.cancel(cancelled("enough")); });
  auto third = resolve("one");
  finish();
  EXPECT_EQ(first.status().message(), "enough");
  EXPECT_EQ(text_of(second.take()), "ipv4:192.0.2.1:80");
  EXPECT_EQ(text_of(third.take()), "ipv4:192.0.2.1:80");
  EXPECT_EQ(names_.asked().size(), 1);
}

TEST_F(DnsTest, LookupsThatHangDoNotPileUp) {
  for (const auto* host : {"one", "two", "three"}) names_.hold(host);
  CancelScope scope;
  std::deque<Running<Resolved>> abandoned;
  for (const auto* host : {"one", "two", "three"}) {
    abandoned.emplace_back(worker_, resolver_.resolve(host, 80), &scope);
  }
  names_.wait_for_lookups(2);
  EXPECT_EQ(pool_.pending(), 2) << "no more than two threads, as this resolver was told";
  auto waiting = resolve("four");
  EXPECT_EQ(pool_.pending(), 2);
  worker_.turn([&] { scope.cancel(cancelled("enough")); });
  finish();
  EXPECT_EQ(text_of(waiting.take()), "UNAVAILABLE: cannot resolve 'four': Name or service not known");
  const auto asked = names_.asked();
  EXPECT_EQ(std::ranges::count(asked, "three"), 0) << "nobody waited for it any more when its turn came";
}

TEST_F(DnsTest, ANameIsLookedUpAnewEachTime) {
  auto first = resolve("one");
  while (!first.done()) worker_->poll();
  EXPECT_EQ(text_of(first.take()), "ipv4:192.0.2.1:80");
  EXPECT_EQ(resolved("one"), "ipv4:192.0.2.1:80");
  EXPECT_EQ(names_.asked().size(), 2);
}

TEST_F(DnsTest, APoolThatTakesNoMoreIsAReason) {
  pool_.join();
  EXPECT_EQ(resolved("one"),
            "UNAVAILABLE: cannot resolve 'one': the runtime has stopped: it takes no more blocking jobs");
  EXPECT_EQ(resolved("one").substr(0, 12), "UNAVAILABLE:") << "the failed thread is not counted";
}

TEST_F(DnsTest, ALookupThatThrowsIsAReason) {
  HostResolver resolver([](const std::string&) -> std::expected<HostResolver::Addresses, std::string> {
    throw std::runtime_error("out of luck");
  });
  Running<Resolved> running(worker_, resolver.resolve("one", 80));
  finish();
  EXPECT_EQ(text_of(running.take()), "UNAVAILABLE: cannot resolve 'one': out of luck");
}

TEST_F(DnsTest, TheSystemKnowsLocalhost) {
  Running<Resolved> running(worker_, resolve_host("localhost", 80));
  finish();
  const auto resolved = running.take();
  ASSERT_TRUE(resolved) << resolved.error().to_string();
  for (const auto& endpoint : *resolved) {
    EXPECT_TRUE(endpoint == Endpoint::parse("ipv4:127.0.0.1:80") || endpoint == Endpoint::parse("ipv6:[::1]:80"));
  }
}

TEST_F(DnsTest, TheSystemSaysWhyItKnowsNoSuchName) {
  Running<Resolved> running(worker_, resolve_host("no such name", 80));
  finish();
  EXPECT_TRUE(running.take().error().message().starts_with("cannot resolve 'no such name': "));
}

}  // namespace
}  // namespace plinth::net
