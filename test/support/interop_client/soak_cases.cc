#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "large_unary.h"
#include "messages.h"
#include "plinth/async.h"

namespace plinth::interop {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// Many large_unary, one after the other, on one channel or on one each.
class Soak {
 public:
  Soak(Client& client, bool renew_channel)
      : client_(client), flags_(client.soak()), renew_channel_(renew_channel), deadline_(deadline_of(flags_)) {}

  Task<void> run() {
    auto next = Clock::now();
    while (latencies_.size() < flags_.iterations) {
      auto pause = sleep_until(std::min(next, deadline_));
      co_await std::move(pause);
      if (Clock::now() >= deadline_) break;
      next = Clock::now() + std::chrono::milliseconds(flags_.min_time_ms_between_rpcs);
      auto one = iterate();
      co_await std::move(one);
    }
    judge();
  }

 private:
  static TimePoint deadline_of(const SoakFlags& flags) {
    const auto all = std::chrono::milliseconds(flags.max_latency_ms * static_cast<std::int64_t>(flags.iterations));
    const auto said = flags.overall_timeout_seconds.transform([](auto count) { return std::chrono::seconds(count); });
    return Clock::now() + said.value_or(std::chrono::ceil<std::chrono::seconds>(all));
  }

  Task<void> iterate() {
    if (renew_channel_) client_.renew_channel();
    const auto begin = Clock::now();
    bool failed = false;
    try {
      auto call = call_large_unary(client_, simple_request(flags_.request_size, flags_.response_size));
      co_await std::move(call);
    } catch (const CaseFailed& failure) {
      failed = true;
      fmt::print(stderr, "soak iteration {}: {}\n", latencies_.size(), failure.what());
    }
    const Milliseconds took = Clock::now() - begin;
    latencies_.push_back(took.count());
    if (failed || took.count() > static_cast<double>(flags_.max_latency_ms)) ++failures_;
  }

  void judge() {
    std::ranges::sort(latencies_);
    fmt::print(stderr, "soak: {} iterations, {} failures, latency in ms: p50 {:.1f}, p90 {:.1f}, p100 {:.1f}\n",
               latencies_.size(), failures_, percentile(50), percentile(90), percentile(100));
    expect(latencies_.size() >= flags_.iterations, "only {} of {} iterations were done in time", latencies_.size(),
           flags_.iterations);
    expect(failures_ <= flags_.max_failures, "{} iterations failed or took more than {} ms, {} may", failures_,
           flags_.max_latency_ms, flags_.max_failures);
  }

  double percentile(std::size_t percent) const {
    return latencies_.empty() ? 0 : latencies_[(latencies_.size() - 1) * percent / 100];
  }

  Client& client_;
  const SoakFlags& flags_;
  bool renew_channel_;
  TimePoint deadline_;
  std::vector<double> latencies_;
  std::size_t failures_ = 0;
};

Task<void> soak(Client& client, bool renew_channel) {
  Soak soak(client, renew_channel);
  auto run = soak.run();
  co_await std::move(run);
}

Task<void> rpc_soak(Client& client) { return soak(client, false); }
Task<void> channel_soak(Client& client) { return soak(client, true); }

}  // namespace

std::vector<Case> soak_cases() { return {{"rpc_soak", rpc_soak}, {"channel_soak", channel_soak}}; }

}  // namespace plinth::interop
