#include "admin/call_stats.h"

#include <algorithm>
#include <iterator>

#include "async/gathering.h"
#include "plinth/logging.h"

namespace plinth::admin {

namespace {

constexpr std::string_view kOther = "other";
constexpr std::size_t kLongestCorrelationId = 128;

SlowCall describe(const CallContext& call, const Status& status, Duration duration) {
  const auto* id = call.find<CorrelationId>();
  return {.method = std::string(call.method().registered ? call.method().path : kOther),
          .duration = duration,
          .status = status.code(),
          .correlation_id = id ? id->value.substr(0, kLongestCorrelationId) : std::string(),
          .peer = call.peer().address,
          .ended = std::chrono::system_clock::now()};
}

}  // namespace

MethodStats& MethodStats::operator+=(const MethodStats& other) noexcept {
  started += other.started;
  for (std::size_t i = 0; i < kCodes; ++i) by_status[i] += other.by_status[i];
  latency += other.latency;
  return *this;
}

void WorkerCallStats::add_to(Methods& all) const {
  for (const auto& [method, stats] : methods_) all[std::string(method ? method->path : kOther)] += stats;
}

Task<CallStats::Totals> CallStats::totals(std::shared_ptr<CallStats> stats) {
  Gathering<Totals> workers;
  for (std::size_t index = 0; index < stats->runtime_->size(); ++index) {
    workers.ask(stats->runtime_->worker(index), [stats] {
      auto& own = stats->here();
      Totals part;
      own.add_to(part.methods);
      part.slowest = own.slow_calls().at(Worker::current()->exact_now());
      return part;
    });
  }
  auto answers = workers.wait();
  auto parts = co_await std::move(answers);
  Totals totals;
  for (auto& part : parts) {
    for (const auto& [method, calls] : part.methods) totals.methods[method] += calls;
    std::ranges::move(part.slowest, std::back_inserter(totals.slowest));
  }
  std::ranges::sort(totals.slowest, std::greater(), &SlowCall::duration);
  if (totals.slowest.size() > SlowCalls::kMost) totals.slowest.resize(SlowCalls::kMost);
  co_return totals;
}

Task<Status> CallStatsInterceptor::intercept(CallContext& call, Next next) {
  if (call.as_client()) {
    auto rest = next();
    co_return co_await std::move(rest);
  }
  auto& clock = *Worker::current();
  const auto began = clock.exact_now();
  auto& worker = stats_->here();
  auto& method = worker.of(call.method());
  ++method.started;
  auto rest = next();
  auto status = co_await std::move(rest);
  const auto now = clock.exact_now();
  method.latency.add(now - began);
  ++method.by_status[std::min(static_cast<std::size_t>(status.code()), MethodStats::kCodes - 1)];
  if (worker.slow_calls().wants(now - began, now)) worker.slow_calls().add(describe(call, status, now - began));
  co_return status;
}

}  // namespace plinth::admin
