#include "load_service.h"

#include <algorithm>
#include <chrono>

#include "plinth/async.h"

namespace plinth::interop {

namespace {

using namespace std::chrono_literals;

Duration interval_of(const LoadService::Request& request) {
  constexpr std::int64_t kMostSeconds = 3600;
  const auto& asked = request.report_interval();
  const std::chrono::seconds seconds(std::clamp<std::int64_t>(asked.seconds(), 0, kMostSeconds));
  return std::max<Duration>(seconds + std::chrono::nanoseconds(asked.nanos()), 100ms);
}

}  // namespace

Generator<LoadReport> LoadService::StreamCoreMetrics(ServerContext&, const Request& request) {
  while (true) {
    co_yield load_->report();
    auto pause = sleep_for(interval_of(request));
    co_await std::move(pause);
  }
}

}  // namespace plinth::interop
