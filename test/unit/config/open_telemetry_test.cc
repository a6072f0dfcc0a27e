#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plinth/settings.h"

namespace plinth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Environment = std::vector<std::pair<std::string, std::string>>;

Settings settings_of(Environment environment) {
  return Settings::read({.environment = std::move(environment), .dotenv = ""}).value();
}
ObservabilitySettings observability_of(Environment environment) {
  return settings_of(std::move(environment)).observability;
}

TEST(OpenTelemetryVariables, HaveTheirDefaults) {
  const auto settings = observability_of({});
  EXPECT_EQ(settings.service_name, "unknown_service");
  EXPECT_EQ(settings.otlp_endpoint, "");
  EXPECT_THAT(settings.otlp_headers, IsEmpty());
  EXPECT_EQ(settings.otlp_timeout, std::chrono::seconds(10));
  EXPECT_THAT(settings.resource_attributes, IsEmpty());
  EXPECT_TRUE(settings.export_traces);
  EXPECT_FALSE(settings.tracing_disabled);
  EXPECT_EQ(settings.trace_sampler, TraceSampler::kParentOrAlwaysOn);
  EXPECT_EQ(settings.trace_ratio, 1.0);
}

TEST(OpenTelemetryVariables, TakeEffect) {
  const auto settings = observability_of({{"OTEL_SERVICE_NAME", "orders"},
                                          {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, tenant = x"},
                                          {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
                                          {"OTEL_RESOURCE_ATTRIBUTES", "zone=eu-1,team=pay%2Cments"},
                                          {"OTEL_TRACES_EXPORTER", "none"},
                                          {"OTEL_SDK_DISABLED", "true"},
                                          {"OTEL_TRACES_SAMPLER", "traceidratio"},
                                          {"OTEL_TRACES_SAMPLER_ARG", "0.25"}});
  EXPECT_EQ(settings.service_name, "orders");
  EXPECT_EQ(settings.otlp_endpoint, "http://collector:4317");
  EXPECT_THAT(settings.otlp_headers, ElementsAre(Pair("api-key", "a b"), Pair("tenant", "x")));
  EXPECT_EQ(settings.otlp_timeout, std::chrono::milliseconds(2500));
  EXPECT_THAT(settings.resource_attributes, ElementsAre(Pair("zone", "eu-1"), Pair("team", "pay,ments")));
  EXPECT_FALSE(settings.export_traces);
  EXPECT_TRUE(settings.tracing_disabled);
  EXPECT_EQ(settings.trace_sampler, TraceSampler::kRatio);
  EXPECT_EQ(settings.trace_ratio, 0.25);
}

TEST(OpenTelemetryVariables, OfTracesWinOverThoseOfAllSignals) {
  const auto settings = observability_of({{"OTEL_EXPORTER_OTLP_HEADERS", "for=all"},
                                          {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "for=traces"},
                                          {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
                                          {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2"}});
  EXPECT_THAT(settings.otlp_headers, ElementsAre(Pair("for", "traces")));
  EXPECT_EQ(settings.otlp_timeout, std::chrono::milliseconds(2));
}

TEST(OpenTelemetryVariables, NameEverySampler) {
  const std::pair<std::string, TraceSampler> samplers[] = {
      {"always_on", TraceSampler::kAlwaysOn},
      {"always_off", TraceSampler::kAlwaysOff},
      {"traceidratio", TraceSampler::kRatio},
      {"parentbased_always_on", TraceSampler::kParentOrAlwaysOn},
      {"parentbased_always_off", TraceSampler::kParentOrAlwaysOff},
      {"parentbased_traceidratio", TraceSampler::kParentOrRatio},
  };
  for (const auto& [name, sampler] : samplers) {
    EXPECT_EQ(observability_of({{"OTEL_TRACES_SAMPLER", name}}).trace_sampler, sampler) << name;
  }
}

TEST(OpenTelemetryVariables, GiveWayToOurs) {
  const auto settings = observability_of({{"OBSERVABILITY__SERVICE_NAME", "ours"},
                                          {"OTEL_SERVICE_NAME", "theirs"},
                                          {"OBSERVABILITY__OTLP_ENDPOINT", "http://ours:1"},
                                          {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://theirs:1"},
                                          {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1"}});
  EXPECT_EQ(settings.service_name, "ours");
  EXPECT_EQ(settings.otlp_endpoint, "http://ours:1");
}

TEST(OpenTelemetryVariables, TheOneForTracesWinsOverTheOneForAll) {
  EXPECT_EQ(observability_of({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1"},
                              {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:1"}})
                .otlp_endpoint,
            "http://traces:1");
}

TEST(OpenTelemetryVariables, NameTheServiceAmongItsAttributes) {
  const auto settings = observability_of({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=orders,zone=eu"}});
  EXPECT_EQ(settings.service_name, "orders");
  EXPECT_THAT(settings.resource_attributes, ElementsAre(Pair("zone", "eu")));
  EXPECT_EQ(observability_of({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=orders"}, {"OTEL_SERVICE_NAME", "wins"}})
                .service_name,
            "wins");
}

TEST(OpenTelemetryVariables, ThatAreEmptyAreNotSet) {
  const auto settings = settings_of({{"OTEL_SERVICE_NAME", ""}, {"OTEL_TRACES_SAMPLER", ""}});
  EXPECT_EQ(settings.observability.service_name, "unknown_service");
  EXPECT_THAT(settings.warnings, IsEmpty());
}

TEST(OpenTelemetryVariables, ThatCannotBeReadArePassedOverWithAWarning) {
  const auto settings = settings_of({{"OTEL_TRACES_SAMPLER", "xray"}, {"OTEL_EXPORTER_OTLP_HEADERS", "secret"}});
  EXPECT_EQ(settings.observability.trace_sampler, TraceSampler::kParentOrAlwaysOn);
  EXPECT_THAT(settings.observability.otlp_headers, IsEmpty());
  EXPECT_THAT(settings.warnings,
              ElementsAre("OTEL_EXPORTER_OTLP_HEADERS: (hidden) is not allowed; expected key=value,key=value; it is "
                          "passed over",
                          "OTEL_TRACES_SAMPLER: \"xray\" is not allowed; expected one of always_on, always_off, "
                          "traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio; it "
                          "is passed over"));
}

}  // namespace
}  // namespace plinth
