#include "config/given.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/dotenv.h"
#include "config/setting.h"
#include "config/values.h"

namespace plinth::config {

namespace {

bool may_be_ours(std::string_view upper_name) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"GRPC__", "OBSERVABILITY__", "SECURITY__", "OTEL_"};
  return std::ranges::any_of(kPrefixes, [&](auto prefix) { return upper_name.starts_with(prefix); });
}

void add_dotenv(Given& given, DotenvEntry entry) {
  auto name = upper(entry.name);
  if (!may_be_ours(name)) return;
  given.values.insert_or_assign(std::move(name), GivenValue{std::move(entry.value), std::move(entry.name), entry.line});
}

void add_variable(Given& given, const std::string& spelled, const std::string& value) {
  const auto name = upper(spelled);
  if (!may_be_ours(name)) return;
  auto& known = given.values[name];
  const bool twice = !known.name.empty() && known.line == 0;
  if (!twice || spelled == name) known = {value, spelled, 0};
  if (twice && find_setting(name)) {
    given.warnings.push_back(fmt::format("{} is set more than once, in different case: {} counts", name, known.name));
  }
}

}  // namespace

std::expected<Given, std::string> gather(const SettingsSource& source) {
  auto entries = parse_dotenv(source.dotenv);
  if (!entries) return std::unexpected(std::move(entries).error());
  Given given;
  for (auto& entry : *entries) add_dotenv(given, std::move(entry));
  for (const auto& [name, value] : source.environment) add_variable(given, name, value);
  return given;
}

}  // namespace plinth::config
