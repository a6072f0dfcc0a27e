#include "client/service_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <type_traits>
#include <utility>

namespace plinth::client {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxSize = 64 * 1024;
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxShown = 64;
constexpr std::uint32_t kMaxTokens = 1000;
constexpr std::uint32_t kMaxChoices = 10;
constexpr std::uint32_t kNoMax = std::numeric_limits<std::uint32_t>::max();

/// For messages: printable ASCII, cut when it is long.
std::string shown(const json& value) {
  auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxShown) text.replace(kMaxShown, std::string::npos, "...");
  return text;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) noexcept { return std::ranges::equal(a, b, {}, lower, lower); }

/// Digits alone; 0 when there are none.
std::optional<std::int64_t> read_digits(std::string_view digits) noexcept {
  std::int64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

/// What stands behind a decimal point.
std::optional<Duration> read_nanoseconds(std::string_view digits) noexcept {
  const auto number = read_digits(digits);
  if (!number) return std::nullopt;
  auto nanoseconds = *number;
  for (auto size = digits.size(); size < 9; ++size) nanoseconds *= 10;
  return Duration(nanoseconds);
}

/// "1.5s": a Duration of protobuf's JSON that is not below zero; also ".5s", which earlier texts of gRFC A6 have.
std::optional<Duration> read_duration(const json& value) {
  constexpr auto kMax = std::chrono::floor<std::chrono::seconds>(Duration::max());
  std::string_view text = value.is_string() ? value.get_ref<const std::string&>() : std::string_view();
  if (text.size() < 2 || !text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  if (whole.size() > 12 || fraction.empty() || fraction.size() > 9) return std::nullopt;
  const auto seconds = read_digits(whole);
  const auto nanoseconds = read_nanoseconds(fraction);
  if (!seconds || !nanoseconds) return std::nullopt;
  return *seconds < kMax.count() ? std::chrono::seconds(*seconds) + *nanoseconds : Duration::max();
}

std::optional<StatusCode> read_code(const json& value) {
  for (int number = 0; number <= static_cast<int>(StatusCode::kUnauthenticated); ++number) {
    const auto code = static_cast<StatusCode>(number);
    if (value.is_number() && value == number) return code;
    if (value.is_string() && same_word(value.get_ref<const std::string&>(), to_string(code))) return code;
  }
  return std::nullopt;
}

std::optional<double> read_number(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<double> read_whole(const json& value) {
  const auto number = read_number(value);
  return number && *number == std::floor(*number) ? number : std::nullopt;
}

/// A place in the document, and the value that stands there, if any; null is none. The first mistake that is found in
/// any place is kept.
class Place {
 public:
  Place(const json* value, std::string path, Status& mistake)
      : value_(value && !value->is_null() ? value : nullptr), path_(std::move(path)), mistake_(&mistake) {}

  bool has_value() const noexcept { return value_ != nullptr; }

  /// The same place, with the rule that it must have a value.
  Place required() const;

  Place operator[](const std::string& field) const;
  /// Those of a list; each must have a value.
  std::vector<Place> items() const;
  /// That of an object with one field, by its name; it must have a value.
  std::optional<std::pair<std::string, Place>> only_field() const;

  bool is_object() const { return object() != nullptr; }
  std::optional<bool> flag() const;
  std::optional<std::string> text() const;
  std::optional<StatusCode> code() const;
  std::optional<double> number_above_zero() const;
  /// Of a number; those above `cap` count as `cap`.
  std::optional<std::uint32_t> thousandths(std::uint32_t cap) const;
  std::optional<std::uint32_t> whole(std::uint32_t min, std::uint32_t max) const;
  /// Numbers above `cap` count as `cap`.
  std::optional<std::uint32_t> whole_capped(std::uint32_t min, std::uint32_t cap) const;
  std::optional<Duration> duration() const;
  std::optional<Duration> duration_above_zero() const;

  /// What stands here, or that nothing does, is a mistake. `rule` ends the sentence.
  void refuse(std::string_view rule) const;

 private:
  /// What `make` makes of the value. It is a mistake when that is nothing.
  template <class Make>
  auto read(std::string_view rule, Make make) const {
    using Made = std::invoke_result_t<Make, const json&>;
    auto made = value_ ? make(*value_) : Made();
    if (!made && (value_ || required_)) refuse(rule);
    return made;
  }
  const json* object() const;

  const json* value_;
  std::string path_;
  Status* mistake_;
  bool required_ = false;
};

void Place::refuse(std::string_view rule) const {
  if (!mistake_->ok()) return;
  const auto what = value_ ? "is " + shown(*value_) : "is missing";
  *mistake_ = invalid_argument("service config: {} {}: {}", path_.empty() ? "the text" : path_, what, rule);
}

Place Place::required() const {
  auto place = *this;
  place.required_ = true;
  return place;
}

const json* Place::object() const {
  return read("an object is needed", [](const json& value) { return value.is_object() ? &value : nullptr; });
}

Place Place::operator[](const std::string& field) const {
  auto path = path_.empty() ? field : fmt::format("{}.{}", path_, field);
  const auto* const fields = object();
  const auto* const value = fields && fields->contains(field) ? &fields->at(field) : nullptr;
  return {value, std::move(path), *mistake_};
}

std::vector<Place> Place::items() const {
  const auto* const list =
      read("a list is needed", [](const json& value) { return value.is_array() ? &value : nullptr; });
  std::vector<Place> items;
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    items.push_back(Place(&list->at(i), fmt::format("{}[{}]", path_, i), *mistake_).required());
  }
  return items;
}

std::optional<std::pair<std::string, Place>> Place::only_field() const {
  const auto* const object = read("an object with exactly one field is needed", [](const json& value) {
    return value.is_object() && value.size() == 1 ? &value : nullptr;
  });
  if (!object) return std::nullopt;
  const auto& name = object->begin().key();
  return std::pair(name, (*this)[name].required());
}

std::optional<bool> Place::flag() const {
  return read("true or false is needed",
              [](const json& value) { return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt; });
}

std::optional<std::string> Place::text() const {
  return read("a text is needed", [](const json& value) {
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
  });
}

std::optional<StatusCode> Place::code() const {
  return read(R"(a status code is needed, as "UNAVAILABLE" or 14)", read_code);
}

std::optional<double> Place::number_above_zero() const {
  return read("a number above 0 is needed", [](const json& value) {
    const auto number = read_number(value);
    return number && *number > 0 ? number : std::nullopt;
  });
}

std::optional<std::uint32_t> Place::thousandths(std::uint32_t cap) const {
  return read("a number of at least 0.001 is needed", [&](const json& value) {
    constexpr double kRounding = 1e-6;  // as a double, 1.001 is a little less
    const auto number = read_number(value);
    return number && *number >= 0.001 ? std::optional<std::uint32_t>(std::min<double>(*number, cap) * 1000 + kRounding)
                                      : std::nullopt;
  });
}

std::optional<std::uint32_t> Place::whole(std::uint32_t min, std::uint32_t max) const {
  return read(fmt::format("a whole number from {} to {} is needed", min, max), [&](const json& value) {
    const auto number = read_whole(value);
    return number && *number >= min && *number <= max ? std::optional<std::uint32_t>(*number) : std::nullopt;
  });
}

std::optional<std::uint32_t> Place::whole_capped(std::uint32_t min, std::uint32_t cap) const {
  return read(fmt::format("a whole number of at least {} is needed", min), [&](const json& value) {
    const auto number = read_whole(value);
    return number && *number >= min ? std::optional<std::uint32_t>(std::min<double>(*number, cap)) : std::nullopt;
  });
}

std::optional<Duration> Place::duration() const { return read(R"(a time as "1.5s" is needed)", read_duration); }

std::optional<Duration> Place::duration_above_zero() const {
  return read(R"(a time above 0 as "1.5s" is needed)", [](const json& value) {
    const auto duration = read_duration(value);
    return duration && *duration > Duration::zero() ? duration : std::nullopt;
  });
}

/// Absent fields leave the default.
template <class Target, class Field>
void assign(Target& target, const std::optional<Field>& field) {
  if (field) target = *field;
}

StatusCodeSet read_codes(const Place& list) {
  StatusCodeSet codes;
  for (const auto& item : list.items()) {
    if (const auto code = item.code()) codes.add(*code);
  }
  return codes;
}

RetryPolicy read_retry_policy(const Place& place) {
  RetryPolicy policy{};
  policy.backoff.jitter = kRetryJitter;
  assign(policy.max_attempts, place["maxAttempts"].required().whole_capped(2, kMaxConfiguredAttempts));
  assign(policy.backoff.initial, place["initialBackoff"].required().duration_above_zero());
  assign(policy.backoff.max, place["maxBackoff"].required().duration_above_zero());
  assign(policy.backoff.multiplier, place["backoffMultiplier"].required().number_above_zero());
  const auto codes = place["retryableStatusCodes"].required();
  policy.retryable_codes = read_codes(codes);
  if (policy.retryable_codes.empty()) codes.refuse("at least one status code is needed");
  return policy;
}

HedgingPolicy read_hedging_policy(const Place& place) {
  HedgingPolicy policy{};
  assign(policy.max_attempts, place["maxAttempts"].required().whole_capped(2, kMaxConfiguredAttempts));
  assign(policy.hedging_delay, place["hedgingDelay"].duration());
  policy.non_fatal_codes = read_codes(place["nonFatalStatusCodes"]);
  return policy;
}

MethodConfig read_method(const Place& place) {
  const auto retry = place["retryPolicy"], hedging = place["hedgingPolicy"];
  MethodConfig method;
  method.wait_for_ready = place["waitForReady"].flag();
  method.timeout = place["timeout"].duration();
  method.max_request_message_bytes = place["maxRequestMessageBytes"].whole(0, kNoMax);
  method.max_response_message_bytes = place["maxResponseMessageBytes"].whole(0, kNoMax);
  if (retry.has_value() && hedging.has_value()) hedging.refuse("beside a retryPolicy none is allowed");
  if (retry.has_value()) method.attempts = read_retry_policy(retry);
  if (hedging.has_value()) method.attempts = read_hedging_policy(hedging);
  return method;
}

/// "/service/method"; "/service/" for all of its methods, "" for all there are.
std::string read_name(const Place& place) {
  const auto service = place["service"].text().value_or(""), method = place["method"].text().value_or("");
  if (service.empty() && !method.empty()) place["service"].refuse("the service of the method is needed");
  return service.empty() ? "" : fmt::format("/{}/{}", service, method);
}

RetryThrottling read_throttling(const Place& place) {
  RetryThrottling throttling;
  assign(throttling.max_tokens, place["maxTokens"].required().whole(1, kMaxTokens));
  assign(throttling.token_ratio_thousandths, place["tokenRatio"].required().thousandths(kMaxTokens));
  return throttling;
}

std::optional<LoadBalancingConfig> read_policies(const Place& list);

using Policy = decltype(LoadBalancingConfig::policy);

Policy read_pick_first(const Place& place) {
  PickFirstConfig config;
  assign(config.shuffle_address_list, place["shuffleAddressList"].flag());
  return config;
}

Policy read_round_robin(const Place&) { return RoundRobinConfig(); }

Policy read_least_request(const Place& place) {
  LeastRequestConfig config;
  assign(config.choice_count, place["choiceCount"].whole_capped(2, kMaxChoices));
  return config;
}

OutlierDetection::SuccessRateEjection read_success_rate(const Place& place) {
  OutlierDetection::SuccessRateEjection ejection;
  assign(ejection.stdev_factor, place["stdevFactor"].whole(0, kNoMax));
  assign(ejection.enforcement_percentage, place["enforcementPercentage"].whole(0, 100));
  assign(ejection.minimum_hosts, place["minimumHosts"].whole(0, kNoMax));
  assign(ejection.request_volume, place["requestVolume"].whole(0, kNoMax));
  return ejection;
}

OutlierDetection::FailurePercentageEjection read_failures(const Place& place) {
  OutlierDetection::FailurePercentageEjection ejection;
  assign(ejection.threshold, place["threshold"].whole(0, 100));
  assign(ejection.enforcement_percentage, place["enforcementPercentage"].whole(0, 100));
  assign(ejection.minimum_hosts, place["minimumHosts"].whole(0, kNoMax));
  assign(ejection.request_volume, place["requestVolume"].whole(0, kNoMax));
  return ejection;
}

OutlierDetection read_detection(const Place& place) {
  const auto success_rate = place["successRateEjection"], failure_percentage = place["failurePercentageEjection"];
  OutlierDetection detection;
  assign(detection.interval, place["interval"].duration());
  assign(detection.base_ejection_time, place["baseEjectionTime"].duration());
  assign(detection.max_ejection_time, place["maxEjectionTime"].duration());
  assign(detection.max_ejection_percent, place["maxEjectionPercent"].whole(0, 100));
  if (success_rate.has_value()) detection.success_rate_ejection = read_success_rate(success_rate);
  if (failure_percentage.has_value()) detection.failure_percentage_ejection = read_failures(failure_percentage);
  return detection;
}

Policy read_outlier_detection(const Place& place) {
  const auto children = place["childPolicy"].required();
  OutlierDetectionConfig config{.detection = read_detection(place), .child_policy = nullptr};
  const auto child = read_policies(children);
  if (child) config.child_policy = std::make_shared<const LoadBalancingConfig>(*child);
  if (!child) children.refuse("at least one policy is needed");
  return config;
}

struct KnownPolicy {
  std::string_view name;
  Policy (*read)(const Place& config);
};

constexpr std::array<KnownPolicy, 4> kPolicies = {{{"pick_first", read_pick_first},
                                                   {"round_robin", read_round_robin},
                                                   {"least_request_experimental", read_least_request},
                                                   {"outlier_detection_experimental", read_outlier_detection}}};
/// Those that need no config.
constexpr auto kPoliciesByName = std::span(kPolicies).first<3>();

std::string names_of(std::span<const KnownPolicy> policies) {
  std::vector<std::string_view> names;
  for (const auto& policy : policies) names.push_back(policy.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<LoadBalancingConfig> read_policies(const Place& list) {
  const auto entries = list.items();
  for (const auto& entry : entries) {
    const auto field = entry.only_field();
    if (!field) return std::nullopt;
    const auto& [name, config] = *field;
    const auto* const known = std::ranges::find(kPolicies, name, &KnownPolicy::name);
    if (known == kPolicies.end()) continue;
    if (!config.is_object()) return std::nullopt;
    return LoadBalancingConfig{known->read(config)};
  }
  if (!entries.empty()) list.refuse(fmt::format("one of {} is needed", names_of(kPolicies)));
  return std::nullopt;
}

/// The older field, which has a name only.
std::optional<LoadBalancingConfig> read_policy_name(const Place& place) {
  const auto name = place.text();
  if (!name) return std::nullopt;
  const auto known = std::ranges::find_if(kPoliciesByName, [&](auto& policy) { return same_word(policy.name, *name); });
  if (known == kPoliciesByName.end()) {
    place.refuse(fmt::format("one of {} is needed", names_of(kPoliciesByName)));
    return std::nullopt;
  }
  Status no_mistake;
  return LoadBalancingConfig{known->read(Place(nullptr, "", no_mistake))};
}

/// Watches a document while it is parsed, for what makes it useless whatever its fields mean.
class Watch {
 public:
  const Status& mistake() const noexcept { return mistake_; }

  /// Says whether to keep what was parsed: after a mistake, nothing.
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    using enum json::parse_event_t;
    if (!mistake_.ok()) return false;
    if (event == object_start || event == array_start) enter(depth);
    if (event == object_start) names_.emplace_back();
    if (event == object_end) names_.pop_back();
    if (event == key) see_name(parsed);
    return mistake_.ok();
  }

 private:
  void enter(int depth) {
    if (depth < kMaxDepth) return;
    mistake_ = invalid_argument("service config: the text has more than {} levels: fewer are needed", kMaxDepth);
  }

  void see_name(const json& name) {
    if (names_.back().insert(name).second) return;
    mistake_ = invalid_argument("service config: an object has the field {} twice: once is allowed", shown(name));
  }

  Status mistake_;
  /// Of the fields of each object that is open.
  std::vector<std::set<json>> names_;
};

std::unexpected<Status> no_json(std::size_t byte) {
  return std::unexpected(invalid_argument("service config: the text is wrong at byte {}: JSON is needed", byte));
}

Result<json> parse_document(std::string_view text) {
  if (text.size() > kMaxSize) {
    return std::unexpected(
        invalid_argument("service config: the text has {} bytes: at most {} are allowed", text.size(), kMaxSize));
  }
  // The parser would take it for the end of the text.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) return no_json(nul + 1);
  Watch watch;
  try {
    auto document = json::parse(text, std::ref(watch));
    if (watch.mistake().ok()) return document;
    return std::unexpected(watch.mistake());
  } catch (const json::parse_error& error) {
    return no_json(error.byte);
  } catch (const json::exception&) {
    return std::unexpected(invalid_argument("service config: the text has a number that no double can hold"));
  }
}

}  // namespace

Result<ServiceConfig> ServiceConfig::parse(std::string_view text) {
  const auto document = parse_document(text);
  if (!document) return std::unexpected(document.error());
  Status mistake;
  const auto root = Place(&*document, "", mistake).required();
  ServiceConfig config;
  for (const auto& method : root["methodConfig"].items()) {
    for (const auto& name : method["name"].items()) {
      const bool is_new = config.by_name_.emplace(read_name(name), config.methods_.size()).second;
      if (!is_new) name.refuse("a name is allowed only once");
    }
    config.methods_.push_back(read_method(method));
  }
  const auto throttling = root["retryThrottling"];
  if (throttling.has_value()) config.retry_throttling_ = read_throttling(throttling);
  config.load_balancing_ = read_policies(root["loadBalancingConfig"]);
  if (!config.load_balancing_) config.load_balancing_ = read_policy_name(root["loadBalancingPolicy"]);
  config.health_check_service_ = root["healthCheckConfig"]["serviceName"].text();
  if (!mistake.ok()) return std::unexpected(std::move(mistake));
  return config;
}

const MethodConfig* ServiceConfig::find_method(std::string_view path) const noexcept {
  if (methods_.empty()) return nullptr;
  const std::string_view service = path.substr(0, path.rfind('/') + 1);
  for (const auto name : {path, service, std::string_view()}) {
    if (const auto found = by_name_.find(name); found != by_name_.end()) return &methods_[found->second];
  }
  return nullptr;
}

}  // namespace plinth::client
