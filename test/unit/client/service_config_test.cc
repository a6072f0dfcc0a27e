#include "client/service_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using enum StatusCode;

ServiceConfig parsed(std::string_view json) {
  auto config = ServiceConfig::parse(json);
  EXPECT_TRUE(config.has_value()) << config.error().to_string();
  return config ? *std::move(config) : ServiceConfig();
}

/// What a config of one service says for its calls.
MethodConfig method(std::string_view fields) {
  const auto config = parsed(fmt::format(R"({{"methodConfig": [{{"name": [{{"service": "s"}}], {}}}]}})", fields));
  const auto* found = config.find_method("/s/m");
  EXPECT_NE(found, nullptr);
  return found ? *found : MethodConfig();
}

RetryPolicy retry(std::string_view fields) {
  return std::get<RetryPolicy>(method(fmt::format(R"("retryPolicy": {{{}}})", fields)).attempts);
}

HedgingPolicy hedging(std::string_view fields) {
  return std::get<HedgingPolicy>(method(fmt::format(R"("hedgingPolicy": {{{}}})", fields)).attempts);
}

template <class Config>
Config load_balancing(std::string_view policies) {
  const auto config = parsed(fmt::format(R"({{"loadBalancingConfig": [{}]}})", policies)).load_balancing();
  EXPECT_TRUE(config.has_value() && std::holds_alternative<Config>(config->policy)) << policies;
  return config ? std::get<Config>(config->policy) : Config();
}

OutlierDetection detection(std::string_view fields) {
  const auto* const policy = R"({{"outlier_detection_experimental": {{"childPolicy": [{{"round_robin": {{}}}}]{}}}}})";
  return load_balancing<OutlierDetectionConfig>(fmt::format(fmt::runtime(policy), fields)).detection;
}

constexpr std::string_view kNames = R"({"methodConfig": [
    {"name": [{}], "timeout": "1s"},
    {"name": [{"service": "a.S"}, {"service": "a.T", "method": ""}], "timeout": "2s"},
    {"name": [{"service": "a.S", "method": "M"}, {"service": "a.U", "method": "M"}], "timeout": "3s"},
    {"name": [], "timeout": "4s"},
    {"timeout": "5s"}]})";

TEST(ServiceConfig, NothingIsAConfig) {
  for (const char* json : {"{}", " {\n} ", R"({"methodConfig": []})", R"({"methodConfig": null})",
                           R"({"loadBalancingConfig": []})", R"({"retryThrottling": null})"}) {
    const auto config = parsed(json);
    EXPECT_EQ(config.find_method("/s/m"), nullptr) << json;
    EXPECT_FALSE(config.retry_throttling().has_value()) << json;
    EXPECT_FALSE(config.load_balancing().has_value()) << json;
    EXPECT_FALSE(config.health_check_service().has_value()) << json;
  }
}

TEST(ServiceConfig, UnknownFieldsArePassedOver) {
  parsed(R"({"new": {"timeout": 7}, "methodConfig": [{"name": [{"service": "s", "new": 1}], "new": []}]})");
  parsed(R"({"retryThrottling": {"maxTokens": 1, "tokenRatio": 1, "new": true}, "loadBalancingConfig":
             [{"round_robin": {"new": 1}}], "healthCheckConfig": {"new": null}})");
}

TEST(ServiceConfig, TheMostSpecificNameWins) {
  const auto config = parsed(kNames);
  const auto timeout = [&](std::string_view path) { return config.find_method(path)->timeout; };
  EXPECT_EQ(timeout("/a.S/M"), 3s);
  EXPECT_EQ(timeout("/a.U/M"), 3s);
  EXPECT_EQ(timeout("/a.S/Other"), 2s);
  EXPECT_EQ(timeout("/a.T/M"), 2s);
  EXPECT_EQ(timeout("/a.U/Other"), 1s);
  EXPECT_EQ(timeout("/b.S/M"), 1s);
  EXPECT_EQ(timeout("/a.S/m"), 2s) << "names have case";
  EXPECT_EQ(timeout("/a/S/M"), 1s);
  EXPECT_EQ(timeout(""), 1s);
  EXPECT_EQ(timeout("/"), 1s);
  EXPECT_EQ(timeout("nonsense"), 1s);
}

TEST(ServiceConfig, WithoutADefaultSomeMethodsHaveNone) {
  const auto config = parsed(R"({"methodConfig": [{"name": [{"service": "s", "method": "m"}]}]})");
  EXPECT_NE(config.find_method("/s/m"), nullptr);
  for (const char* path : {"/s/n", "/t/m", "/s/", "/s", "s/m", "", "/", "//"}) {
    EXPECT_EQ(config.find_method(path), nullptr) << path;
  }
}

TEST(ServiceConfig, AMovedConfigStillFindsItsMethods) {
  auto config = parsed(kNames);
  const auto moved = std::move(config);
  EXPECT_EQ(moved.find_method("/a.S/M")->timeout, 3s);
}

TEST(ServiceConfig, ReadsWhatAMethodMayHave) {
  const auto config = method(R"("waitForReady": true, "timeout": "1.5s", "maxRequestMessageBytes": 0,
                                "maxResponseMessageBytes": 4294967295)");
  EXPECT_EQ(config.wait_for_ready, true);
  EXPECT_EQ(config.timeout, 1500ms);
  EXPECT_EQ(config.max_request_message_bytes, 0u);
  EXPECT_EQ(config.max_response_message_bytes, 4294967295u);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(config.attempts));
}

TEST(ServiceConfig, WhatAMethodDoesNotSayIsLeftOpen) {
  for (const char* fields : {R"("other": 1)", R"("waitForReady": null, "timeout": null, "maxRequestMessageBytes": null,
                            "maxResponseMessageBytes": null, "retryPolicy": null, "hedgingPolicy": null)"}) {
    const auto config = method(fields);
    EXPECT_FALSE(config.wait_for_ready || config.timeout) << fields;
    EXPECT_FALSE(config.max_request_message_bytes || config.max_response_message_bytes) << fields;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(config.attempts)) << fields;
  }
  EXPECT_EQ(method(R"("waitForReady": false)").wait_for_ready, false);
}

TEST(ServiceConfig, ReadsTimes) {
  const std::vector<std::pair<const char*, Duration>> times = {
      {"0s", 0s},
      {"1s", 1s},
      {"0.5s", 500ms},
      {".5s", 500ms},
      {"1.000000001s", 1s + 1ns},
      {"0.000000001s", 1ns},
      {"001s", 1s},
      {"3.100s", 3100ms},
      {"9223372035s", 9223372035s},
      {"9223372036s", Duration::max()},
      {"9223372036.854775807s", Duration::max()},
      {"315576000000s", Duration::max()},
  };
  for (const auto& [text, time] : times)
    EXPECT_EQ(method(fmt::format(R"("timeout": "{}")", text)).timeout, time) << text;
}

TEST(ServiceConfig, AWholeNumberMayHaveAPoint) {
  EXPECT_EQ(method(R"("maxRequestMessageBytes": 1e3)").max_request_message_bytes, 1000u);
  EXPECT_EQ(method(R"("maxRequestMessageBytes": 5.0)").max_request_message_bytes, 5u);
  EXPECT_EQ(method(R"("maxRequestMessageBytes": -0.0)").max_request_message_bytes, 0u);
}

TEST(ServiceConfig, ReadsARetryPolicy) {
  const auto policy = retry(R"("maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2.5,
                               "retryableStatusCodes": ["UNAVAILABLE", "aborted", 8, 13.0])");
  EXPECT_EQ(policy.max_attempts, 4u);
  EXPECT_EQ(policy.backoff.initial, 100ms);
  EXPECT_EQ(policy.backoff.max, 1s);
  EXPECT_EQ(policy.backoff.multiplier, 2.5);
  EXPECT_EQ(policy.backoff.jitter, 0.2);
  EXPECT_EQ(policy.retryable_codes, (StatusCodeSet{kUnavailable, kAborted, kResourceExhausted, kInternal}));
}

TEST(ServiceConfig, AttemptsHaveALimit) {
  for (const auto& [asked, given] : {std::pair{"2", 2u}, {"5", 5u}, {"6", 5u}, {"4294967296", 5u}, {"1e300", 5u}}) {
    EXPECT_EQ(retry(fmt::format(R"("maxAttempts": {}, "initialBackoff": "1s", "maxBackoff": "1s",
                                   "backoffMultiplier": 1, "retryableStatusCodes": [14])",
                                asked))
                  .max_attempts,
              given)
        << asked;
    EXPECT_EQ(hedging(fmt::format(R"("maxAttempts": {})", asked)).max_attempts, given) << asked;
  }
}

TEST(ServiceConfig, ReadsAHedgingPolicy) {
  const auto policy = hedging(R"("maxAttempts": 3, "hedgingDelay": "0.5s", "nonFatalStatusCodes": ["UNAVAILABLE"])");
  EXPECT_EQ(policy.max_attempts, 3u);
  EXPECT_EQ(policy.hedging_delay, 500ms);
  EXPECT_EQ(policy.non_fatal_codes, StatusCodeSet{kUnavailable});
}

TEST(ServiceConfig, HedgesGoAtOnceUnlessItSaysOtherwise) {
  const auto policy = hedging(R"("maxAttempts": 2)");
  EXPECT_EQ(policy.hedging_delay, 0s);
  EXPECT_TRUE(policy.non_fatal_codes.empty());
}

TEST(ServiceConfig, KnowsEveryStatusCode) {
  for (int number = 0; number <= 16; ++number) {
    const auto code = static_cast<StatusCode>(number);
    const auto by_name = hedging(fmt::format(R"("maxAttempts": 2, "nonFatalStatusCodes": ["{}"])", to_string(code)));
    const auto by_number = hedging(fmt::format(R"("maxAttempts": 2, "nonFatalStatusCodes": [{}])", number));
    EXPECT_EQ(by_name.non_fatal_codes, StatusCodeSet{code});
    EXPECT_EQ(by_number.non_fatal_codes, StatusCodeSet{code});
  }
}

TEST(ServiceConfig, ReadsRetryThrottling) {
  const auto throttling = parsed(R"({"retryThrottling": {"maxTokens": 1000, "tokenRatio": 0.1}})").retry_throttling();
  ASSERT_TRUE(throttling.has_value());
  EXPECT_EQ(throttling->max_tokens, 1000u);
  EXPECT_EQ(throttling->token_ratio_thousandths, 100u);
}

TEST(ServiceConfig, ATokenRatioHasThreeDecimals) {
  for (const auto& [text, thousandths] :
       {std::pair{"0.5466", 546u}, {"0.001", 1u}, {"0.0019", 1u}, {"1.001", 1001u}, {"0.29", 290u}, {"1", 1000u}}) {
    const auto json = fmt::format(R"({{"retryThrottling": {{"maxTokens": 10, "tokenRatio": {}}}}})", text);
    EXPECT_EQ(parsed(json).retry_throttling()->token_ratio_thousandths, thousandths) << text;
  }
}

TEST(ServiceConfig, ATokenRatioNeedsNoMoreThanAFullBucket) {
  const auto config = parsed(R"({"retryThrottling": {"maxTokens": 10, "tokenRatio": 1e300}})");
  EXPECT_EQ(config.retry_throttling()->token_ratio_thousandths, 1'000'000u);
}

TEST(ServiceConfig, ReadsTheServiceOfTheHealthCheck) {
  EXPECT_EQ(parsed(R"({"healthCheckConfig": {"serviceName": "s"}})").health_check_service(), "s");
  EXPECT_EQ(parsed(R"({"healthCheckConfig": {"serviceName": ""}})").health_check_service(), "");
  EXPECT_EQ(parsed(R"({"healthCheckConfig": {}})").health_check_service(), std::nullopt);
}

TEST(ServiceConfig, ReadsPickFirst) {
  EXPECT_FALSE(load_balancing<PickFirstConfig>(R"({"pick_first": {}})").shuffle_address_list);
  EXPECT_TRUE(load_balancing<PickFirstConfig>(R"({"pick_first": {"shuffleAddressList": true}})").shuffle_address_list);
}

TEST(ServiceConfig, ReadsRoundRobin) { load_balancing<RoundRobinConfig>(R"({"round_robin": {}})"); }

TEST(ServiceConfig, ReadsLeastRequest) {
  const auto count = [](std::string_view fields) {
    return load_balancing<LeastRequestConfig>(fmt::format(R"({{"least_request_experimental": {{{}}}}})", fields))
        .choice_count;
  };
  EXPECT_EQ(count(""), 2u);
  EXPECT_EQ(count(R"("choiceCount": 2)"), 2u);
  EXPECT_EQ(count(R"("choiceCount": 10)"), 10u);
  EXPECT_EQ(count(R"("choiceCount": 11)"), 10u);
}

TEST(ServiceConfig, TheFirstPolicyThatWeHaveIsTaken) {
  load_balancing<RoundRobinConfig>(R"({"xds": 5}, {"grpclb": {"x": 1}}, {"round_robin": {}}, {"pick_first": {}})");
  load_balancing<RoundRobinConfig>(R"({"round_robin": {}}, {"pick_first": "not looked at"}, 7)");
}

TEST(ServiceConfig, ReadsOutlierDetection) {
  const auto all = detection(R"(, "interval": "1s", "baseEjectionTime": "2s", "maxEjectionTime": "3s",
      "maxEjectionPercent": 40,
      "successRateEjection": {"stdevFactor": 5, "enforcementPercentage": 6, "minimumHosts": 7, "requestVolume": 8},
      "failurePercentageEjection": {"threshold": 9, "enforcementPercentage": 10, "minimumHosts": 11,
                                    "requestVolume": 12})");
  EXPECT_EQ(all.interval, 1s);
  EXPECT_EQ(all.base_ejection_time, 2s);
  EXPECT_EQ(all.max_ejection_time, 3s);
  EXPECT_EQ(all.max_ejection_percent, 40u);
  ASSERT_TRUE(all.success_rate_ejection && all.failure_percentage_ejection);
  EXPECT_EQ(all.success_rate_ejection->stdev_factor, 5u);
  EXPECT_EQ(all.success_rate_ejection->enforcement_percentage, 6u);
  EXPECT_EQ(all.success_rate_ejection->minimum_hosts, 7u);
  EXPECT_EQ(all.success_rate_ejection->request_volume, 8u);
  EXPECT_EQ(all.failure_percentage_ejection->threshold, 9u);
  EXPECT_EQ(all.failure_percentage_ejection->enforcement_percentage, 10u);
  EXPECT_EQ(all.failure_percentage_ejection->minimum_hosts, 11u);
  EXPECT_EQ(all.failure_percentage_ejection->request_volume, 12u);
}

TEST(ServiceConfig, OutlierDetectionHasDefaults) {
  const auto defaults = detection("");
  EXPECT_EQ(defaults.interval, 10s);
  EXPECT_EQ(defaults.base_ejection_time, 30s);
  EXPECT_EQ(defaults.max_ejection_time, 300s);
  EXPECT_EQ(defaults.max_ejection_percent, 10u);
  EXPECT_FALSE(defaults.success_rate_ejection || defaults.failure_percentage_ejection);

  const auto empty = detection(R"(, "successRateEjection": {}, "failurePercentageEjection": {})");
  ASSERT_TRUE(empty.success_rate_ejection && empty.failure_percentage_ejection);
  EXPECT_EQ(empty.success_rate_ejection->stdev_factor, 1900u);
  EXPECT_EQ(empty.success_rate_ejection->request_volume, 100u);
  EXPECT_EQ(empty.failure_percentage_ejection->threshold, 85u);
  EXPECT_EQ(empty.failure_percentage_ejection->request_volume, 50u);
}

TEST(ServiceConfig, OutlierDetectionHasAChild) {
  const auto config = load_balancing<OutlierDetectionConfig>(
      R"({"outlier_detection_experimental": {"childPolicy": [{"least_request_experimental": {"choiceCount": 3}}]}})");
  ASSERT_NE(config.child_policy, nullptr);
  EXPECT_EQ(std::get<LeastRequestConfig>(config.child_policy->policy).choice_count, 3u);
}

TEST(ServiceConfig, AnOldConfigNamesItsPolicy) {
  const auto is_round_robin = [](const ServiceConfig& config) {
    return config.load_balancing() && std::holds_alternative<RoundRobinConfig>(config.load_balancing()->policy);
  };
  EXPECT_TRUE(is_round_robin(parsed(R"({"loadBalancingPolicy": "round_robin"})")));
  EXPECT_TRUE(is_round_robin(parsed(R"({"loadBalancingPolicy": "ROUND_ROBIN"})")));
  EXPECT_TRUE(
      is_round_robin(parsed(R"({"loadBalancingPolicy": "grpclb", "loadBalancingConfig": [{"round_robin": {}}]})")))
      << "the newer field counts";
  const auto least = parsed(R"({"loadBalancingPolicy": "least_request_experimental"})").load_balancing();
  EXPECT_EQ(std::get<LeastRequestConfig>(least->policy).choice_count, 2u);
}

}  // namespace
}  // namespace plinth::client
