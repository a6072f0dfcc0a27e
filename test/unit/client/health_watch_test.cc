#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "plinth/detail/serve.h"
#include "plinth/event.h"
#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;

constexpr int kServing = 1;
constexpr int kNotServing = 2;

/// Health's Watch, with the messages that have the same bytes as those of health.proto.
class HealthServicer final : public BaseServicer {
 public:
  using Health = google::protobuf::Int32Value;

  std::string_view service_name() const noexcept override { return "grpc.health.v1.Health"; }
  std::span<const MethodHandler> methods() const noexcept override {
    static constexpr MethodHandler kMethods[] = {
        {{"/grpc.health.v1.Health/Watch", CallKind::kServerStreaming},
         detail::serve_server_streaming<&HealthServicer::Watch>},
    };
    return kMethods;
  }

  Generator<Health> Watch(ServerContext&, const Text& request) {
    Visit visit(visits);
    asked_for = request.value();
    while (true) {
      Health health;
      health.set_value(status);
      co_yield health;
      auto change = changed->wait();
      co_await std::move(change);
    }
  }

  void set(int now) {
    status = now;
    changed->set();
  }

  int status = kServing;
  std::string asked_for;
  Visits visits;
  std::optional<Event> changed;
};

class CheckedBackend : public ::testing::Test {
 protected:
  CheckedBackend() {
    auto& shared = *channel_.shared;
    shared.config = client::ServiceConfig::parse(R"({"healthCheckConfig": {"serviceName": "text"}})").value();
    shared.balancer = client::make_round_robin();
    shared.checks_health = true;
    channel_.server.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
      co_return request;
    };
  }

  void serve_health() {
    channel_.server.turn([this] { health_->changed.emplace(); });
    ASSERT_TRUE(channel_.server.shared.methods.add(health_).ok());
  }
  ChannelState state() {
    Worker::Turn turn(channel_.server.loop.worker());
    return channel_.channel().state();
  }

  std::shared_ptr<HealthServicer> health_ = std::make_shared<HealthServicer>();
  TestChannel channel_;
};

TEST_F(CheckedBackend, IsUsedWhenItServes) {
  serve_health();
  EXPECT_TRUE(channel_.unary_now("x"));
  EXPECT_EQ(health_->asked_for, "text");
  EXPECT_EQ(state(), ChannelState::kReady);
}

TEST_F(CheckedBackend, IsNotUsedWhileItDoesNotServe) {
  serve_health();
  health_->status = kNotServing;
  const auto response = channel_.unary_now("x");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), StatusCode::kUnavailable);
  EXPECT_NE(response.error().message().find("not serving"), std::string::npos) << response.error().message();
  channel_.server.turn([this] { health_->set(kServing); });
  channel_.poll();
  EXPECT_TRUE(channel_.unary_now("x"));
  channel_.server.turn([this] { health_->set(kNotServing); });
  channel_.poll();
  EXPECT_FALSE(channel_.unary_now("x"));
}

TEST_F(CheckedBackend, IsUsedWhenItHasNoHealthChecks) {
  EXPECT_TRUE(channel_.unary_now("x"));
  const auto lines = channel_.log->take();
  EXPECT_EQ(std::ranges::count_if(lines,
                                  [](const auto& line) { return line.starts_with("grpc_health_check_unimplemented"); }),
            1);
}

/// A second connection, because the first has no room; then the first one is told to go.
TEST_F(CheckedBackend, IsAskedOnAnotherConnectionWhenTheFirstTakesNoMore) {
  serve_health();
  channel_.server.shared.session.max_concurrent_streams = 2;
  channel_.server.settings().max_connection_age = 10s;
  channel_.server.servicer->bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>&) -> Task<Status> {
    while (co_await requests.next()) {
    }
    co_return Status();
  };
  EXPECT_TRUE(channel_.unary_now("x"));
  channel_.advance(6s);
  auto long_call = channel_.start(kBidirectional, CallKind::kBidirectional);
  channel_.poll();
  EXPECT_TRUE(channel_.unary_now("needs room"));
  EXPECT_EQ(channel_.network->at(TestChannel::kAddress).connections, 2);
  for (int i = 0; i < 5; ++i) channel_.advance(1s);
  EXPECT_EQ(health_->visits.entered, 2);
  EXPECT_EQ(health_->visits.inside(), 1);
  channel_.server.turn([this] { health_->set(kNotServing); });
  channel_.poll();
  EXPECT_FALSE(channel_.unary_now("x"));
  channel_.server.turn([&] { long_call.reset(); });
}

TEST_F(CheckedBackend, IsAskedNoMoreOnceTheChannelIsClosed) {
  serve_health();
  EXPECT_TRUE(channel_.unary_now("x"));
  EXPECT_EQ(health_->visits.inside(), 1);
  channel_.server.turn([this] { channel_.channel().close(); });
  channel_.poll();
  EXPECT_EQ(health_->visits.inside(), 0);
}

}  // namespace
}  // namespace plinth::test
