#include "plinth/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "config/dotenv.h"
#include "config/given.h"
#include "config/setting.h"
#include "config/unknown.h"
#include "config/values.h"

namespace plinth {

namespace {

using config::GivenValue;
using config::Setting;

std::string complaint(const Setting& setting, const GivenValue& given) {
  const auto where = given.line ? fmt::format(" ({}:{})", config::kDotenvName, given.line) : "";
  const auto value = setting.secret ? "(hidden)" : fmt::format("\"{}\"", config::shown(given.value));
  return fmt::format("{}{}: {} is not allowed; expected {}", setting.name, where, value, setting.allowed);
}

/// Whether the settings can be used; if not, one line.
using Check = std::expected<void, std::string>;

Check apply(const Setting& setting, const GivenValue& given, Settings& settings) {
  if (setting.lenient && given.value.empty()) return {};
  if (setting.apply(settings, given.value)) return {};
  if (!setting.lenient) return std::unexpected(complaint(setting, given));
  settings.warnings.push_back(complaint(setting, given) + "; it is passed over");
  return {};
}

/// A file, and another without which it is of no use.
struct Need {
  std::string_view name;
  const std::string& file;
  std::string_view other_name;
  const std::string& other_file;
};

Check check_tls(const ServerTlsSettings& server, const ClientTlsSettings& client) {
  constexpr std::string_view kServerCert = "GRPC__SERVER__TLS__CERT_FILE", kServerKey = "GRPC__SERVER__TLS__KEY_FILE",
                             kClientCa = "GRPC__SERVER__TLS__CLIENT_CA_FILE",
                             kClientCert = "GRPC__CLIENT__TLS__CERT_FILE", kClientKey = "GRPC__CLIENT__TLS__KEY_FILE";
  const Need needs[] = {
      {kServerCert, server.cert_file, kServerKey, server.key_file},
      {kServerKey, server.key_file, kServerCert, server.cert_file},
      {kClientCa, server.client_ca_file, kServerCert, server.cert_file},
      {kClientCert, client.cert_file, kClientKey, client.key_file},
      {kClientKey, client.key_file, kClientCert, client.cert_file},
  };
  for (const auto& need : needs) {
    if (need.file.empty() || !need.other_file.empty()) continue;
    return std::unexpected(fmt::format("{} is set without {}: set both, or neither", need.name, need.other_name));
  }
  return {};
}

/// "https://(hidden)@host/path"
std::string without_credentials(std::string text) {
  const auto scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const auto begin = scheme + 3;
  const auto at = text.substr(0, text.find_first_of("/?#", begin)).rfind('@');
  return at == std::string::npos || at < begin ? text : text.replace(begin, at - begin, "(hidden)");
}

std::string shown_value(const Setting& setting, Settings& settings, Settings& defaults) {
  auto value = setting.print(settings);
  if (value == setting.print(defaults)) return setting.default_value;
  return setting.secret ? "(hidden)" : without_credentials(std::move(value));
}

void print_error(std::string line) { std::fputs((line += '\n').c_str(), stderr); }

template <class T>
T or_exit(std::expected<T, std::string> value) {
  if (value) return *std::move(value);
  print_error(value.error());
  std::exit(2);
}

}  // namespace

std::expected<Settings, std::string> Settings::read(const SettingsSource& source) {
  auto given = config::gather(source);
  if (!given) return std::unexpected(std::move(given).error());
  Settings settings;
  settings.warnings = std::move(given->warnings);
  std::ranges::move(config::warn_of_unknown(*given), std::back_inserter(settings.warnings));
  for (const auto& setting : config::all_settings()) {
    const auto found = given->values.find(setting.name);
    if (found == given->values.end()) continue;
    if (auto applied = apply(setting, found->second, settings); !applied) return std::unexpected(applied.error());
  }
  if (auto tls = check_tls(settings.grpc.server.tls, settings.grpc.client.tls); !tls) {
    return std::unexpected(tls.error());
  }
  return settings;
}

std::vector<SettingDescription> Settings::describe() {
  std::vector<SettingDescription> descriptions;
  for (const auto& setting : config::all_settings()) {
    descriptions.push_back({setting.name, setting.default_value, setting.allowed, setting.help});
  }
  return descriptions;
}

std::vector<SettingInForce> Settings::in_force() const {
  std::vector<SettingInForce> list;
  Settings settings = *this, defaults;
  for (const auto& setting : config::all_settings()) {
    list.push_back({setting.name, shown_value(setting, settings, defaults), setting.default_value});
  }
  return list;
}

Settings Settings::from_environment() {
  auto settings = or_exit(read(or_exit(SettingsSource::of_process())));
  for (const auto& warning : settings.warnings) print_error("warning: " + warning);
  return settings;
}

}  // namespace plinth
