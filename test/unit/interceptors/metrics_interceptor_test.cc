// MetricsInterceptor around calls without a wire.

#include "plinth/metrics_interceptor.h"

#include <gmock/gmock.h>

#include <thread>

#include "metrics_samples.h"
#include "plinth/async.h"
#include "support/manual_loop.h"

namespace plinth::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Method kMethod{"/test.Text/Unary"};

/// A call that ends with what the test gives it.
class Call final : public CallContext, private Next::End {
 public:
  explicit Call(const Method& method, Task<Status> (*handler)()) : handler_(handler) { method_ = &method; }

  Task<Status> through(std::span<const std::shared_ptr<Interceptor>> chain) { return Next(chain, *this, *this)(); }

 private:
  Traffic traffic() const noexcept override { return {}; }
  Task<Status> run() override { return handler_(); }

  Task<Status> (*handler_)();
};

Task<Status> end_well() { co_return Status(); }
Task<Status> refuse() { co_return unimplemented("no such method"); }
Task<Status> hang() {
  auto nap = sleep_for(std::chrono::hours(1));
  co_await std::move(nap);
  co_return Status();
}

class MetricsInterceptorTest : public ::testing::Test {
 protected:
  MetricsSamples samples() const { return MetricsSamples(metrics_->text()); }

  std::shared_ptr<Metrics> metrics_ = make_metrics();
  std::vector<std::shared_ptr<Interceptor>> chain_ = {std::make_shared<MetricsInterceptor>(metrics_)};
};

TEST_F(MetricsInterceptorTest, CountsACallThatIsDestroyedAsCancelled) {
  ManualLoop loop;
  {
    Call call(kMethod, &hang);
    Started<Status> running(loop.worker(), call.through(chain_));
    EXPECT_EQ(samples().at("grpc_server_requests_in_progress{method=\"/test.Text/Unary\"}"), 1);
  }
  EXPECT_EQ(samples().at("grpc_server_requests_in_progress{method=\"/test.Text/Unary\"}"), 0);
  EXPECT_EQ(samples().at("grpc_server_requests_total{method=\"/test.Text/Unary\",status=\"CANCELLED\"}"), 1);
}

TEST_F(MetricsInterceptorTest, CountsForManyWorkersAtATime) {
  std::vector<std::jthread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([this] {
      for (int i = 0; i < 500; ++i) {
        Call call(kMethod, &end_well);
        EXPECT_TRUE(sync_wait(call.through(chain_)).ok());
      }
    });
  }
  workers.clear();
  EXPECT_EQ(samples().at("grpc_server_requests_total{method=\"/test.Text/Unary\",status=\"OK\"}"), 2000);
  EXPECT_EQ(samples().at("grpc_server_request_duration_seconds_count{method=\"/test.Text/Unary\"}"), 2000);
  EXPECT_EQ(samples().at("grpc_server_requests_in_progress{method=\"/test.Text/Unary\"}"), 0);
}

TEST_F(MetricsInterceptorTest, DoesNotGrowWithWhatPeersAskFor) {
  std::size_t series = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string path = "/evil" + std::to_string(i) + ".Service/Method\"} 1\n";
    const Method unknown{path, CallKind::kUnary, false};
    Call call(unknown, &refuse);
    EXPECT_FALSE(sync_wait(call.through(chain_)).ok());
    if (i == 0) series = samples().size();
  }
  EXPECT_EQ(samples().size(), series);
  EXPECT_EQ(samples().at("grpc_server_requests_total{method=\"other\",status=\"UNIMPLEMENTED\"}"), 10'000);
  EXPECT_THAT(metrics_->text(), Not(HasSubstr("evil")));
}

TEST_F(MetricsInterceptorTest, AddsToTheSameMetricsAsAnother) {
  chain_.push_back(std::make_shared<MetricsInterceptor>(MetricsInterceptor(metrics_)));
  Call call(kMethod, &end_well);
  EXPECT_TRUE(sync_wait(call.through(chain_)).ok());
  EXPECT_EQ(samples().at("grpc_server_requests_total{method=\"/test.Text/Unary\",status=\"OK\"}"), 2);
}

}  // namespace
}  // namespace plinth::test
