// What a service config may not say, and the sentence that says so.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "client/service_config.h"

namespace plinth::client {
namespace {

/// The sentence, without its beginning; what is said when there is no mistake is none.
std::string mistake_of(std::string_view json) {
  constexpr std::string_view kBeginning = "service config: ";
  const auto config = ServiceConfig::parse(json);
  if (config) return "no mistake was found";
  EXPECT_EQ(config.error().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(config.error().message().starts_with(kBeginning)) << config.error().message();
  return config.error().message().substr(kBeginning.size());
}

std::string mistake_of_method(std::string_view fields) {
  return mistake_of(fmt::format(R"({{"methodConfig": [{{"name": [{{"service": "s"}}], {}}}]}})", fields));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

struct WrongValue {
  /// With {} where the value goes.
  std::string json;
  std::string path;
  std::string allowed;
  std::vector<std::string> values;
};

const std::string kRetry = R"({{"methodConfig": [{{"name": [{{"service": "s"}}], "retryPolicy": {{"maxAttempts": 2,
    "initialBackoff": "1s", "maxBackoff": "1s", "backoffMultiplier": 1, "retryableStatusCodes": [14]}}}}]}})";

/// A good retry policy, but for one field.
std::string retry_with(std::string_view field) {
  auto json = kRetry;
  const auto begin = json.find(':', json.find(field)) + 2;
  const auto end = json[begin] == '[' ? json.find(']', begin) + 1 : json.find_first_of(",}", begin);
  return json.replace(begin, end - begin, "{}");
}

const std::string kThrottling = R"({{"retryThrottling": {{"maxTokens": {}, "tokenRatio": 1}}}})";
const std::string kRatio = R"({{"retryThrottling": {{"maxTokens": 1, "tokenRatio": {}}}}})";
const std::string kOutliers = R"({{"loadBalancingConfig": [{{"outlier_detection_experimental":
    {{"childPolicy": [{{"round_robin": {{}}}}], PLACE}}}}]}})";

std::string method_with(std::string_view field) {
  return fmt::format(R"({{{{"methodConfig": [{{{{"name": [{{{{"service": "s"}}}}], "{}": {{}}}}}}]}}}})", field);
}

std::string outliers_with(std::string_view field) {
  auto json = kOutliers;
  return json.replace(json.find("PLACE"), 5, fmt::format("\"{}\": {{}}", field));
}

std::string outliers_with(std::string_view group, std::string_view field) {
  auto json = kOutliers;
  return json.replace(json.find("PLACE"), 5, fmt::format(R"("{}": {{{{"{}": {{}}}}}})", group, field));
}

const std::string kOutlierPath = "loadBalancingConfig[0].outlier_detection_experimental.";
const std::string kAnyWhole = "a whole number from 0 to 4294967295 is needed";
const std::string kPercent = "a whole number from 0 to 100 is needed";
const std::string kTime = R"(a time as "1.5s" is needed)";
const std::string kTimeAboveZero = R"(a time above 0 as "1.5s" is needed)";
const std::string kCode = R"(a status code is needed, as "UNAVAILABLE" or 14)";

const std::vector<std::string> kNoWhole = {"-1",   "1.5", "4294967296", "1e300",  "\"1\"",
                                           "true", "[1]", "{}",         "-1e300", "99999999999999999999"};
const std::vector<std::string> kNoPercent = {"-1", "0.5", "101", "\"50\"", "false"};
const std::vector<std::string> kNoTime = {"1",
                                          "1.5",
                                          "true",
                                          R"("")",
                                          R"("s")",
                                          R"(".s")",
                                          R"("1")",
                                          R"("1.s")",
                                          R"("-1s")",
                                          R"("+1s")",
                                          R"("1 s")",
                                          R"("1S")",
                                          R"("1ms")",
                                          R"("1m")",
                                          R"("1e3s")",
                                          R"("1,5s")",
                                          R"("1..5s")",
                                          R"("1.2.3s")",
                                          R"("0x1s")",
                                          R"(" 1s")",
                                          R"("1s ")",
                                          R"("1.0000000001s")",
                                          R"("1000000000000s")",
                                          R"("1.-5s")"};
const std::vector<std::string> kNoFlag = {"0", "1", "\"true\"", "[]", "{}"};
const std::vector<std::string> kNoText = {"0", "true", "[]", "{}"};
const std::vector<std::string> kNoCode = {"-1",   "17",  "14.5", R"("")", R"("UNAVAILABL")", R"("UNAVAILABLE ")",
                                          "true", "[14]"};
const std::vector<std::string> kNoObject = {"0", "true", "[]", R"("x")"};

const std::vector<WrongValue> kWrongValues = {
    {method_with("waitForReady"), "methodConfig[0].waitForReady", "true or false is needed", kNoFlag},
    {method_with("timeout"), "methodConfig[0].timeout", kTime, kNoTime},
    {method_with("maxRequestMessageBytes"), "methodConfig[0].maxRequestMessageBytes", kAnyWhole, kNoWhole},
    {method_with("maxResponseMessageBytes"), "methodConfig[0].maxResponseMessageBytes", kAnyWhole, kNoWhole},
    {method_with("retryPolicy"), "methodConfig[0].retryPolicy", "an object is needed", kNoObject},
    {method_with("hedgingPolicy"), "methodConfig[0].hedgingPolicy", "an object is needed", kNoObject},
    {R"({{"methodConfig": {}}})", "methodConfig", "a list is needed", {"0", "true", "{}", R"("x")"}},
    {R"({{"methodConfig": [{{}}, {}]}})", "methodConfig[1]", "an object is needed", kNoObject},
    {R"({{"methodConfig": [{{"name": {}}}]}})",
     "methodConfig[0].name",
     "a list is needed",
     {"0", "true", "{}", R"("x")"}},
    {R"({{"methodConfig": [{{"name": [{{}}, {}]}}]}})", "methodConfig[0].name[1]", "an object is needed", kNoObject},
    {R"({{"methodConfig": [{{"name": [{{"service": {}}}]}}]}})", "methodConfig[0].name[0].service", "a text is needed",
     kNoText},
    {R"({{"methodConfig": [{{"name": [{{"service": "s", "method": {}}}]}}]}})", "methodConfig[0].name[0].method",
     "a text is needed", kNoText},
    {retry_with("maxAttempts"),
     "methodConfig[0].retryPolicy.maxAttempts",
     "a whole number of at least 2 is needed",
     {"1", "0", "-1", "2.5", "\"3\"", "true", "-1e300"}},
    {retry_with("initialBackoff"), "methodConfig[0].retryPolicy.initialBackoff", kTimeAboveZero, kNoTime},
    {retry_with("initialBackoff"), "methodConfig[0].retryPolicy.initialBackoff", kTimeAboveZero, {R"("0s")"}},
    {retry_with("maxBackoff"), "methodConfig[0].retryPolicy.maxBackoff", kTimeAboveZero, {R"("0s")", R"("0.0s")", "1"}},
    {retry_with("backoffMultiplier"),
     "methodConfig[0].retryPolicy.backoffMultiplier",
     "a number above 0 is needed",
     {"0", "-1", "-0.0", "\"1\"", "true"}},
    {retry_with("retryableStatusCodes"),
     "methodConfig[0].retryPolicy.retryableStatusCodes",
     "a list is needed",
     {"14", R"("UNAVAILABLE")", "{}"}},
    {retry_with("retryableStatusCodes"),
     "methodConfig[0].retryPolicy.retryableStatusCodes",
     "at least one status code is needed",
     {"[]"}},
    {R"({{"methodConfig": [{{"hedgingPolicy": {{"maxAttempts": {}}}}}]}})",
     "methodConfig[0].hedgingPolicy.maxAttempts",
     "a whole number of at least 2 is needed",
     {"1", "true"}},
    {R"({{"methodConfig": [{{"hedgingPolicy": {{"maxAttempts": 2, "hedgingDelay": {}}}}}]}})",
     "methodConfig[0].hedgingPolicy.hedgingDelay", kTime, kNoTime},
    {R"({{"methodConfig": [{{"hedgingPolicy": {{"maxAttempts": 2, "nonFatalStatusCodes": [1, {}]}}}}]}})",
     "methodConfig[0].hedgingPolicy.nonFatalStatusCodes[1]", kCode, kNoCode},
    {R"({{"retryThrottling": {}}})", "retryThrottling", "an object is needed", kNoObject},
    {kThrottling,
     "retryThrottling.maxTokens",
     "a whole number from 1 to 1000 is needed",
     {"0", "-1", "1001", "1.5", "\"1\""}},
    {kRatio,
     "retryThrottling.tokenRatio",
     "a number of at least 0.001 is needed",
     {"0", "-0.1", "0.0009", "\"0.1\"", "-1e300"}},
    {R"({{"healthCheckConfig": {}}})", "healthCheckConfig", "an object is needed", kNoObject},
    {R"({{"healthCheckConfig": {{"serviceName": {}}}}})", "healthCheckConfig.serviceName", "a text is needed", kNoText},
    {R"({{"loadBalancingPolicy": {}}})", "loadBalancingPolicy", "a text is needed", kNoText},
    {R"({{"loadBalancingPolicy": {}}})",
     "loadBalancingPolicy",
     "one of pick_first, round_robin, least_request_experimental is needed",
     {R"("")", R"("grpclb")", R"("outlier_detection_experimental")"}},
    {R"({{"loadBalancingConfig": {}}})", "loadBalancingConfig", "a list is needed", {"0", "{}", R"("round_robin")"}},
    {R"({{"loadBalancingConfig": {}}})",
     "loadBalancingConfig",
     "one of pick_first, round_robin, least_request_experimental, outlier_detection_experimental is needed",
     {R"([{"grpclb":{}}])", R"([{"ROUND_ROBIN":{}}])", R"([{"":{}}])"}},
    {R"({{"loadBalancingConfig": [{}]}})",
     "loadBalancingConfig[0]",
     "an object with exactly one field is needed",
     {"{}", "7", R"("round_robin")", R"({"pick_first":{},"round_robin":{}})"}},
    {R"({{"loadBalancingConfig": [{{"round_robin": {}}}]}})", "loadBalancingConfig[0].round_robin",
     "an object is needed", kNoObject},
    {R"({{"loadBalancingConfig": [{{"pick_first": {{"shuffleAddressList": {}}}}}]}})",
     "loadBalancingConfig[0].pick_first.shuffleAddressList", "true or false is needed", kNoFlag},
    {R"({{"loadBalancingConfig": [{{"least_request_experimental": {{"choiceCount": {}}}}}]}})",
     "loadBalancingConfig[0].least_request_experimental.choiceCount",
     "a whole number of at least 2 is needed",
     {"1", "0", "-1", "2.5", "\"2\""}},
    {outliers_with("interval"), kOutlierPath + "interval", kTime, kNoTime},
    {outliers_with("baseEjectionTime"), kOutlierPath + "baseEjectionTime", kTime, kNoTime},
    {outliers_with("maxEjectionTime"), kOutlierPath + "maxEjectionTime", kTime, kNoTime},
    {outliers_with("maxEjectionPercent"), kOutlierPath + "maxEjectionPercent", kPercent, kNoPercent},
    {outliers_with("successRateEjection"), kOutlierPath + "successRateEjection", "an object is needed", kNoObject},
    {outliers_with("successRateEjection", "stdevFactor"), kOutlierPath + "successRateEjection.stdevFactor", kAnyWhole,
     kNoWhole},
    {outliers_with("successRateEjection", "enforcementPercentage"),
     kOutlierPath + "successRateEjection.enforcementPercentage", kPercent, kNoPercent},
    {outliers_with("successRateEjection", "minimumHosts"), kOutlierPath + "successRateEjection.minimumHosts", kAnyWhole,
     kNoWhole},
    {outliers_with("successRateEjection", "requestVolume"), kOutlierPath + "successRateEjection.requestVolume",
     kAnyWhole, kNoWhole},
    {outliers_with("failurePercentageEjection"), kOutlierPath + "failurePercentageEjection", "an object is needed",
     kNoObject},
    {outliers_with("failurePercentageEjection", "threshold"), kOutlierPath + "failurePercentageEjection.threshold",
     kPercent, kNoPercent},
    {outliers_with("failurePercentageEjection", "enforcementPercentage"),
     kOutlierPath + "failurePercentageEjection.enforcementPercentage", kPercent, kNoPercent},
    {outliers_with("failurePercentageEjection", "minimumHosts"),
     kOutlierPath + "failurePercentageEjection.minimumHosts", kAnyWhole, kNoWhole},
    {outliers_with("failurePercentageEjection", "requestVolume"),
     kOutlierPath + "failurePercentageEjection.requestVolume", kAnyWhole, kNoWhole},
    {R"({{"loadBalancingConfig": [{{"outlier_detection_experimental": {{"childPolicy": {}}}}}]}})",
     kOutlierPath + "childPolicy",
     "at least one policy is needed",
     {"[]"}},
};

TEST(ServiceConfigErrors, EveryWrongValueIsNamedWithItsPlaceAndWhatIsAllowed) {
  for (const auto& [json, path, allowed, values] : kWrongValues) {
    for (const auto& value : values) {
      const auto text = fmt::format(fmt::runtime(json), value);
      const auto mistake = mistake_of(text);
      EXPECT_TRUE(mistake.starts_with(path + " is ") && mistake.ends_with(": " + allowed))
          << text << "\n  " << mistake << "\n  expected: " << path << " is " << value << ": " << allowed;
    }
  }
}

TEST(ServiceConfigErrors, TheSentenceIsWhole) {
  EXPECT_EQ(ServiceConfig::parse(fmt::format(fmt::runtime(retry_with("maxAttempts")), 1)).error(),
            invalid_argument("service config: methodConfig[0].retryPolicy.maxAttempts is 1: "
                             "a whole number of at least 2 is needed"));
}

TEST(ServiceConfigErrors, WhatIsNeededMustBeThere) {
  for (const std::string field :
       {"maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier", "retryableStatusCodes"}) {
    const auto mistake = mistake_of(fmt::format(fmt::runtime(retry_with(field)), "null"));
    EXPECT_TRUE(mistake.starts_with("methodConfig[0].retryPolicy." + field + " is missing: ")) << mistake;
  }
  EXPECT_EQ(mistake_of_method(R"("retryPolicy": {})"),
            "methodConfig[0].retryPolicy.maxAttempts is missing: a whole number of at least 2 is needed");
  EXPECT_EQ(mistake_of_method(R"("hedgingPolicy": {"hedgingDelay": "1s"})"),
            "methodConfig[0].hedgingPolicy.maxAttempts is missing: a whole number of at least 2 is needed");
  EXPECT_EQ(mistake_of(R"({"retryThrottling": {"tokenRatio": 1}})"),
            "retryThrottling.maxTokens is missing: a whole number from 1 to 1000 is needed");
  EXPECT_EQ(mistake_of(R"({"retryThrottling": {"maxTokens": 1}})"),
            "retryThrottling.tokenRatio is missing: a number of at least 0.001 is needed");
  EXPECT_EQ(mistake_of(R"({"loadBalancingConfig": [{"outlier_detection_experimental": {}}]})"),
            kOutlierPath + "childPolicy is missing: a list is needed");
}

TEST(ServiceConfigErrors, NullIsNoItemOfAList) {
  EXPECT_EQ(mistake_of(R"({"methodConfig": [null]})"), "methodConfig[0] is missing: an object is needed");
  EXPECT_EQ(mistake_of(R"({"methodConfig": [{"name": [null]}]})"),
            "methodConfig[0].name[0] is missing: an object is needed");
  EXPECT_EQ(mistake_of(R"({"loadBalancingConfig": [{"round_robin": null}]})"),
            "loadBalancingConfig[0].round_robin is missing: an object is needed");
  EXPECT_EQ(mistake_of_method(R"("hedgingPolicy": {"maxAttempts": 2, "nonFatalStatusCodes": [null]})"),
            "methodConfig[0].hedgingPolicy.nonFatalStatusCodes[0] is missing: " + kCode);
}

TEST(ServiceConfigErrors, AMethodRetriesOrHedges) {
  EXPECT_EQ(mistake_of_method(R"("retryPolicy": {}, "hedgingPolicy": {})"),
            "methodConfig[0].hedgingPolicy is {}: beside a retryPolicy none is allowed");
}

TEST(ServiceConfigErrors, AMethodHasAService) {
  EXPECT_EQ(mistake_of(R"({"methodConfig": [{"name": [{"method": "m"}]}]})"),
            "methodConfig[0].name[0].service is missing: the service of the method is needed");
  EXPECT_EQ(mistake_of(R"({"methodConfig": [{"name": [{"service": "", "method": "m"}]}]})"),
            R"(methodConfig[0].name[0].service is "": the service of the method is needed)");
}

TEST(ServiceConfigErrors, ANameMayComeOnce) {
  EXPECT_EQ(mistake_of(R"({"methodConfig": [{"name": [{"service": "s"}, {"service": "s"}]}]})"),
            R"(methodConfig[0].name[1] is {"service":"s"}: a name is allowed only once)");
  for (const auto& [first, second] :
       {std::pair{R"({"service": "s", "method": "m"})", R"({"service": "s", "method": "m"})"},
        {R"({"service": "s"})", R"({"service": "s", "method": ""})"},
        {R"({"service": "s", "method": null})", R"({"service": "s"})"},
        {"{}", R"({"service": ""})"}}) {
    const auto json = fmt::format(R"({{"methodConfig": [{{"name": [{}]}}, {{"name": [{}]}}]}})", first, second);
    const auto mistake = mistake_of(json);
    EXPECT_TRUE(mistake.starts_with("methodConfig[1].name[0] is ")) << json << "\n" << mistake;
    EXPECT_TRUE(mistake.ends_with(": a name is allowed only once")) << mistake;
  }
}

TEST(ServiceConfigErrors, TheFirstMistakeIsNamed) {
  EXPECT_EQ(mistake_of(R"({"methodConfig": [{"timeout": 1}, {"timeout": 2}], "retryThrottling": 3})"),
            "methodConfig[0].timeout is 1: " + kTime);
}

TEST(ServiceConfigErrors, AConfigIsAnObject) {
  EXPECT_EQ(mistake_of("[]"), "the text is []: an object is needed");
  EXPECT_EQ(mistake_of("7"), "the text is 7: an object is needed");
  EXPECT_EQ(mistake_of(R"("x")"), R"(the text is "x": an object is needed)");
}

TEST(ServiceConfigErrors, ATextIsJson) {
  for (const std::string text : {"",
                                 " ",
                                 "{",
                                 "}",
                                 "{]",
                                 "{}{}",
                                 "{},",
                                 "{'a': 1}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "[1,]",
                                 "// x\n{}",
                                 "{\"a\": 01}",
                                 "{\"a\": NaN}",
                                 "{\"a\": \"\xff\"}",
                                 "{\"a\": \"\\ud800\"}",
                                 "{\"a\": \"\n\"}",
                                 "tru",
                                 "\xef\xbb"}) {
    const auto mistake = mistake_of(text);
    EXPECT_TRUE(mistake.starts_with("the text is wrong at byte ")) << text << "\n" << mistake;
    EXPECT_TRUE(mistake.ends_with(": JSON is needed")) << mistake;
  }
  EXPECT_EQ(mistake_of(std::string_view("{}\0{", 4)), "the text is wrong at byte 3: JSON is needed");
  EXPECT_EQ(mistake_of(R"({"a": 1 2})"), "the text is wrong at byte 9: JSON is needed");
}

TEST(ServiceConfigErrors, ANumberHasALimit) {
  EXPECT_EQ(mistake_of(R"({"a": 1e999})"), "the text has a number that no double can hold");
}

TEST(ServiceConfigErrors, AFieldMayComeOnce) {
  EXPECT_EQ(mistake_of(R"({"a": 1, "a": 1})"), R"(an object has the field "a" twice: once is allowed)");
  EXPECT_EQ(mistake_of(R"({"x": [{"a": {}, "b": [{"a": 1}], "a": {}}]})"),
            R"(an object has the field "a" twice: once is allowed)");
  EXPECT_TRUE(ServiceConfig::parse(R"({"x": {"a": 1}, "a": {"x": 1, "a": [{"a": 1}, {"a": 1}]}})").has_value());
}

TEST(ServiceConfigErrors, ATextHasALargestSize) {
  const auto config_of = [](std::size_t size) { return "{}" + std::string(size - 2, ' '); };
  EXPECT_TRUE(ServiceConfig::parse(config_of(65536)).has_value());
  EXPECT_EQ(mistake_of(config_of(65537)), "the text has 65537 bytes: at most 65536 are allowed");
}

TEST(ServiceConfigErrors, ATextHasADeepestLevel) {
  const auto nested = [](std::string_view open, std::string_view close, std::size_t levels) {
    return fmt::format(R"({{"x": {}1{}}})", repeated(open, levels - 1), repeated(close, levels - 1));
  };
  EXPECT_TRUE(ServiceConfig::parse(nested("[", "]", 32)).has_value());
  EXPECT_TRUE(ServiceConfig::parse(nested(R"({"a":)", "}", 32)).has_value());
  const std::string mistake = "the text has more than 32 levels: fewer are needed";
  EXPECT_EQ(mistake_of(nested("[", "]", 33)), mistake);
  EXPECT_EQ(mistake_of(nested(R"({"a":)", "}", 33)), mistake);
  EXPECT_EQ(mistake_of(nested("[", "]", 30'000)), mistake);
  EXPECT_EQ(mistake_of(nested(R"({"a":)", "}", 9'000)), mistake);
  EXPECT_TRUE(mistake_of(repeated("[", 60'000)).starts_with("the text is wrong at byte "));
}

TEST(ServiceConfigErrors, ALongValueIsCut) {
  const auto mistake = mistake_of_method(fmt::format(R"("timeout": "{}")", std::string(60'000, 'x')));
  EXPECT_EQ(mistake, fmt::format("methodConfig[0].timeout is \"{}...: {}", std::string(63, 'x'), kTime));
}

TEST(ServiceConfigErrors, AWrongValueIsShownPrintable) {
  EXPECT_EQ(mistake_of_method(R"("timeout": "\u0000\u001b[31m\u00e9")"),
            R"(methodConfig[0].timeout is "\u0000\u001b[31m\u00e9": )" + kTime);
  const auto mistake = mistake_of("{\"\xc3\xa9\\n\": 1, \"\xc3\xa9\\n\": 2}");
  EXPECT_EQ(mistake, R"(an object has the field "\u00e9\n" twice: once is allowed)");
}

TEST(ServiceConfigErrors, ManyNamesAreNoTrouble) {
  std::string names;
  for (int i = 0; i < 3000; ++i) names += fmt::format(R"({{"service": "s{}"}},)", i);
  names.pop_back();
  const auto config = ServiceConfig::parse(fmt::format(R"({{"methodConfig": [{{"name": [{}]}}]}})", names));
  ASSERT_TRUE(config.has_value()) << config.error().to_string();
  EXPECT_NE(config->find_method("/s2999/m"), nullptr);
}

}  // namespace
}  // namespace plinth::client
