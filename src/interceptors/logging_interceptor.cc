#include <google/protobuf/message_lite.h>

#include <chrono>
#include <span>
#include <utility>

#include "call/failure.h"
#include "interceptors/correlation_id.h"
#include "interceptors/log_sampler.h"
#include "interceptors/logged_body.h"
#include "interceptors/status_level.h"
#include "plinth/logging.h"
#include "plinth/runtime.h"

namespace plinth {

namespace {

struct Events {
  std::string_view started;
  std::string_view completed;
  std::string_view failed;
  std::string_view message;
};
constexpr Events kServerEvents = {"grpc_request_started", "grpc_request_completed", "grpc_request_failed",
                                  "grpc_request_message"};
constexpr Events kClientEvents = {"grpc_client_request_started", "grpc_client_request_completed",
                                  "grpc_client_request_failed", "grpc_client_request_message"};

const Events& events_of(CallContext& call) noexcept { return call.as_client() ? kClientEvents : kServerEvents; }

/// The truth, which the peer may not have been told.
std::string error_of(const Status& status) {
  if (!status.cause()) return status.message();
  const auto truth = call::describe(status.cause());
  return truth.type + ": " + truth.text;
}

double milliseconds_since(TimePoint began) {
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
  return static_cast<double>(passed.count()) / 1000;
}

}  // namespace

struct LoggingInterceptor::Parts {
  Parts(std::shared_ptr<Logger> given, LoggingOptions all)
      : own_logger(std::move(given)), options(std::move(all)), sampler(options.one_of) {}

  Logger& logger() const noexcept { return own_logger ? *own_logger : Worker::current()->logger(); }
  void on_start(CallContext& call, std::string_view id) const;
  void on_message(CallContext& call, CallContext::Direction direction,
                  const google::protobuf::MessageLite& message) const;
  void on_end(CallContext& call, std::string_view id, TimePoint began, const Status& status) const;

  const std::shared_ptr<Logger> own_logger;
  const LoggingOptions options;
  interceptors::LogSampler sampler;
};

void LoggingInterceptor::Parts::on_start(CallContext& call, std::string_view id) const {
  if (logger().enabled(options.started)) {
    const LogField fields[] = {{"method", call.method().path},
                               {"kind", to_string(call.method().kind)},
                               {"correlation_id", id},
                               {"peer", call.peer().address}};
    logger().write(options.started, events_of(call).started, fields);
  }
  if (!options.log_bodies) return;
  call.observe_messages([this, &call](CallContext::Direction direction, const google::protobuf::MessageLite& message) {
    on_message(call, direction, message);
  });
}

void LoggingInterceptor::Parts::on_message(CallContext& call, CallContext::Direction direction,
                                           const google::protobuf::MessageLite& message) const {
  if (!logger().enabled(LogLevel::kInfo)) return;
  const auto size = message.ByteSizeLong();
  const auto body = size <= options.largest_body ? interceptors::logged_body(message, options.redact) : std::string();
  const LogField fields[] = {{"method", call.method().path},
                             {"correlation_id", call.find<CorrelationId>()->value},
                             {"direction", direction == CallContext::Direction::kReceived ? "received" : "sent"},
                             {"bytes", size},
                             {"body", body}};
  logger().write(LogLevel::kInfo, events_of(call).message, std::span(fields).first(body.empty() ? 4 : 5));
}

void LoggingInterceptor::Parts::on_end(CallContext& call, std::string_view id, TimePoint began,
                                       const Status& status) const {
  const auto level = interceptors::level_of(status.code());
  if (!logger().enabled(level)) return;
  const auto& events = events_of(call);
  const auto error = error_of(status);
  const LogField fields[] = {{"method", call.method().path},
                             {"kind", to_string(call.method().kind)},
                             {"correlation_id", id},
                             {"duration_ms", milliseconds_since(began)},
                             {"status", to_string(status.code())},
                             {"peer", call.peer().address},
                             {"error", error}};
  if (status.ok()) return logger().write(level, events.completed, std::span(fields).first(6));
  logger().write(level, events.failed, fields);
}

LoggingInterceptor::LoggingInterceptor(std::shared_ptr<Logger> logger, LoggingOptions options)
    : parts_(std::make_shared<Parts>(std::move(logger), std::move(options))) {}

Task<Status> LoggingInterceptor::intercept(CallContext& call, Next next) {
  const auto began = Clock::now();
  const auto& id = interceptors::correlate(call);
  const bool picked = parts_->sampler.pick(call.method().path);
  if (picked) parts_->on_start(call, id);
  auto rest = next();
  auto status = co_await std::move(rest);
  if (!status.ok()) interceptors::echo_with_status(call, id);
  if (picked || !status.ok()) parts_->on_end(call, id, began, status);
  co_return status;
}

}  // namespace plinth
