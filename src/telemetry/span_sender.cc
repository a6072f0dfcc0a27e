#include "telemetry/span_sender.h"

#include <google/protobuf/arena.h>
#include <google/rpc/error_details.pb.h>

#include <algorithm>

#include "plinth/async.h"
#include "plinth/error_details.h"

namespace plinth::telemetry {

namespace {

constexpr Duration kInterval = std::chrono::seconds(5);
constexpr Duration kShortestPause = std::chrono::milliseconds(100);
/// A collector may hold up other batches for so long.
constexpr Duration kLongestPause = std::chrono::minutes(1);
constexpr client::BackoffOptions kBackoff{
    .initial = std::chrono::seconds(1), .multiplier = 2, .jitter = 0.2, .max = std::chrono::seconds(5)};

/// When the collector wants to be asked again.
std::optional<Duration> wanted_delay(const Status& status) {
  const auto retry = ErrorDetails(status).get<google::rpc::RetryInfo>();
  if (!retry) return std::nullopt;
  const auto& delay = retry->retry_delay();
  const std::chrono::seconds seconds(std::clamp<std::int64_t>(delay.seconds(), 0, 3600));
  return std::max<Duration>(seconds + std::chrono::nanoseconds(delay.nanos()), kShortestPause);
}

/// How long to wait with the next try after this failure, as OTLP's list of errors that may pass has it.
std::optional<Duration> pause_after(StatusCode failure, std::optional<Duration> wanted, client::Backoff& backoff) {
  switch (failure) {
    case StatusCode::kResourceExhausted: return wanted;
    case StatusCode::kUnavailable:
    case StatusCode::kCancelled:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kAborted:
    case StatusCode::kOutOfRange:
    case StatusCode::kDataLoss: return wanted ? wanted : backoff.next();
    default: return std::nullopt;
  }
}

TimePoint turn_time() noexcept { return Worker::current()->now(); }

Task<void> wait_for(Event wake) {
  auto waiting = wake.wait();
  co_await std::move(waiting);
}

/// Header names are given in any case. One that gRPC cannot send is named in the log; its value may be secret.
Metadata read_headers(const ObservabilitySettings::Pairs& pairs, Logger& logger) {
  Metadata headers;
  for (auto [key, value] : pairs) {
    std::ranges::transform(key, key.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    try {
      headers.add(key, value);
    } catch (const std::invalid_argument&) {
      logger.warning("otlp_header_ignored", {{"header", key}});
    }
  }
  return headers;
}

}  // namespace

SpanSender::SpanSender(OtlpStub collector, const ObservabilitySettings& settings, SpanQueue& queue, DropReport& drops,
                       std::shared_ptr<Logger> logger, Random random)
    : collector_(std::move(collector)),
      resource_(encode_resource(settings)),
      timeout_(settings.otlp_timeout),
      headers_(read_headers(settings.otlp_headers, *logger)),
      queue_(queue),
      drops_(drops),
      logger_(std::move(logger)),
      random_(random) {}

Task<void> SpanSender::run() {
  const Event wake;
  queue_.listen(wake);
  while (true) {
    const bool must_wait = turn_time() < not_before_;
    if (!queue_.hurried() && (must_wait || !queue_.has_batch())) {
      auto pausing = pause(wake, must_wait ? not_before_ : turn_time() + kInterval);
      co_await std::move(pausing);
    }
    auto sending = send_all(wake);
    co_await std::move(sending);
    drops_.write(turn_time(), last_error_);
  }
}

/// Until it is time, or somebody waits for the end. Throws StatusError when the scope is cancelled.
Task<void> SpanSender::pause(const Event& wake, TimePoint until) const {
  auto* const scope = co_await this_scope();
  try {
    auto waiting = with_timeout(until - turn_time(), wait_for(wake));
    co_await std::move(waiting);
  } catch (const StatusError&) {
    scope->check();
  }
}

Task<void> SpanSender::send_all(const Event& wake) {
  while (turn_time() >= not_before_ || queue_.hurried()) {
    const auto batch = queue_.take_batch();
    if (batch.empty()) co_return;
    auto sending = send(batch, wake);
    const auto status = co_await std::move(sending);
    if (!status.ok()) {
      last_error_ = status.to_string();
      drops_.add(batch.size());
    }
    queue_.sent();
  }
}

Task<Status> SpanSender::send(const SpanQueue::Batch& batch, const Event& wake) {
  google::protobuf::Arena arena;
  auto& request = *google::protobuf::Arena::CreateMessage<OtlpRequest>(&arena);
  encode_spans(batch, resource_, request);
  const auto end = turn_time() + timeout_;
  client::Backoff backoff(kBackoff, random_);
  while (true) {
    auto sending = send_once(request, end - turn_time());
    auto status = co_await std::move(sending);
    if (status.ok()) co_return status;
    const auto wanted = wanted_delay(status);
    if (wanted) not_before_ = turn_time() + std::min(*wanted, kLongestPause);
    const auto length = pause_after(status.code(), wanted, backoff);
    if (!length || *length >= end - turn_time()) co_return status;
    const auto next = turn_time() + *length;
    while (turn_time() < next) {
      if (queue_.hurried()) co_return status;
      auto pausing = pause(wake, next);
      co_await std::move(pausing);
    }
  }
}

Task<Status> SpanSender::send_once(const OtlpRequest& request, Duration timeout) {
  CallOptions options;
  options.timeout = timeout;
  options.metadata = headers_;
  auto call = collector_.Export(request, std::move(options));
  const auto response = co_await std::move(call);
  if (!response) co_return response.error();
  read_partial_success(*response);
  co_return Status();
}

void SpanSender::read_partial_success(
    const opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse& response) {
  if (!response.has_partial_success()) return;
  const auto& partial = response.partial_success();
  const auto rejected = std::clamp<std::int64_t>(partial.rejected_spans(), 0, SpanQueue::kBatchSpans);
  if (rejected == 0 && partial.error_message().empty()) return;
  if (rejected > 0) drops_.add(static_cast<std::size_t>(rejected));
  last_error_ = partial.error_message();
  logger_->warning("otlp_partial_success", {{"rejected_spans", rejected}, {"error", partial.error_message()}});
}

}  // namespace plinth::telemetry
