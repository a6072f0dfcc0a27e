#include "client/health_watch.h"

#include <google/protobuf/wrappers.pb.h>

#include "async/here.h"
#include "call/outbound.h"

namespace plinth::client {

namespace {

constexpr std::string_view kPath = "/grpc.health.v1.Health/Watch";
constexpr std::size_t kLargestAnswer = 1024;
constexpr int kServing = 1;

// On the wire these are the messages of grpc.health.v1: one field, with the number 1.
using HealthCheckRequest = google::protobuf::StringValue;
using HealthCheckResponse = google::protobuf::Int32Value;

}  // namespace

HealthWatch::HealthWatch(Backend& backend, Connection& connection, const Shared& shared, HealthObserver& observer)
    : backend_(backend), connection_(connection), shared_(shared), observer_(observer) {}

void HealthWatch::start() {
  exchange_.emplace(static_cast<Exchange::Owner&>(*this));
  const wire::RequestOptions head{.path = kPath, .authority = shared_.authority, .secure = shared_.connector->secure()};
  const auto started = exchange_->start(nullptr, connection_, head, {});
  started && *started ? send_request() : pause();
}

void HealthWatch::pause() {
  if (connection_.draining()) return;
  auto& worker = here();
  worker.timers().arm(pause_, worker.now() + backoff_.next());
}

void HealthWatch::send_request() {
  HealthCheckRequest request;
  request.set_value(*shared_.config.health_check_service());
  exchange_->stream()->send(call::Outbound().serialize(request));
  exchange_->stream()->send_end();
}

void HealthWatch::stop() {
  pause_.disarm();
  if (exchange_) exchange_->abandon();
}

void HealthWatch::on_head(Exchange& exchange) {
  inbound_.reset(exchange.stream(), kLargestAnswer, exchange.response().encoding());
  inbound_.want();
}

Status HealthWatch::on_message_bytes(base::ByteView bytes) {
  if (auto status = inbound_.on_data(bytes); !status.ok()) return status;
  return take_answers();
}

Status HealthWatch::take_answers() {
  try {
    HealthCheckResponse response;
    while (exchange_->stream() && inbound_.take(response)) {
      backoff_.reset();
      const bool serving = response.value() == kServing;
      observer_.on_health(serving ? Status() : unavailable("{} says that it is not serving", backend_.address()));
    }
    return {};
  } catch (const StatusError& error) {
    return error.status();
  }
}

void HealthWatch::on_exchange_end(Exchange& exchange) {
  inbound_.detach();
  const auto& status = exchange.status();
  if (status.code() == StatusCode::kUnimplemented) {
    shared_.logger->warning("grpc_health_check_unimplemented", {{"backend", backend_.address()}});
    return observer_.on_health(Status());
  }
  if (connection_.draining()) return;
  observer_.on_health(unavailable("the backend's health cannot be had: {}", status.to_string()));
  pause();
}

}  // namespace plinth::client
