#include "interceptors/shedding.h"

#include <fmt/format.h>

#include <chrono>

#include "google/rpc/error_details.pb.h"
#include "plinth/error_details.h"
#include "plinth/runtime.h"

namespace plinth::interceptors {

using namespace std::chrono_literals;

namespace {

constexpr Duration kBetweenLines = 1s;
constexpr auto kNanosPerSecond = std::nano::den;

google::rpc::RetryInfo retry_info(Duration delay) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(delay.count() / kNanosPerSecond);
  info.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(delay.count() % kNanosPerSecond));
  return info;
}

}  // namespace

Shedding::Shedding(std::string_view reason, std::shared_ptr<Metrics> metrics, std::shared_ptr<Logger> logger)
    : reason_(reason), metrics_(std::move(metrics)), logger_(std::move(logger)) {}

Counter* Shedding::counter(std::string_view method) const {
  if (!metrics_) return nullptr;
  return &metrics_->counter("grpc_server_shed_total", "Calls that the server refused to spare itself or others.",
                            {{"reason", std::string(reason_)}, {"method", std::string(method)}});
}

Status Shedding::refuse(CallContext& call, Counter* counter, std::string message, Duration retry_after) {
  if (counter) counter->add();
  if (logger_) log(call);
  const auto pushback = std::chrono::ceil<std::chrono::milliseconds>(retry_after).count();
  call.trailing_metadata().add_unchecked("grpc-retry-pushback-ms", fmt::format_int(pushback).c_str());
  return with_details(Status(StatusCode::kResourceExhausted, std::move(message)), retry_info(retry_after));
}

/// A line a second: shedding must stay cheap when there is most of it.
void Shedding::log(const CallContext& call) {
  unlogged_.fetch_add(1, std::memory_order_relaxed);
  const auto now = Worker::current()->now().time_since_epoch().count();
  auto next = next_line_.load(std::memory_order_relaxed);
  if (now < next || !next_line_.compare_exchange_strong(next, now + kBetweenLines.count())) return;
  logger_->warning("grpc_calls_shed", {{"reason", reason_},
                                       {"method", call.method().registered ? call.method().path : "other"},
                                       {"count", unlogged_.exchange(0, std::memory_order_relaxed)}});
}

}  // namespace plinth::interceptors
