#include "plinth/settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace plinth {
namespace {

using std::chrono::milliseconds;

/// What one variable does, from beginning to end.
struct VariableCase {
  std::string name;
  /// The member that it fills, as text.
  std::function<std::string(const Settings&)> member;
  /// What the member holds when the variable is not set.
  std::string default_value;
  /// Values, and what the member holds then.
  std::vector<std::pair<std::string, std::string>> good;
  std::vector<std::string> bad;
  /// What the error says is expected.
  std::string allowed;
};

void PrintTo(const VariableCase& variable, std::ostream* out) { *out << variable.name; }

std::string text(bool value) { return value ? "true" : "false"; }
std::string text(std::size_t value) { return fmt::format("{}", value); }
std::string text(std::uint16_t value) { return fmt::format("{}", value); }
std::string text(double value) { return fmt::format("{}", value); }
std::string text(const std::string& value) { return value; }
std::string text(milliseconds value) { return fmt::format("{}ms", value.count()); }
std::string text(Duration value) { return fmt::format("{}ns", value.count()); }
std::string text(std::optional<milliseconds> value) { return value ? text(*value) : "off"; }
std::string text(LogLevel value) { return std::string(to_string(value)); }
std::string text(LogFormat value) { return value == LogFormat::kJson ? "json" : "console"; }
std::string text(LbPolicy value) { return fmt::format("policy {}", static_cast<int>(value)); }

#define MEMBER(path) [](const Settings& settings) { return text(settings.path); }

const std::string kFlagAllowed = "true or false (or 1/0, yes/no, on/off)";
const std::vector<std::string> kBadFlags = {"", "2", "tru", "true ", " true", "truefalse"};
const std::vector<std::string> kBadNumbers = {
    "", "x", "-1", "+1", "1x", " 1", "1 ", "1.0", "0x1", "1e3", "99999999999999999999", "nan"};
const std::vector<std::string> kBadSeconds = {"",    "x",   "-1",  "-0",   "+1",  "1s",         " 1",
                                              "1e3", "inf", "nan", "-inf", "0x1", "1000000001", "1,5"};
const std::string kSecondsFrom = "seconds: a number from 0, up to 1000000000";
const std::string kSecondsAbove = "seconds: a number above 0, up to 1000000000";
const std::string kUrlOrNone = "http://host... or https://host...; empty for none";
const std::string kSecret32(32, 's');

std::string milliseconds_from(int min) {
  return fmt::format("milliseconds: a whole number from {} to 1000000000000", min);
}

std::vector<std::string> operator+(std::vector<std::string> values, std::vector<std::string> more) {
  values.insert(values.end(), more.begin(), more.end());
  return values;
}

VariableCase flag_case(std::string name, std::function<std::string(const Settings&)> member,
                       std::string default_value = "true") {
  return {std::move(name),
          std::move(member),
          std::move(default_value),
          {{"true", "true"},
           {"TRUE", "true"},
           {"1", "true"},
           {"yes", "true"},
           {"On", "true"},
           {"false", "false"},
           {"False", "false"},
           {"0", "false"},
           {"NO", "false"},
           {"off", "false"}},
          kBadFlags,
          kFlagAllowed};
}

VariableCase path_case(std::string name, std::function<std::string(const Settings&)> member) {
  return {std::move(name),
          std::move(member),
          "",
          {{"", ""}, {"/etc/tls/a file.pem", "/etc/tls/a file.pem"}},
          {"a\nb", "a\x01"},
          "the path of a file; empty for none"};
}

std::vector<VariableCase> server_cases() {
  return {
      flag_case("GRPC__SERVER__ENABLED", MEMBER(grpc.server.enabled)),
      {"GRPC__SERVER__HOST",
       MEMBER(grpc.server.host),
       "0.0.0.0",
       {{"127.0.0.1", "127.0.0.1"}, {"::", "::"}, {"my.host", "my.host"}, {"unix:/run/a.sock", "unix:/run/a.sock"}},
       {"", "a\nb"},
       "an IP address, a name, or unix:/path"},
      {"GRPC__SERVER__PORT",
       MEMBER(grpc.server.port),
       "50051",
       {{"0", "0"}, {"8080", "8080"}, {"65535", "65535"}},
       kBadNumbers + std::vector<std::string>{"65536", "70000", "auto"},
       "a whole number from 0 to 65535"},
      {"GRPC__SERVER__MAX_WORKERS",
       MEMBER(grpc.server.max_workers),
       "0",
       {{"1", "1"}, {"1024", "1024"}},
       kBadNumbers + std::vector<std::string>{"0", "1025"},
       "a whole number from 1 to 1024"},
      {"GRPC__SERVER__MAX_CONCURRENT_RPCS",
       MEMBER(grpc.server.max_concurrent_rpcs),
       "0",
       {{"0", "0"}, {"1", "1"}, {"1000000", "1000000"}},
       kBadNumbers + std::vector<std::string>{"1000001"},
       "a whole number from 0 to 1000000"},
      flag_case("GRPC__SERVER__REFLECTION_ENABLED", MEMBER(grpc.server.reflection_enabled)),
      flag_case("GRPC__SERVER__HEALTH_CHECK_ENABLED", MEMBER(grpc.server.health_check_enabled)),
      {"GRPC__SERVER__MAX_MESSAGE_SIZE",
       MEMBER(grpc.server.max_message_size),
       "4194304",
       {{"1024", "1024"}, {"2147483647", "2147483647"}},
       kBadNumbers + std::vector<std::string>{"1023", "2147483648"},
       "a whole number from 1024 to 2147483647"},
      {"GRPC__SERVER__KEEPALIVE_TIME_MS",
       MEMBER(grpc.server.keepalive_time),
       "7200000ms",
       {{"0", "0ms"}, {"1", "1ms"}, {"1000000000000", "1000000000000ms"}},
       kBadNumbers + std::vector<std::string>{"off", "1000000000001"},
       milliseconds_from(0)},
      {"GRPC__SERVER__KEEPALIVE_TIMEOUT_MS",
       MEMBER(grpc.server.keepalive_timeout),
       "20000ms",
       {{"0", "0ms"}, {"500", "500ms"}},
       kBadNumbers,
       milliseconds_from(0)},
      {"GRPC__SERVER__SHUTDOWN_GRACE",
       MEMBER(grpc.server.shutdown_grace),
       "5000ms",
       {{"0", "0ms"},
        {"0.5", "500ms"},
        {"10", "10000ms"},
        {"1.", "1000ms"},
        {".25", "250ms"},
        {"1000000000", "1000000000000ms"}},
       kBadSeconds,
       kSecondsFrom},
      {"GRPC__SERVER__MAX_CONNECTION_AGE_MS",
       MEMBER(grpc.server.max_connection_age),
       "off",
       {{"off", "off"}, {"OFF", "off"}, {"1", "1ms"}, {"60000", "60000ms"}},
       kBadNumbers + std::vector<std::string>{"0", "none"},
       "off, or " + milliseconds_from(1)},
      {"GRPC__SERVER__MAX_CONNECTION_AGE_GRACE_MS",
       MEMBER(grpc.server.max_connection_age_grace),
       "off",
       {{"off", "off"}, {"0", "0ms"}, {"5000", "5000ms"}},
       kBadNumbers,
       "off, or " + milliseconds_from(0)},
      {"GRPC__SERVER__MAX_CONNECTION_IDLE_MS",
       MEMBER(grpc.server.max_connection_idle),
       "off",
       {{"off", "off"}, {"1", "1ms"}},
       kBadNumbers + std::vector<std::string>{"0"},
       "off, or " + milliseconds_from(1)},
  };
}

std::vector<VariableCase> client_cases() {
  return {
      {"GRPC__CLIENT__DEFAULT_TIMEOUT",
       MEMBER(grpc.client.default_timeout),
       "30000000000ns",
       {{"0.000000001", "1ns"}, {"0.5", "500000000ns"}, {"30.1", "30100000000ns"}, {"2", "2000000000ns"}},
       kBadSeconds + std::vector<std::string>{"0", "0.0", "0.0000000001"},
       kSecondsAbove},
      flag_case("GRPC__CLIENT__ENABLE_RETRY", MEMBER(grpc.client.enable_retry)),
      {"GRPC__CLIENT__MAX_RETRIES",
       MEMBER(grpc.client.max_retries),
       "3",
       {{"0", "0"}, {"10", "10"}},
       kBadNumbers + std::vector<std::string>{"11"},
       "a whole number from 0 to 10"},
      {"GRPC__CLIENT__RETRY_BACKOFF_BASE",
       MEMBER(grpc.client.retry_backoff_base),
       "1000000000ns",
       {{"0", "0ns"}, {"0.1", "100000000ns"}},
       kBadSeconds,
       kSecondsFrom},
      {"GRPC__CLIENT__RETRY_BACKOFF_MAX",
       MEMBER(grpc.client.retry_backoff_max),
       "30000000000ns",
       {{"0", "0ns"}, {"1.5", "1500000000ns"}},
       kBadSeconds,
       kSecondsFrom},
      {"GRPC__CLIENT__RETRY_BACKOFF_MULTIPLIER",
       MEMBER(grpc.client.retry_backoff_multiplier),
       "2",
       {{"1", "1"}, {"1.5", "1.5"}, {"1000", "1000"}},
       {"", "x", "0.99", "0", "-2", "+2", "2x", "1e3", "inf", "nan"},
       "a number from 1.0"},
      flag_case("GRPC__CLIENT__ENABLE_CIRCUIT_BREAKER", MEMBER(grpc.client.enable_circuit_breaker)),
      {"GRPC__CLIENT__CIRCUIT_BREAKER_THRESHOLD",
       MEMBER(grpc.client.circuit_breaker_threshold),
       "5",
       {{"1", "1"}, {"100", "100"}},
       kBadNumbers + std::vector<std::string>{"0", "101"},
       "a whole number from 1 to 100"},
      {"GRPC__CLIENT__CIRCUIT_BREAKER_TIMEOUT",
       MEMBER(grpc.client.circuit_breaker_timeout),
       "30000000000ns",
       {{"0.01", "10000000ns"}},
       kBadSeconds + std::vector<std::string>{"0"},
       kSecondsAbove},
      {"GRPC__CLIENT__MAX_MESSAGE_SIZE",
       MEMBER(grpc.client.max_message_size),
       "4194304",
       {{"1024", "1024"}, {"2147483647", "2147483647"}},
       kBadNumbers + std::vector<std::string>{"1023", "2147483648"},
       "a whole number from 1024 to 2147483647"},
      {"GRPC__CLIENT__KEEPALIVE_TIME_MS",
       MEMBER(grpc.client.keepalive_time),
       "off",
       {{"10000", "10000ms"}, {"Off", "off"}},
       kBadNumbers + std::vector<std::string>{"0", "9999"},
       "off, or " + milliseconds_from(10000)},
      {"GRPC__CLIENT__KEEPALIVE_TIMEOUT_MS",
       MEMBER(grpc.client.keepalive_timeout),
       "20000ms",
       {{"0", "0ms"}, {"100", "100ms"}},
       kBadNumbers,
       milliseconds_from(0)},
      {"GRPC__CLIENT__LB_POLICY",
       MEMBER(grpc.client.lb_policy),
       "policy 0",
       {{"pick_first", "policy 0"}, {"ROUND_ROBIN", "policy 1"}, {"least_request", "policy 2"}},
       {"", "random", "pick_first "},
       "one of pick_first, round_robin, least_request"},
      path_case("GRPC__CLIENT__TLS__CA_FILE", MEMBER(grpc.client.tls.ca_file)),
  };
}

std::vector<VariableCase> observability_cases() {
  return {
      {"OBSERVABILITY__LOG_LEVEL",
       MEMBER(observability.log_level),
       "info",
       {{"debug", "debug"}, {"INFO", "info"}, {"Warning", "warning"}, {"error", "error"}, {"off", "off"}},
       {"", "loud", "1"},
       "one of debug, info, warning, error, off"},
      {"OBSERVABILITY__LOG_FORMAT",
       MEMBER(observability.log_format),
       "json",
       {{"json", "json"}, {"console", "console"}},
       {"", "xml"},
       "one of json, console"},
      {"OBSERVABILITY__SERVICE_NAME",
       MEMBER(observability.service_name),
       "unknown_service",
       {{"orders", "orders"}},
       {"", "a\nb"},
       "a text on one line, not empty"},
      {"OBSERVABILITY__OTLP_ENDPOINT",
       MEMBER(observability.otlp_endpoint),
       "",
       {{"", ""},
        {"http://otel:4317", "http://otel:4317"},
        {"https://otel", "https://otel"},
        {"http://[::1]:4317/v1", "http://[::1]:4317/v1"},
        {"http://me:pass/word@otel", "http://me:pass/word@otel"}},
       {"otel:4317", "ftp://otel", "http://", "http://a\nb", "http://:1", "http://otel:port", "http://otel:0",
        "http://otel:65536", "http://::1:4317", "http://[::1"},
       kUrlOrNone},
      {"OBSERVABILITY__METRICS_PORT",
       MEMBER(observability.metrics_port),
       "9464",
       {{"0", "0"}, {"65535", "65535"}},
       kBadNumbers + std::vector<std::string>{"65536"},
       "a whole number from 0 to 65535"},
      {"OBSERVABILITY__METRICS_HOST",
       MEMBER(observability.metrics_host),
       "127.0.0.1",
       {{"0.0.0.0", "0.0.0.0"}},
       {"", "unix:/run/admin.sock"},
       "an IP address or a name"},
  };
}

std::vector<VariableCase> security_cases() {
  const std::string line = "a text on one line, not empty";
  return {
      {"SECURITY__ALGORITHM",
       MEMBER(security.algorithm),
       "HS256",
       {{"HS256", "HS256"},
        {"HS384", "HS384"},
        {"HS512", "HS512"},
        {"RS256", "RS256"},
        {"RS384", "RS384"},
        {"RS512", "RS512"},
        {"PS256", "PS256"},
        {"PS384", "PS384"},
        {"PS512", "PS512"},
        {"ES256", "ES256"},
        {"ES384", "ES384"},
        {"ES512", "ES512"},
        {"EdDSA", "EdDSA"},
        {"eddsa", "EdDSA"}},
       {"", "none", "HS1"},
       "one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA"},
      {"SECURITY__JWKS_URL",
       MEMBER(security.jwks_url),
       "",
       {{"https://issuer/keys", "https://issuer/keys"}},
       {"", "issuer/keys", "file:///keys", "https://", "https://issuer:99999/keys"},
       "http://host... or https://host..."},
      {"SECURITY__JWKS_FILE", MEMBER(security.jwks_file), "", {{"/etc/keys.json", "/etc/keys.json"}}, {""}, line},
      {"SECURITY__ISSUER", MEMBER(security.issuer), "", {{"https://issuer", "https://issuer"}}, {""}, line},
      {"SECURITY__AUDIENCE", MEMBER(security.audience), "", {{"orders", "orders"}}, {""}, line},
      {"SECURITY__CLOCK_SKEW",
       MEMBER(security.clock_skew),
       "30000000000ns",
       {{"0", "0ns"}, {"1.5", "1500000000ns"}, {"86400", "86400000000000ns"}},
       {"", "x", "-1", "86401", "100000"},
       "seconds: a number from 0 to 86400"},
  };
}

std::vector<VariableCase> all_cases() {
  std::vector<VariableCase> all;
  for (const auto& cases : {server_cases(), client_cases(), observability_cases(), security_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

std::expected<Settings, std::string> read(std::vector<std::pair<std::string, std::string>> environment,
                                          std::string dotenv = "") {
  return Settings::read({.environment = std::move(environment), .dotenv = std::move(dotenv)});
}

std::string error_of(std::vector<std::pair<std::string, std::string>> environment) {
  auto settings = read(std::move(environment));
  return settings ? "no error" : settings.error();
}

/// As an error shows it.
std::string as_shown(const std::string& value) {
  std::string shown;
  for (const char c : value) shown += c >= ' ' ? std::string(1, c) : fmt::format("\\x{:02x}", c);
  return shown;
}

class Variable : public ::testing::TestWithParam<VariableCase> {};

TEST_P(Variable, HasItsDefault) {
  const auto& variable = GetParam();
  EXPECT_EQ(variable.member(Settings()), variable.default_value);
  EXPECT_EQ(variable.member(read({}).value()), variable.default_value);
}

TEST_P(Variable, TakesEffect) {
  const auto& variable = GetParam();
  for (const auto& [value, expected] : variable.good) {
    const auto settings = read({{variable.name, value}});
    ASSERT_TRUE(settings) << settings.error();
    EXPECT_EQ(variable.member(*settings), expected) << variable.name << "=" << value;
    EXPECT_THAT(settings->warnings, ::testing::IsEmpty());
  }
}

TEST_P(Variable, RefusesWhatIsNotAllowed) {
  const auto& variable = GetParam();
  for (const auto& value : variable.bad) {
    EXPECT_EQ(error_of({{variable.name, value}}),
              fmt::format("{}: \"{}\" is not allowed; expected {}", variable.name, as_shown(value), variable.allowed));
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, Variable, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(Settings, AreAllTested) {
  std::set<std::string> tested = {"GRPC__SERVER__TLS__CERT_FILE",      "GRPC__SERVER__TLS__KEY_FILE",
                                  "GRPC__SERVER__TLS__CLIENT_CA_FILE", "GRPC__CLIENT__TLS__CERT_FILE",
                                  "GRPC__CLIENT__TLS__KEY_FILE",       "SECURITY__SECRET_KEY"};
  for (const auto& variable : all_cases()) tested.insert(variable.name);
  for (const auto& setting : Settings::describe()) {
    const bool ours = !setting.name.starts_with("OTEL_");
    EXPECT_TRUE(!ours || tested.contains(std::string(setting.name))) << setting.name << " has no case in this file";
  }
}

TEST(Settings, NamesMayBeInAnyCase) {
  EXPECT_EQ(read({{"grpc__Server__port", "1"}})->grpc.server.port, 1);
  EXPECT_EQ(read({}, "grpc__server__port=2")->grpc.server.port, 2);
}

TEST(Settings, TheNameInUpperCaseWinsAndTheOtherIsWarnedAbout) {
  for (const bool upper_first : {true, false}) {
    std::vector<std::pair<std::string, std::string>> environment = {{"GRPC__SERVER__PORT", "1"},
                                                                    {"grpc__server__port", "2"}};
    if (!upper_first) std::swap(environment[0], environment[1]);
    const auto settings = read(environment).value();
    EXPECT_EQ(settings.grpc.server.port, 1);
    EXPECT_THAT(settings.warnings,
                ::testing::ElementsAre(
                    "GRPC__SERVER__PORT is set more than once, in different case: GRPC__SERVER__PORT counts"));
  }
}

TEST(Settings, TheEnvironmentWinsOverTheFile) {
  const auto settings = read({{"GRPC__SERVER__PORT", "1"}}, "GRPC__SERVER__PORT=2\nGRPC__SERVER__HOST=file").value();
  EXPECT_EQ(settings.grpc.server.port, 1);
  EXPECT_EQ(settings.grpc.server.host, "file");
}

TEST(Settings, AValueInTheFileThatTheEnvironmentReplacesIsNotRead) {
  EXPECT_EQ(read({{"GRPC__SERVER__PORT", "1"}}, "GRPC__SERVER__PORT=x")->grpc.server.port, 1);
}

TEST(Settings, ABadValueInTheFileIsNamedWithItsLine) {
  EXPECT_EQ(read({}, "# ports\nGRPC__SERVER__PORT=70000\n").error(),
            "GRPC__SERVER__PORT (.env:2): \"70000\" is not allowed; expected a whole number from 0 to 65535");
}

TEST(Settings, AMalformedFileIsAnError) { EXPECT_EQ(read({}, "A=1\nB\n").error(), ".env:2: expected NAME=value"); }

TEST(Settings, ErrorsStayOneShortLine) {
  EXPECT_EQ(error_of({{"GRPC__SERVER__PORT", "1\nGRPC \"\\\x1b[2J\xff"}}),
            R"(GRPC__SERVER__PORT: "1\x0aGRPC \"\\\x1b[2J\xff" is not allowed; )"
            "expected a whole number from 0 to 65535");
  EXPECT_LT(error_of({{"GRPC__SERVER__PORT", std::string(1'000'000, '9')}}).size(), 250u);
}

TEST(SettingsSecret, HasAtLeast32Characters) {
  EXPECT_EQ(Settings().security.secret_key, "");
  EXPECT_EQ(read({{"SECURITY__SECRET_KEY", kSecret32}})->security.secret_key, kSecret32);
  const std::string accents = "éééééééééééééééééééééééééééééééé";
  EXPECT_EQ(read({{"SECURITY__SECRET_KEY", accents}})->security.secret_key, accents);
}

TEST(SettingsSecret, IsNeverShown) {
  const std::string error = "SECURITY__SECRET_KEY: (hidden) is not allowed; expected at least 32 characters";
  EXPECT_EQ(error_of({{"SECURITY__SECRET_KEY", kSecret32.substr(1)}}), error);
  EXPECT_EQ(error_of({{"SECURITY__SECRET_KEY", "éééééééééééééééé"}}), error) << "16 characters in 32 bytes";
  EXPECT_EQ(error_of({{"SECURITY__SECRET_KEY", ""}}), error) << "an empty key would switch authentication off";
}

TEST(SettingsTls, TakesEffect) {
  const auto settings = read({{"GRPC__SERVER__TLS__CERT_FILE", "a.pem"},
                              {"GRPC__SERVER__TLS__KEY_FILE", "a.key"},
                              {"GRPC__SERVER__TLS__CLIENT_CA_FILE", "ca.pem"},
                              {"GRPC__CLIENT__TLS__CERT_FILE", "b.pem"},
                              {"GRPC__CLIENT__TLS__KEY_FILE", "b.key"}})
                            .value();
  EXPECT_EQ(settings.grpc.server.tls.cert_file, "a.pem");
  EXPECT_EQ(settings.grpc.server.tls.key_file, "a.key");
  EXPECT_EQ(settings.grpc.server.tls.client_ca_file, "ca.pem");
  EXPECT_EQ(settings.grpc.client.tls.cert_file, "b.pem");
  EXPECT_EQ(settings.grpc.client.tls.key_file, "b.key");
}

TEST(SettingsTls, NamesTheFileThatIsMissing) {
  const std::pair<std::string, std::string> cases[] = {
      {"GRPC__SERVER__TLS__CERT_FILE", "GRPC__SERVER__TLS__KEY_FILE"},
      {"GRPC__SERVER__TLS__KEY_FILE", "GRPC__SERVER__TLS__CERT_FILE"},
      {"GRPC__SERVER__TLS__CLIENT_CA_FILE", "GRPC__SERVER__TLS__CERT_FILE"},
      {"GRPC__CLIENT__TLS__CERT_FILE", "GRPC__CLIENT__TLS__KEY_FILE"},
      {"GRPC__CLIENT__TLS__KEY_FILE", "GRPC__CLIENT__TLS__CERT_FILE"},
  };
  for (const auto& [given, missing] : cases) {
    EXPECT_EQ(error_of({{given, "x.pem"}}), fmt::format("{} is set without {}: set both, or neither", given, missing));
    EXPECT_EQ(error_of({{given, "x.pem"}, {missing, ""}}),
              fmt::format("{} is set without {}: set both, or neither", given, missing));
  }
}

TEST(SettingsDescription, SaysWhatTheStructsSay) {
  for (const auto& variable : all_cases()) {
    const auto rows = Settings::describe();
    const auto row = std::ranges::find(rows, variable.name, &SettingDescription::name);
    ASSERT_NE(row, rows.end()) << variable.name;
    EXPECT_EQ(row->allowed, variable.allowed);
    EXPECT_FALSE(row->help.empty());
    EXPECT_FALSE(row->default_value.empty()) << variable.name;
  }
}

TEST(SettingsDescription, ShowsDefaultsThatMayBeSet) {
  for (const auto& row : Settings::describe()) {
    if (row.default_value == "none" || row.default_value == "cores available") continue;
    EXPECT_TRUE(read({{std::string(row.name), row.default_value}})) << row.name << "=" << row.default_value;
  }
}

}  // namespace
}  // namespace plinth
