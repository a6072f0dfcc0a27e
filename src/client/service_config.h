#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "client/outlier_detector.h"
#include "client/retry_policy.h"
#include "plinth/deadline.h"
#include "plinth/status.h"

namespace plinth::client {

/// What the owner of a service wants for the calls of one method.
struct MethodConfig {
  /// For calls that do not say it themselves.
  std::optional<bool> wait_for_ready;
  /// The call's own may be shorter.
  std::optional<Duration> timeout;
  /// Of one message, not compressed. The channel's own limit may be lower.
  std::optional<std::uint32_t> max_request_message_bytes;
  std::optional<std::uint32_t> max_response_message_bytes;
  /// At most five attempts, whatever the text asks for.
  std::variant<std::monostate, RetryPolicy, HedgingPolicy> attempts;
};

/// gRFC A62.
struct PickFirstConfig {
  bool shuffle_address_list = false;
};

struct RoundRobinConfig {};

/// gRFC A48.
struct LeastRequestConfig {
  /// 2 to 10: a text that asks for more gets 10.
  std::uint32_t choice_count = 2;
};

struct LoadBalancingConfig;

/// gRFC A50.
struct OutlierDetectionConfig {
  OutlierDetection detection;
  /// Never null.
  std::shared_ptr<const LoadBalancingConfig> child_policy;
};

/// The first policy of the list that we have (gRFC A24).
struct LoadBalancingConfig {
  std::variant<PickFirstConfig, RoundRobinConfig, LeastRequestConfig, OutlierDetectionConfig> policy;
};

/// What the owner of a service wants of its clients (gRPC's service_config.md and service_config.proto).
class ServiceConfig {
 public:
  /// Reads one service config. Every mistake is INVALID_ARGUMENT, with one sentence that names the place, the value and
  /// what is allowed:
  ///
  ///     service config: methodConfig[0].retryPolicy.maxAttempts is 1: a whole number of at least 2 is needed
  ///
  /// Unknown fields are passed over, and null is the same as an absent field (gRFC A21 and protobuf's JSON). The text
  /// may come from DNS: it has at most 64 KiB and 32 levels, and no object has a field twice.
  static Result<ServiceConfig> parse(std::string_view json);

  /// What holds for "/package.Service/Method": what the config says for this method, else for its service, else for
  /// all; null when it says nothing. Lives as long as this object. Allocates nothing.
  const MethodConfig* find_method(std::string_view path) const noexcept;

  /// Nothing: the default one.
  const std::optional<RetryThrottling>& retry_throttling() const noexcept { return retry_throttling_; }
  /// Nothing: the channel's own.
  const std::optional<LoadBalancingConfig>& load_balancing() const noexcept { return load_balancing_; }
  /// The service whose health decides whether a backend is used; "" is the whole server. Nothing: it is not asked for.
  const std::optional<std::string>& health_check_service() const noexcept { return health_check_service_; }

 private:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::vector<MethodConfig> methods_;
  /// Indexes into methods_, by "/service/method", "/service/" and "".
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> by_name_;
  std::optional<RetryThrottling> retry_throttling_;
  std::optional<LoadBalancingConfig> load_balancing_;
  std::optional<std::string> health_check_service_;
};

}  // namespace plinth::client
