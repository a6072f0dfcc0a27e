#include "plinth/error_interceptor.h"

#include <google/rpc/error_details.pb.h>

#include <array>

#include "call/failure.h"
#include "errors/detail_text.h"
#include "interceptors/status_level.h"
#include "plinth/error_details.h"
#include "plinth/errors.h"
#include "plinth/runtime.h"

namespace plinth {

namespace {

using errors::detail_text;

constexpr std::size_t kMostDetailBytes = 4096;

/// What the call path makes of an exception, for want of a better word.
const Status& untranslated() {
  static const Status status = internal_error("Internal server error");
  return status;
}

void log_truth(Logger& logger, const CallContext& call, const Status& status) {
  const auto truth = call::describe(status.cause());
  const std::array<LogField, 4> fields = {{{"method", call.method().path},
                                           {"error_type", truth.type},
                                           {"status", to_string(status.code())},
                                           {"message", truth.text}}};
  logger.write(interceptors::level_of(status.code()), "grpc_error", fields);
}

google::rpc::ErrorInfo error_info(const ErrorInfo& info, StatusCode code, std::string_view domain) {
  google::rpc::ErrorInfo message;
  message.set_reason(detail_text(info.reason.empty() ? to_string(code) : info.reason));
  message.set_domain(detail_text(info.domain.empty() ? domain : info.domain));
  for (const auto& [key, value] : info.metadata) (*message.mutable_metadata())[detail_text(key)] = detail_text(value);
  return message;
}

google::rpc::DebugInfo debug_info(const std::exception_ptr& thrown) {
  const auto truth = call::describe(thrown);
  google::rpc::DebugInfo message;
  message.set_detail(detail_text(truth.type + ": " + truth.text));
  return message;
}

void add_if_it_fits(Status& status, const google::protobuf::Message& detail) {
  auto more = with_details(status, detail);
  if (more.details().size() <= kMostDetailBytes) status = std::move(more);
}

}  // namespace

Task<Status> ErrorInterceptor::intercept(CallContext& call, Next next) {
  return call.as_server() ? watch(call, next) : next();
}

Task<Status> ErrorInterceptor::watch(CallContext& call, Next next) const {
  call.attach(call::Translation{[this, &call](const Status& status) { return translated(call, status); }});
  auto rest = next();
  const auto status = co_await std::move(rest);
  if (!status.cause()) co_return status;
  const auto answer = translated(call, status);
  log_truth(options_.logger ? *options_.logger : Worker::current()->logger(), call, answer);
  co_return answer.with_cause(nullptr);  // or the server would log it again
}

/// A status with a cause is the call path's for an exception; or somebody's own, who wants the cause in the log.
Status ErrorInterceptor::translated(const CallContext& call, const Status& status) const {
  return status == untranslated() ? status_of(call, status.cause()).with_cause(status.cause()) : status;
}

Status ErrorInterceptor::status_of(const CallContext& call, const std::exception_ptr& thrown) const {
  Status status = untranslated();
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    status = detailed(call, options_.map.status_of(error), &error);
  } catch (...) {
    status = detailed(call, status, nullptr);
  }
  if (options_.include_debug_info) add_if_it_fits(status, debug_info(thrown));
  return status;
}

Status ErrorInterceptor::detailed(const CallContext& call, Status status, const std::exception* error) const {
  if (!options_.include_details || !status.details().empty()) return status;
  static const ErrorInfo kNone;
  const auto* domain_error = dynamic_cast<const DomainError*>(error);
  const auto& domain = options_.domain.empty() ? call.method().service() : options_.domain;
  add_if_it_fits(status, error_info(domain_error ? domain_error->info() : kNone, status.code(), domain));
  if (!domain_error) return status;
  for (const auto& detail : domain_error->details()) add_if_it_fits(status, *detail);
  return status;
}

}  // namespace plinth
