#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "plinth/settings.h"

namespace plinth {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The values in force, by name.
std::map<std::string, std::string, std::less<>> in_force(const Environment& environment) {
  const auto settings = Settings::read({.environment = environment, .dotenv = ""});
  if (!settings) throw std::invalid_argument(settings.error());
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& setting : settings->in_force()) values.emplace(setting.name, setting.value);
  return values;
}

TEST(InForce, IsTheDefaultForWhatNobodyHasSet) {
  const auto values = in_force({});
  const auto descriptions = Settings::describe();
  EXPECT_EQ(values.size(), descriptions.size());
  for (const auto& setting : descriptions) EXPECT_EQ(values.at(std::string(setting.name)), setting.default_value);
}

TEST(InForce, IsWhatHasBeenSet) {
  const Environment environment = {{"GRPC__SERVER__PORT", "1"},
                                   {"GRPC__SERVER__MAX_WORKERS", "3"},
                                   {"GRPC__SERVER__SHUTDOWN_GRACE", "0.5"},
                                   {"GRPC__SERVER__MAX_CONNECTION_AGE_MS", "250"},
                                   {"GRPC__CLIENT__ENABLE_RETRY", "false"},
                                   {"GRPC__CLIENT__LB_POLICY", "round_robin"},
                                   {"OBSERVABILITY__LOG_LEVEL", "debug"},
                                   {"OTEL_RESOURCE_ATTRIBUTES", "a=1,b=x y"},
                                   {"SECURITY__ISSUER", "somebody"}};
  const auto values = in_force(environment);
  for (const auto& [name, value] : environment) EXPECT_EQ(values.at(name), value) << name;
}

TEST(InForce, DoesNotShowSecrets) {
  const std::string secret = "0123456789 0123456789 0123456789";
  const auto values = in_force({{"SECURITY__SECRET_KEY", secret},
                                {"OTEL_EXPORTER_OTLP_HEADERS", "key=" + secret},
                                {"OBSERVABILITY__OTLP_ENDPOINT", "http://user:" + secret.substr(0, 10) + "@host:4317"},
                                {"SECURITY__JWKS_URL", "https://issuer.example/@path"}});
  EXPECT_EQ(values.at("SECURITY__SECRET_KEY"), "(hidden)");
  EXPECT_EQ(values.at("OTEL_EXPORTER_OTLP_HEADERS"), "(hidden)");
  EXPECT_EQ(values.at("OBSERVABILITY__OTLP_ENDPOINT"), "http://(hidden)@host:4317");
  EXPECT_EQ(values.at("SECURITY__JWKS_URL"), "https://issuer.example/@path") << "what is no credential stays";
}

}  // namespace
}  // namespace plinth
