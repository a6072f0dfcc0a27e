#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "admin/latency_histogram.h"
#include "admin/slow_calls.h"
#include "plinth/interceptor.h"
#include "plinth/method.h"
#include "plinth/runtime.h"

namespace plinth::admin {

/// The calls of one method.
struct MethodStats {
  static constexpr std::size_t kCodes = 17;

  std::uint64_t started = 0;
  std::array<std::uint64_t, kCodes> by_status{};
  LatencyHistogram latency;

  std::uint64_t ended() const noexcept { return latency.count(); }
  std::uint64_t errors() const noexcept { return ended() - by_status[0]; }
  MethodStats& operator+=(const MethodStats& other) noexcept;
};

/// The calls of one worker, which alone touches them.
class WorkerCallStats {
 public:
  /// Valid as long as this. What nobody serves is one method, "other".
  MethodStats& of(const Method& method) { return methods_[method.registered ? &method : nullptr]; }
  SlowCalls& slow_calls() noexcept { return slow_; }

  using Methods = std::unordered_map<std::string, MethodStats>;
  void add_to(Methods& all) const;

 private:
  std::unordered_map<const Method*, MethodStats> methods_;
  SlowCalls slow_;
};

/// What a server's calls come to, each worker's for itself: nothing on the path of a call is shared.
class CallStats {
 public:
  explicit CallStats(Runtime& runtime) : runtime_(&runtime), workers_(runtime.size()) {}

  /// On a worker of the runtime.
  WorkerCallStats& here() noexcept { return workers_[Worker::current()->index()]; }

  struct Totals {
    WorkerCallStats::Methods methods;
    /// The slowest first.
    std::vector<SlowCall> slowest;
  };
  /// Asks the workers. `stats` lives until they have answered.
  static Task<Totals> totals(std::shared_ptr<CallStats> stats);

 private:
  Runtime* runtime_;
  std::vector<WorkerCallStats> workers_;
};

/// Counts and times every call; to be the outermost.
class CallStatsInterceptor final : public Interceptor {
 public:
  explicit CallStatsInterceptor(std::shared_ptr<CallStats> stats) : stats_(std::move(stats)) {}

  std::string_view name() const noexcept override { return "AdminInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  std::shared_ptr<CallStats> stats_;
};

}  // namespace plinth::admin
