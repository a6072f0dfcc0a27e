#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/metrics.h"
#include "plinth/runtime.h"

namespace plinth {

/// The services that limits leave alone unless they are told otherwise, because operations depend on them: health,
/// reflection (v1 and v1alpha), channelz.
std::vector<std::string> operational_services();

/// So many calls.
struct Rate {
  /// Above 0; a fraction for less than one a second.
  double per_second;
  /// How many may come at once, after a pause; at least 1. Without it: those of one second.
  std::optional<double> burst = std::nullopt;
};

struct RateLimitOptions {
  /// For each method by itself, unless `methods` names it. What nobody serves counts as one method.
  std::optional<Rate> each_method = std::nullopt;
  /// For single methods, by path: "/myservice.MyService/ListResources".
  std::map<std::string, Rate, std::less<>> methods = {};
  /// For each peer by itself, all methods together.
  std::optional<Rate> each_peer = std::nullopt;
  /// Who the peer of a call is; an empty answer: nobody who is limited. Called on the call's worker, on several at the
  /// same time. Null: the subject of the peer's certificate; without one its address without the port, and of an IPv6
  /// address the /64 network, which one peer has to itself. What goes beyond 256 bytes of it is ignored.
  std::function<std::string(const CallContext&)> peer_key = nullptr;
  /// Peers that are remembered; above it the one that has been quiet for longest is forgotten.
  std::size_t max_peers = 10'000;
  std::vector<std::string> exempt_services = operational_services();
  std::shared_ptr<Metrics> metrics = nullptr;
  std::shared_ptr<Logger> logger = nullptr;
};

/// Refuses calls above a rate, with token buckets: for each method, for each peer. A refused call ends with
/// RESOURCE_EXHAUSTED and a google.rpc.RetryInfo with the time until there is a token; grpc-retry-pushback-ms tells
/// the same to clients that retry (gRFC A6). Limits what a server takes in; around a client's calls it does nothing.
///
/// Counts refused calls in grpc_server_shed_total{reason, method}, reasons "method_rate" and "peer_rate", and logs
/// grpc_calls_shed{reason, method, count} at most once a second for each reason.
///
/// Built with a rate that is no rate (zero, negative, a bucket that takes more than a day to fill), it ends the program
/// with a sentence.
class RateLimitInterceptor final : public Interceptor {
 public:
  explicit RateLimitInterceptor(RateLimitOptions options);
  ~RateLimitInterceptor() override;
  RateLimitInterceptor(RateLimitInterceptor&&) noexcept;

  std::string_view name() const noexcept override { return "RateLimitInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

struct AdaptiveConcurrencyOptions {
  /// Unary calls that may run at once, whatever they take. At least 1.
  std::size_t min_limit = 4;
  std::size_t max_limit = 1000;
  /// The limit before anything is known.
  std::size_t initial_limit = 100;
  /// Calls may take so many times what they take without load before the limit shrinks. At least 1.
  double tolerance = 1.5;
  /// How much of each step is made, above 0 and up to 1: less is calmer, and slower.
  double smoothing = 0.2;
  /// How long latencies are gathered before the limit changes.
  Duration window = std::chrono::milliseconds(50);
  /// While calls are refused, what they take without load is measured anew so often, at `min_limit`; for services whose
  /// calls take long less often, so that it costs 2 % of the time at most.
  Duration remeasure_after = std::chrono::seconds(15);
  /// How long calls may regularly wait for their worker. When all calls of an interval have waited for longer, the
  /// worker is overloaded, and those that have waited for twice as long are refused.
  Duration target_wait = std::chrono::milliseconds(5);
  Duration wait_interval = std::chrono::milliseconds(100);
  /// What refused calls are told to wait, a fifth more or less, so that they do not come back together.
  Duration retry_after = std::chrono::seconds(1);
  /// Methods of one name share a limit. Asked once for each method, on a worker. Null: all share one, named "all".
  std::function<std::string(const Method&)> group = nullptr;
  std::vector<std::string> exempt_services = operational_services();
  std::shared_ptr<Metrics> metrics = nullptr;
  std::shared_ptr<Logger> logger = nullptr;
};

/// Refuses what a server has no time for, and finds out by itself how much that is. There are two queues in a server,
/// and it watches both:
///
/// - Behind the interceptor calls wait for offload threads, for databases, for other services. The more run at once
///   the longer each takes. The unary calls that run at once have a limit (a gradient limiter as in Netflix's
///   concurrency-limits): it grows by about its square root while calls take what they take without load, and shrinks
///   as they take longer, or end with DEADLINE_EXCEEDED. What streams last says nothing: they are not counted.
/// - In front of it calls wait for their worker, in the socket and in the loop. That is no matter of how many run, so
///   the wait itself is bounded (CoDel): of all kinds of calls, each worker by itself. A call whose deadline has passed
///   while it waited is refused, too.
///
/// A refused call ends with RESOURCE_EXHAUSTED, a google.rpc.RetryInfo and grpc-retry-pushback-ms. Around a client's
/// calls it does nothing. Stands best behind Error and Metrics and in front of what costs more.
///
/// Counts refused calls in grpc_server_shed_total{reason, method}, reasons "concurrency" and "wait", shows the limits
/// in grpc_server_concurrency_limit{group}, and logs grpc_calls_shed{reason, method, count} at most once a second for
/// each reason.
///
/// Built with options out of the bounds above, it ends the program with a sentence.
class AdaptiveConcurrencyInterceptor final : public Interceptor {
 public:
  explicit AdaptiveConcurrencyInterceptor(AdaptiveConcurrencyOptions options = {});
  ~AdaptiveConcurrencyInterceptor() override;
  AdaptiveConcurrencyInterceptor(AdaptiveConcurrencyInterceptor&&) noexcept;

  std::string_view name() const noexcept override { return "AdaptiveConcurrencyInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace plinth
