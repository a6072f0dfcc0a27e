#pragma once

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "plinth/async.h"
#include "plinth/container.h"
#include "plinth/error_details.h"
#include "plinth/interceptor.h"
#include "plinth/server_context.h"
#include "support/manual_worker.h"

namespace plinth::test {

inline constexpr Method kLimitedGet{"/test.Text/Get", CallKind::kUnary};
inline constexpr Method kLimitedList{"/test.Text/List", CallKind::kServerStreaming};
inline constexpr Method kLimitedCheck{"/grpc.health.v1.Health/Check", CallKind::kUnary};

/// A call as interceptors see it, with a handler that the test gives.
class LimitedCall final : public ServerContext, private Next::End, private detail::Completion {
 public:
  using Handler = std::function<Task<Status>()>;

  LimitedCall(const Method& method, std::string peer, Handler handler)
      : handler_(std::move(handler)), client_({.address = std::move(peer), .tls_subject = ""}) {
    method_ = &method;
    peer_ = &client_;
    request_metadata_ = &metadata_;
  }

  void set_deadline(Deadline deadline) noexcept { deadline_ = deadline; }

  /// Nothing until the call has ended.
  const std::optional<Status>& status() const noexcept { return status_; }
  StatusCode code() const { return status_.value().code(); }
  std::string pushback() { return std::string(trailing_metadata_.get("grpc-retry-pushback-ms").value_or("")); }
  /// google.rpc.RetryInfo's.
  double retry_seconds() const {
    const auto info = ErrorDetails(status_.value()).get<google::rpc::RetryInfo>();
    return info ? static_cast<double>(info->retry_delay().seconds()) + info->retry_delay().nanos() / 1e9 : -1;
  }

  // ServerContext
  void send_initial_metadata() override {}
  void set_compression(bool) override {}
  bool received_compressed() const noexcept override { return false; }
  Traffic traffic() const noexcept override { return {}; }
  ScopedInstances& scoped_instances() override { return instances_; }

 private:
  friend class LimitCalls;
  Task<Status> run() override { return handler_(); }
  void on_complete() noexcept override { status_ = task_.take(); }
  void start(const std::array<std::shared_ptr<Interceptor>, 1>& chain) {
    task_ = Next(chain, *this, *this)();
    if (task_.start(&scope_, *this)) on_complete();
  }

  Handler handler_;
  Peer client_;
  Metadata metadata_;
  ScopedInstances instances_;
  Task<Status> task_;
  std::optional<Status> status_;
};

/// Calls through one interceptor, on a worker whose time the test moves.
class LimitCalls : public ::testing::Test {
 protected:
  /// Starts a call in a turn of its own, or in the one that the test is in.
  LimitedCall& call(const Method& method, LimitedCall::Handler handler, std::string peer = "ipv4:10.0.0.1:1") {
    auto& call = calls_.emplace_back(method, std::move(peer), std::move(handler));
    prepare_(call);
    const Worker::Turn turn(*worker_);
    call.start(chain_);
    return call;
  }
  LimitedCall& call(const Method& method = kLimitedGet, std::string peer = "ipv4:10.0.0.1:1") {
    return call(method, ends_with(Status()), std::move(peer));
  }

  static LimitedCall::Handler ends_with(Status status, Duration after = Duration::zero()) {
    return [=] { return end_with(status, after); };
  }
  /// Takes the worker for so long.
  static LimitedCall::Handler burns(Duration time) {
    return [=] {
      ManualClock::advance(time);
      return end_with(Status(), Duration::zero());
    };
  }

  ManualWorker worker_;
  std::array<std::shared_ptr<Interceptor>, 1> chain_;
  /// Sees each call before it starts.
  std::function<void(LimitedCall&)> prepare_ = [](LimitedCall&) {};

 private:
  static Task<Status> end_with(Status status, Duration after) {
    if (after > Duration::zero()) {
      auto pause = sleep_for(after);
      co_await std::move(pause);
    }
    co_return status;
  }

  std::list<LimitedCall> calls_;
};

}  // namespace plinth::test
