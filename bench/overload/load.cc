#include "overload/load.h"

#include <chrono>
#include <utility>

namespace plinth::bench {

using namespace std::chrono_literals;

namespace {

constexpr Duration kPatience = 30s;

RuntimeOptions one_worker() {
  RuntimeOptions options;
  options.workers = 1;
  return options;
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

void count(const Status& status, Outcome& counts) {
  ++counts.asked;
  if (status.ok()) ++counts.good;
  if (status.code() == StatusCode::kResourceExhausted) ++counts.refused;
  if (status.code() == StatusCode::kDeadlineExceeded) ++counts.late;
}

}  // namespace

Clients::Clients(const std::string& address, int connections) : runtime_(one_worker()) {
  const ClientSettings plain = {.enable_retry = false, .enable_circuit_breaker = false};
  for (int i = 0; i < connections; ++i) {
    auto& factory = *factories_.emplace_back(std::make_unique<GrpcClientFactory>(plain));
    stubs_.push_back(factory.create_stub<Echo::Stub>(factory.create_channel(address, {.secure = false})));
  }
}

Outcome Clients::saturate(int in_flight, Duration time) {
  Outcome counts;
  counts.seconds = seconds(time);
  const auto end = Clock::now() + time;
  sync_wait(runtime_.worker(0), TaskScope::run([&](TaskScope& scope) -> Task<void> {
              for (int i = 0; i < in_flight; ++i) scope.spawn(call_until(static_cast<std::size_t>(i), end, counts));
              co_return;
            }));
  return counts;
}

Outcome Clients::offer(double rate, Duration settle, Duration time, Duration deadline) {
  Outcome counts;
  counts.seconds = seconds(time);
  const auto begin = Clock::now() + settle;
  sync_wait(runtime_.worker(0), TaskScope::run([&](TaskScope& scope) {
              return call_at_random(scope, rate, begin, begin + time, deadline, counts);
            }));
  return counts;
}

Task<void> Clients::call(std::size_t number, Duration deadline, Outcome* counts) {
  GetRequest request;
  CallOptions options;
  options.timeout = deadline;
  auto calling = stubs_[number % stubs_.size()].Get(request, options);
  const auto answer = co_await std::move(calling);
  if (counts) count(answer ? Status() : answer.error(), *counts);
}

Task<void> Clients::call_until(std::size_t number, TimePoint end, Outcome& counts) {
  while (Clock::now() < end) {
    auto calling = call(number, kPatience, &counts);
    co_await std::move(calling);
  }
}

Task<void> Clients::call_at_random(TaskScope& scope, double rate, TimePoint begin, TimePoint end, Duration deadline,
                                   Outcome& counts) {
  std::exponential_distribution<double> gap(rate);
  std::size_t number = 0;
  auto next = Clock::now();
  while (next < end) {
    auto pause = sleep_until(next);
    co_await std::move(pause);
    for (const auto now = Clock::now(); next <= now; ++number) {
      scope.spawn(call(number, deadline, next < begin || next >= end ? nullptr : &counts));
      next += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(gap(random_)));
    }
  }
}

}  // namespace plinth::bench
