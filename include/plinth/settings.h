#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/client_settings.h"
#include "plinth/deadline.h"
#include "plinth/log.h"
#include "plinth/server_settings.h"

namespace plinth {

/// Which calls are traced, as OpenTelemetry's SDK names the choices.
enum class TraceSampler : std::uint8_t {
  kAlwaysOn,
  kAlwaysOff,
  kRatio,
  kParentOrAlwaysOn,
  kParentOrAlwaysOff,
  kParentOrRatio,
};

struct ObservabilitySettings {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kJson;
  std::string service_name = "unknown_service";
  /// Where spans go; empty: nowhere.
  std::string otlp_endpoint;
  /// Sent with every export; may hold secrets.
  Pairs otlp_headers;
  Duration otlp_timeout = std::chrono::seconds(10);
  /// What every span says of its origin, besides the service's name.
  Pairs resource_attributes;
  bool tracing_disabled = false;
  TraceSampler trace_sampler = TraceSampler::kParentOrAlwaysOn;
  /// Of the calls that the sampler decides by ratio, the part that is traced.
  double trace_ratio = 1.0;
  /// The admin port; 0: none.
  std::uint16_t metrics_port = 9464;
  std::string metrics_host = "127.0.0.1";
};

/// How tokens are checked. What is empty is not used.
struct SecuritySettings {
  std::string secret_key;
  std::string algorithm = "HS256";
  std::string jwks_url;
  std::string jwks_file;
  std::string issuer;
  std::string audience;
  Duration clock_skew = std::chrono::seconds(30);
};

/// What settings are read from.
struct SettingsSource {
  /// Names, in any case, and values. Wins over `dotenv`.
  std::vector<std::pair<std::string, std::string>> environment;
  /// The text of a .env file.
  std::string dotenv;

  /// The environment of this process, and `.env` in its working directory if there is one. The error is one line.
  static std::expected<SettingsSource, std::string> of_process();
};

/// One setting, for people.
struct SettingDescription {
  std::string_view name;
  std::string default_value;
  std::string allowed;
  std::string_view help;
};

/// All settings of a program, from environment variables named GRPC__SERVER__PORT and so on.
struct Settings {
  struct Grpc {
    ServerSettings server;
    ClientSettings client;
  };
  Grpc grpc;
  ObservabilitySettings observability;
  SecuritySettings security;
  /// What reading them found odd: unknown names that look like settings. One line each.
  std::vector<std::string> warnings;

  /// For main: reads the environment and `.env`, and prints warnings to stderr. A setting that cannot be read, or is
  /// out of bounds, ends the program with exit code 2 and one line on stderr: the variable, its value, what is allowed.
  static Settings from_environment();

  /// The same, for everybody else. The error is that line.
  static std::expected<Settings, std::string> read(const SettingsSource& source);

  /// Every setting that `read` knows.
  static std::vector<SettingDescription> describe();
};

}  // namespace plinth
