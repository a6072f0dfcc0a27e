#include <map>
#include <memory>
#include <random>
#include <utility>

#include "base/assert.h"
#include "interceptors/codel.h"
#include "interceptors/exempt.h"
#include "interceptors/gradient_limit.h"
#include "interceptors/loop_wait.h"
#include "interceptors/pointer_map.h"
#include "interceptors/shedding.h"
#include "plinth/limits.h"
#include "plinth/server_context.h"

namespace plinth {

using interceptors::Codel;
using interceptors::GradientLimit;
using interceptors::LoopWait;
using interceptors::PointerMap;
using interceptors::Shedding;

namespace {

constexpr double kRetryJitter = 0.2;

/// The one in front of a worker.
struct Queue {
  explicit Queue(const AdaptiveConcurrencyOptions& options) : codel(options.target_wait, options.wait_interval) {}

  /// Whether a call that starts now comes too late.
  bool refuses(Worker& worker, Deadline deadline) {
    const auto now = worker.exact_now();
    return codel.refuses(wait->measure(worker, now), now) || deadline.expired(now);
  }

  std::shared_ptr<LoopWait> wait = std::make_shared<LoopWait>();
  Codel codel;
  std::minstd_rand random{std::random_device()()};
};

Task<Status> measured(Next next, GradientLimit::Place place) {
  const auto& worker = *Worker::current();
  const auto began = worker.now();
  auto rest = next();
  auto status = co_await std::move(rest);
  const bool late = status.code() == StatusCode::kDeadlineExceeded;
  if (status.ok() || late) place.done(worker.now() - began, late, worker.now());
  co_return status;
}

}  // namespace

struct AdaptiveConcurrencyInterceptor::Parts {
  /// What one method has; those that nobody serves have one together.
  struct MethodLimit {
    bool exempt;
    /// Null: any number may run at once.
    GradientLimit* limit;
    Counter* concurrency_sheds;
    Counter* wait_sheds;
  };

  explicit Parts(AdaptiveConcurrencyOptions given)
      : options(std::move(given)),
        concurrency_shedding("concurrency", options.metrics, options.logger),
        wait_shedding("wait", options.metrics, options.logger),
        unregistered{false, nullptr, concurrency_shedding.counter("other"), wait_shedding.counter("other")} {
    PLINTH_ASSERT(options.target_wait > Duration::zero() && options.wait_interval > options.target_wait,
                  "the wait that is aimed at is shorter than the interval in which it is looked for");
    PLINTH_ASSERT(options.retry_after > Duration::zero(), "refused calls are told to wait for some time");
    if (!options.group) group("all");
  }

  MethodLimit limit_of(const Method& method) {
    const bool streams = method.client_streams() || method.server_streams();
    const bool exempt = interceptors::is_exempt(method, options.exempt_services);
    return {exempt, streams || exempt ? nullptr : &group(options.group ? options.group(method) : "all"),
            concurrency_shedding.counter(method.path), wait_shedding.counter(method.path)};
  }

  GradientLimit& group(const std::string& name) {
    auto& found = groups[name];
    if (!found) found = std::make_unique<GradientLimit>(options, gauge(name));
    return *found;
  }

  Gauge* gauge(const std::string& group) const {
    if (!options.metrics) return nullptr;
    return &options.metrics->gauge("grpc_server_concurrency_limit", "Unary calls that may run at once.",
                                   {{"group", group}});
  }

  Task<Status> refuse(Shedding& shedding, CallContext& call, Counter* counter, const char* message, Queue& queue) {
    std::uniform_real_distribution<double> spread(1 - kRetryJitter, 1 + kRetryJitter);
    const std::chrono::duration<double, std::nano> delay = options.retry_after * spread(queue.random);
    return interceptors::ended_with(
        shedding.refuse(call, counter, message, std::chrono::duration_cast<Duration>(delay)));
  }

  AdaptiveConcurrencyOptions options;
  Shedding concurrency_shedding;
  Shedding wait_shedding;
  MethodLimit unregistered;
  /// Changed by `methods` alone, which makes one limit at a time.
  std::map<std::string, std::unique_ptr<GradientLimit>> groups;
  PointerMap<Method, MethodLimit> methods{[this](const Method& method) { return limit_of(method); }};
  PointerMap<Worker, Queue> queues{[this](const Worker&) { return Queue(options); }};
};

AdaptiveConcurrencyInterceptor::AdaptiveConcurrencyInterceptor(AdaptiveConcurrencyOptions options)
    : parts_(std::make_unique<Parts>(std::move(options))) {}
AdaptiveConcurrencyInterceptor::~AdaptiveConcurrencyInterceptor() = default;
AdaptiveConcurrencyInterceptor::AdaptiveConcurrencyInterceptor(AdaptiveConcurrencyInterceptor&&) noexcept = default;

Task<Status> AdaptiveConcurrencyInterceptor::intercept(CallContext& call, Next next) {
  if (!call.as_server()) return next();
  auto& method = call.method().registered ? parts_->methods[call.method()] : parts_->unregistered;
  if (method.exempt) return next();
  auto& worker = *Worker::current();
  auto& queue = parts_->queues[worker];
  if (queue.refuses(worker, call.deadline())) {
    return parts_->refuse(parts_->wait_shedding, call, method.wait_sheds, "the server is overloaded", queue);
  }
  if (!method.limit) return next();
  auto place = method.limit->try_enter(worker.now());
  if (place) return measured(next, std::move(place));
  return parts_->refuse(parts_->concurrency_shedding, call, method.concurrency_sheds, "the server is overloaded",
                        queue);
}

}  // namespace plinth
