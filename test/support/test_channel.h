#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/channel.h"
#include "client/load_balancers.h"
#include "plinth/async.h"
#include "server/connection_pool.h"
#include "support/test_server.h"
#include "support/visits.h"

namespace plinth::test {

/// Says what the test has given, and again when it gives something else.
class TestResolver final : public NameResolver {
 public:
  explicit TestResolver(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {}

  void set(std::vector<std::string> addresses) {
    addresses_ = std::move(addresses);
    for (auto& event : watchers_) event.set();
  }
  /// The next looks end with this error; OK: no more.
  void fail(Status failure) { failure_ = std::move(failure); }
  /// So long it takes until the first answer.
  void be_slow(Duration pause) { pause_ = pause; }
  int looks() const noexcept { return looks_; }

  Generator<Resolution> watch(Target, Event again) override {
    watchers_.push_back(again);
    if (pause_ > Duration::zero()) {
      auto pause = sleep_for(pause_);
      co_await std::move(pause);
    }
    while (true) {
      ++looks_;
      if (!failure_.ok()) co_yield failure_;
      co_yield Resolution(addresses_);
      auto change = again.wait();
      co_await std::move(change);
    }
  }

 private:
  std::vector<std::string> addresses_;
  Status failure_;
  Duration pause_{};
  std::vector<Event> watchers_;
  int looks_ = 0;
};

/// Servers in this process, each at an address, and pipes to them.
class TestNetwork final : public client::Connector {
 public:
  struct Place {
    explicit Place(TestServer& server) : server(server), pool(server.shared, server.loop.worker(), nullptr, [] {}) {}
    TestServer& server;
    server::ConnectionPool pool;
    bool refuses = false;
    bool hangs = false;
    int connections = 0;
  };

  Place& add(const std::string& address, TestServer& server) {
    auto& place = places_[address];
    place = std::make_unique<Place>(server);
    return *place;
  }
  Place& at(const std::string& address) { return *places_.at(address); }

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) override {
    const auto found = places_.find(address);
    if (found == places_.end() || found->second->refuses) {
      co_return unavailable("cannot connect to {}: Connection refused", address);
    }
    auto& place = *found->second;
    if (place.hangs) {
      auto forever = sleep_for(std::chrono::hours(1));
      co_await std::move(forever);
    }
    ++place.connections;
    auto [ours, theirs] = net::make_pipe(address);
    place.pool.add(std::move(theirs));
    co_return std::move(ours);
  }
  bool secure() const noexcept override { return false; }

 private:
  std::map<std::string, std::unique_ptr<Place>> places_;
};

/// A channel on the test's worker, to one server with StringServicer's methods unless the test says otherwise.
///
///     TestChannel channel;
///     channel.server.servicer->unary = ...;
///     auto call = channel.unary("hello");
///     EXPECT_EQ(call.take()->value(), "hello");
class TestChannel {
 public:
  static constexpr const char* kAddress = "inproc:a";

  TestChannel() {
    network->add(kAddress, server);
    shared->settings.enable_retry = false;
    shared->target = {"test", "", "target", "test:///target"};
    shared->authority = "target";
    shared->logger = log;
    shared->connector = network;
    shared->resolver = resolver;
    shared->balancer = client::make_pick_first();
    shared->retry = client::retry_policy_of(shared->settings);
  }

  ~TestChannel() {
    if (channel_) channel_->close();
    channel_.reset();
    server.turn([this] { server.loop.worker().end_residents([] {}); });
    server.advance(std::chrono::seconds(3));
  }

  Channel& operator*() { return channel(); }
  Channel& channel() {
    if (!channel_) channel_ = std::make_shared<client::ChannelImpl>(shared, server.loop.worker());
    return *channel_;
  }

  ClientCallPtr start(std::string_view path, CallKind kind, CallOptions options = {}) {
    auto& method = methods_.emplace_back(std::make_unique<Method>(Method{path, kind}));
    Worker::Turn turn(server.loop.worker());
    return channel().start_call(*method, std::move(options));
  }

  Started<Result<Text>> unary(const std::string& request, CallOptions options = {}) {
    static constexpr Method kMethod{kUnary, CallKind::kUnary};
    Worker::Turn turn(server.loop.worker());
    auto call = detail::start_with(channel(), kMethod, text(request), std::move(options));
    return {server.loop.worker(), detail::only_response<Text>(std::move(call))};
  }

  /// The same, and all that can happen without time passing.
  Result<Text> unary_now(const std::string& request, CallOptions options = {}) {
    auto call = unary(request, std::move(options));
    poll();
    if (!call.done()) return std::unexpected(unknown("the call has not ended"));
    return call.take();
  }

  void poll() {
    for (int round = 0; round < 20; ++round) server.poll();
  }
  void advance(Duration time) {
    server.advance(time);
    poll();
  }

  std::shared_ptr<KeptLog> log = std::make_shared<KeptLog>();
  TestServer server;
  std::shared_ptr<TestNetwork> network = std::make_shared<TestNetwork>();
  std::shared_ptr<TestResolver> resolver = std::make_shared<TestResolver>(std::vector<std::string>{kAddress});
  std::shared_ptr<client::Shared> shared = std::make_shared<client::Shared>();

 private:
  std::shared_ptr<client::ChannelImpl> channel_;
  std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace plinth::test
