#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "interceptors/exempt.h"
#include "interceptors/peer_buckets.h"
#include "interceptors/peer_key.h"
#include "interceptors/pointer_map.h"
#include "interceptors/shedding.h"
#include "interceptors/token_bucket.h"
#include "plinth/limits.h"
#include "plinth/server_context.h"

namespace plinth {

using interceptors::BucketShape;
using interceptors::is_exempt;
using interceptors::kLongestPeerKey;
using interceptors::peer_key;
using interceptors::PeerBuckets;
using interceptors::PeerKeySpace;
using interceptors::PointerMap;
using interceptors::Shedding;
using interceptors::TokenBucket;

struct RateLimitInterceptor::Parts {
  /// What one method has; those that nobody serves have one together.
  struct MethodLimit {
    MethodLimit(const Parts& parts, std::string_view path, bool exempt, std::optional<Rate> rate)
        : exempt(exempt),
          method_sheds(parts.method_shedding.counter(path)),
          peer_sheds(parts.peer_shedding.counter(path)) {
      if (rate) shape.emplace(*rate);
    }
    Duration take(TimePoint now) noexcept { return shape ? bucket.take(*shape, now) : Duration::zero(); }

    bool exempt;
    std::optional<BucketShape> shape;
    TokenBucket bucket;
    Counter* method_sheds;
    Counter* peer_sheds;
  };

  explicit Parts(RateLimitOptions given)
      : options(std::move(given)),
        method_shedding("method_rate", options.metrics, options.logger),
        peer_shedding("peer_rate", options.metrics, options.logger),
        unregistered(*this, "other", false, options.each_method) {
    for (const auto& [path, rate] : options.methods) BucketShape{rate};  // one that is none ends the program now
    if (options.each_peer) peers.emplace(*options.each_peer, options.max_peers);
  }

  std::unique_ptr<MethodLimit> limit_of(const Method& method) const {
    const auto found = options.methods.find(method.path);
    return std::make_unique<MethodLimit>(*this, method.path, is_exempt(method, options.exempt_services),
                                         found == options.methods.end() ? options.each_method : found->second);
  }

  Status admit(CallContext& call) {
    auto& limit = call.method().registered ? *methods[call.method()] : unregistered;
    if (limit.exempt) return Status();
    const auto now = Worker::current()->now();
    if (!peers) return admit_to_method(call, limit, now);
    PeerKeySpace space;
    const auto given = options.peer_key ? std::optional(options.peer_key(call)) : std::nullopt;
    const auto key = given ? std::string_view(*given).substr(0, kLongestPeerKey) : peer_key(call.peer(), space);
    return admit_peer(call, limit, key, now);
  }

  /// Peers first: one that asks for too much does not use up what others may ask of the method.
  Status admit_peer(CallContext& call, MethodLimit& limit, std::string_view key, TimePoint now) {
    if (key.empty()) return admit_to_method(call, limit, now);
    if (const auto wait = peers->take(key, now); wait > Duration::zero()) {
      return peer_shedding.refuse(call, limit.peer_sheds, "too many calls from this peer", wait);
    }
    auto status = admit_to_method(call, limit, now);
    if (!status.ok()) peers->give_back(key);
    return status;
  }

  Status admit_to_method(CallContext& call, MethodLimit& limit, TimePoint now) {
    const auto wait = limit.take(now);
    if (wait == Duration::zero()) return Status();
    return method_shedding.refuse(call, limit.method_sheds, "too many calls of this method", wait);
  }

  RateLimitOptions options;
  Shedding method_shedding;
  Shedding peer_shedding;
  MethodLimit unregistered;
  PointerMap<Method, std::unique_ptr<MethodLimit>> methods{[this](const Method& method) { return limit_of(method); }};
  std::optional<PeerBuckets> peers;
};

RateLimitInterceptor::RateLimitInterceptor(RateLimitOptions options)
    : parts_(std::make_unique<Parts>(std::move(options))) {}
RateLimitInterceptor::~RateLimitInterceptor() = default;
RateLimitInterceptor::RateLimitInterceptor(RateLimitInterceptor&&) noexcept = default;

Task<Status> RateLimitInterceptor::intercept(CallContext& call, Next next) {
  if (!call.as_server()) return next();
  auto status = parts_->admit(call);
  return status.ok() ? next() : interceptors::ended_with(std::move(status));
}

}  // namespace plinth
