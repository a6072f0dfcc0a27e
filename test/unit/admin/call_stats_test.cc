#include "admin/call_stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plinth/async.h"
#include "plinth/logging.h"

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Method kGet{"/test.Test/Get"};
constexpr Method kList{"/test.Test/List"};

class Call final : public CallContext {
 public:
  explicit Call(const Method& method) {
    method_ = &method;
    peer_ = &client_;
  }
  Traffic traffic() const noexcept override { return {}; }

 private:
  Peer client_{.address = "ipv4:10.0.0.1:1", .tls_subject = ""};
};

/// A handler, and what stands between: it names the call, as LoggingInterceptor does.
class Handler final : public Next::End {
 public:
  Handler(Call& call, Status status, Duration time = 0s) : call_(call), status_(std::move(status)), time_(time) {}

  Task<Status> run() override {
    call_.attach(CorrelationId{"abc-123"});
    auto work = sleep_for(time_);
    if (time_ != 0s) co_await std::move(work);
    co_return status_;
  }

 private:
  Call& call_;
  Status status_;
  Duration time_;
};

class CallStatsTest : public ::testing::Test {
 protected:
  /// One call, on a worker.
  void call(const Method& method, const Status& status, std::size_t worker = 0, Duration time = 0s) {
    last_ = sync_wait(runtime_.worker(worker), make_call(method, status, time));
  }
  CallStats::Totals totals() { return sync_wait(runtime_.worker(0), CallStats::totals(stats_)); }

  Runtime runtime_{{.workers = 2}};
  Status last_;

 private:
  Task<Status> make_call(const Method& method, const Status& status, Duration time) {
    Call call(method);
    Handler handler(call, status, time);
    auto rest = interceptor_.intercept(call, Next({}, call, handler));
    co_return co_await std::move(rest);
  }

  std::shared_ptr<CallStats> stats_ = std::make_shared<CallStats>(runtime_);
  CallStatsInterceptor interceptor_{stats_};
};

TEST_F(CallStatsTest, HasNothingAtFirst) {
  EXPECT_THAT(totals().methods, IsEmpty());
  EXPECT_THAT(totals().slowest, IsEmpty());
}

TEST_F(CallStatsTest, AddsUpTheCallsOfAllWorkersByTheirStatus) {
  call(kGet, {}, 0);
  call(kGet, {}, 1);
  call(kGet, not_found("none"), 1);
  call(kList, {}, 1);
  const auto all = totals().methods;
  ASSERT_THAT(all, SizeIs(2));
  const auto& get = all.at("/test.Test/Get");
  EXPECT_EQ(get.started, 3u);
  EXPECT_EQ(get.ended(), 3u);
  EXPECT_EQ(get.errors(), 1u);
  EXPECT_EQ(get.by_status[static_cast<std::size_t>(StatusCode::kOk)], 2u);
  EXPECT_EQ(get.by_status[static_cast<std::size_t>(StatusCode::kNotFound)], 1u);
  EXPECT_EQ(all.at("/test.Test/List").errors(), 0u);
}

TEST_F(CallStatsTest, LeavesTheStatusAsItIs) {
  call(kGet, not_found("none"));
  EXPECT_EQ(last_, not_found("none"));
  call(kGet, {});
  EXPECT_TRUE(last_.ok());
}

TEST_F(CallStatsTest, KeepsOneEntryForAllMethodsThatNobodyServes) {
  for (int i = 0; i < 1000; ++i) {
    const auto path = "/evil.Service/Method" + std::to_string(i);
    const Method unknown{path, CallKind::kUnary, false};
    call(unknown, unimplemented("no"));
  }
  const auto all = totals();
  ASSERT_THAT(all.methods, SizeIs(1));
  EXPECT_EQ(all.methods.at("other").started, 1000u);
  for (const auto& slow : all.slowest) EXPECT_EQ(slow.method, "other");
}

TEST_F(CallStatsTest, NamesTheSlowestCallsFirst) {
  call(kGet, {}, 0);
  call(kList, deadline_exceeded("late"), 1, 20ms);
  const auto slowest = totals().slowest;
  ASSERT_THAT(slowest, SizeIs(2));
  EXPECT_EQ(slowest[0].method, "/test.Test/List");
  EXPECT_GE(slowest[0].duration, 20ms);
  EXPECT_EQ(slowest[0].status, StatusCode::kDeadlineExceeded);
  EXPECT_EQ(slowest[0].correlation_id, "abc-123");
  EXPECT_EQ(slowest[0].peer, "ipv4:10.0.0.1:1");
  EXPECT_EQ(slowest[1].method, "/test.Test/Get");
}

TEST_F(CallStatsTest, KeepsABoundedNumberOfSlowCalls) {
  for (int i = 0; i < 100; ++i) call(kGet, {}, static_cast<std::size_t>(i % 2));
  EXPECT_THAT(totals().slowest, SizeIs(SlowCalls::kMost));
}

Task<std::uint64_t> in_progress_meanwhile(std::shared_ptr<CallStats> stats) {
  CallStatsInterceptor interceptor(stats);
  Call call(kGet);
  std::uint64_t running = 0;
  class Looking final : public Next::End {
   public:
    Looking(std::shared_ptr<CallStats> stats, std::uint64_t& running) : stats_(std::move(stats)), running_(running) {}
    Task<Status> run() override {
      auto counting = CallStats::totals(stats_);
      const auto totals = co_await std::move(counting);
      const auto& get = totals.methods.at("/test.Test/Get");
      running_ = get.started - get.ended();
      co_return Status();
    }

   private:
    std::shared_ptr<CallStats> stats_;
    std::uint64_t& running_;
  } looking(stats, running);
  auto rest = interceptor.intercept(call, Next({}, call, looking));
  const auto status = co_await std::move(rest);
  co_return status.ok() ? running : 0;
}

TEST_F(CallStatsTest, ACallThatRunsHasStartedAndNotEnded) {
  auto stats = std::make_shared<CallStats>(runtime_);
  EXPECT_EQ(sync_wait(runtime_.worker(0), in_progress_meanwhile(stats)), 1u);
}

}  // namespace
}  // namespace plinth::admin
