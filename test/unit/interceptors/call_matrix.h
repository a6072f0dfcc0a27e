#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "logged_calls.h"
#include "metrics_samples.h"
#include "plinth/async.h"
#include "plinth/default_chain.h"
#include "plinth/errors.h"
#include "plinth/logging.h"
#include "support/frames.h"
#include "support/kept_spans.h"
#include "support/test_channel.h"
#include "unit/auth/signer.h"

namespace plinth::test {

/// Telemetry that stays in the test.
inline Telemetry kept_telemetry(std::shared_ptr<Logger> log, std::shared_ptr<KeptSpans> spans) {
  Telemetry telemetry;
  telemetry.tracer = make_keeping_tracer(std::move(spans));
  telemetry.logger = std::move(log);
  telemetry.metrics = make_metrics();
  return telemetry;
}

inline SecuritySettings signed_with_a_secret() {
  SecuritySettings security;
  security.secret_key = auth::test::Signer::kSecret;
  return security;
}

/// A client and a server with the default chains around their calls, and all that these tell. Its handlers answer each
/// order, and then do what it says.
class CallMatrix : public ::testing::Test {
 protected:
  static constexpr const char* kId = "matrix-1";

  CallMatrix() {
    channel_.server.shared.interceptors = default_chain(telemetry_, signed_with_a_secret());
    for (auto& interceptor : default_client_chain(telemetry_)) channel_.shared->add_interceptor(interceptor);
    auto& servicer = *channel_.server.servicer;
    servicer.unary = [this](ServerContext& context, const Text& order) { return answer_one(context, order); };
    servicer.server_streaming = [this](ServerContext& context, const Text& order) { return answer(context, order); };
    servicer.client_streaming = [this](ServerContext& context, Reader<Text>& orders) { return read(context, orders); };
    servicer.bidirectional = [this](ServerContext& context, Reader<Text>& orders, Writer<Text>& answers) {
      return converse(context, orders, answers);
    };
  }

  /// A call that may pass, as it begins.
  ClientCallPtr start(const Method& method) {
    CallOptions options;
    options.timeout = std::chrono::seconds(5);
    for (const auto& [name, value] : metadata()) options.metadata.add(name, value);
    return channel_.start(method.path, method.kind, std::move(options));
  }
  Fields metadata() const { return {{"authorization", "Bearer " + token_}, {"x-correlation-id", kId}}; }

  /// Sends one order, and takes what comes: how the call ends for its client.
  static Task<Status> give(ClientCall& call, bool stream_of_answers, const Text& order) {
    Text only_answer;
    if (!stream_of_answers) call.receive_into(&only_answer);
    call.put_message(order);
    call.half_close();
    Reader<Text> answers(call);
    if (stream_of_answers) {
      while (auto next = co_await answers.next()) continue;
    }
    co_return co_await call.finish();
  }

  MetricsSamples samples() const { return MetricsSamples(telemetry_.metrics->text()); }

  std::shared_ptr<KeptEvents> log_ = std::make_shared<KeptEvents>();
  std::shared_ptr<KeptSpans> spans_ = std::make_shared<KeptSpans>();
  Telemetry telemetry_ = kept_telemetry(log_, spans_);
  const std::string token_ = auth::test::Signer("HS256").token(R"({"sub":"alice","exp":33333333333})");
  Visits handlers_;
  std::string id_in_handler_;
  TestChannel channel_;

 private:
  Task<Status> obey(ServerContext& context, const Text& order) {
    Visit visit(handlers_);
    id_in_handler_ = context.find<CorrelationId>()->value;
    const auto& wish = order.value();
    if (wish == "status") co_return failed_precondition("not in this state");
    if (wish == "abort") context.abort(StatusCode::kAborted, "told so");
    if (wish == "throw an error of the domain") throw NotFoundError("Resource", "7");
    if (wish == "throw an int") throw 42;
    if (wish != "hang") co_return Status();
    auto nap = sleep_for(std::chrono::hours(1));
    co_await std::move(nap);
    co_return Status();
  }

  Task<Result<Text>> answer_one(ServerContext& context, const Text& order) {
    auto obeying = obey(context, order);
    auto status = co_await std::move(obeying);
    if (!status.ok()) co_return status;
    co_return order;
  }

  Generator<Text> answer(ServerContext& context, const Text& order) {
    co_yield order;
    auto obeying = obey(context, order);
    auto status = co_await std::move(obeying);
    if (!status.ok()) co_yield status;
  }

  Task<Result<Text>> read(ServerContext& context, Reader<Text>& orders) {
    Text last;
    while (auto order = co_await orders.next()) {
      last = *order;
      auto obeying = obey(context, last);
      auto status = co_await std::move(obeying);
      if (!status.ok()) co_return status;
    }
    co_return last;
  }

  Task<Status> converse(ServerContext& context, Reader<Text>& orders, Writer<Text>& answers) {
    while (auto order = co_await orders.next()) {
      co_await answers.write(*order);
      auto obeying = obey(context, *order);
      auto status = co_await std::move(obeying);
      if (!status.ok()) co_return status;
    }
    co_return Status();
  }
};

}  // namespace plinth::test
