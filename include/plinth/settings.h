#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/client_settings.h"
#include "plinth/observability_settings.h"
#include "plinth/security_settings.h"
#include "plinth/server_settings.h"

namespace plinth {

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

/// What one setting is now, for people.
struct SettingInForce {
  std::string_view name;
  /// A secret is "(hidden)", and so is what a URL has before its '@'.
  std::string value;
  std::string default_value;
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

  /// Every setting that `read` knows, with its value here.
  std::vector<SettingInForce> in_force() const;
};

}  // namespace plinth
