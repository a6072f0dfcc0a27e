// Feeds what reads settings with anything. The first byte of an input chooses: f a .env file, e the environment
// ("NAME=value" a line), v a value for a setting ("NAME=value").

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "config/dotenv.h"
#include "config/kind.h"
#include "config/setting.h"
#include "config/values.h"
#include "fuzz/fuzz.h"
#include "plinth/settings.h"

namespace plinth::config {
namespace {

using fuzz::expect;
using fuzz::expect_sentence;

std::expected<Settings, std::string> read_settings(const SettingsSource& source) {
  auto settings = Settings::read(source);
  if (!settings) return expect_sentence(settings.error()), settings;
  for (const auto& warning : settings->warnings) expect_sentence(warning);
  const auto& [server, client] = settings->grpc;
  expect(server.max_workers <= 1024 && client.max_retries <= 10, "no number is out of bounds");
  expect(server.tls.cert_file.empty() == server.tls.key_file.empty(), "a certificate has a key");
  expect(client.default_timeout > Duration::zero(), "no timeout is without a length");
  return settings;
}

/// In quotes, with everything escaped that means something there.
std::string in_quotes(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$') text += '\\';
    text += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  }
  return text + '"';
}

void fuzz_dotenv(std::string_view text) {
  const auto entries = parse_dotenv(text);
  if (!entries) return expect_sentence(entries.error());
  std::string again;
  std::size_t line = 0;
  for (const auto& entry : *entries) {
    expect(!entry.name.empty() && fuzz::is_printable(entry.name), "a name is one word");
    expect(std::exchange(line, entry.line) < entry.line, "each entry is on a line of its own");
    again += entry.name + '=' + in_quotes(entry.value) + '\n';
  }
  const auto same = [](auto& a, auto& b) { return a.name == b.name && a.value == b.value; };
  const auto read_again = parse_dotenv(again);
  expect(again.size() > kLargestDotenv || (read_again && std::ranges::equal(*read_again, *entries, same)),
         "what was read can be written");
}

void fuzz_environment(std::string_view text) {
  SettingsSource source;
  fuzz::each_line(text, [&source](std::string_view line) {
    const auto name = fuzz::take_until(line, '=');
    source.environment.emplace_back(name, line);
  });
  read_settings(source);
}

void fuzz_numbers(std::string_view text) {
  if (const auto number = read_whole(text)) expect(read_whole(std::to_string(*number)) == number, "a number stays it");
  if (const auto number = read_decimal(text)) expect(std::isfinite(*number), "a number is finite");
  if (const auto length = read_seconds(text, Zero::kRefused)) {
    expect(*length > Duration::zero() && read_seconds(text, Zero::kAllowed) == length, "a length is above zero");
  }
}

bool tells(const std::expected<Settings, std::string>& settings, std::string_view value) {
  if (!settings) return settings.error().contains(value);
  return std::ranges::any_of(settings->in_force(), [value](const auto& one) { return one.value.contains(value); });
}

void fuzz_setting(const Setting& setting, std::string_view value) {
  Settings settings;
  const bool good = setting.apply(settings, value);
  SettingsSource source;
  source.environment.emplace_back(setting.name, value);
  const auto all = read_settings(source);
  expect(good || setting.lenient || !all, "a value that is not allowed stops the program");
  expect(all || !good || all.error().contains("without"), "one that is allowed does not, unless it needs another");
  expect(!setting.secret || value.size() < 20 || !tells(all, value), "a secret is not told");
}

void fuzz_value(std::string_view text) {
  const auto name = upper(fuzz::take_until(text, '='));
  fuzz_numbers(text);
  const auto shown_text = shown(text);
  expect(fuzz::is_printable(shown_text) && shown_text.size() <= 500, "a value is shown on one short line");
  if (const auto* const setting = find_setting(name)) fuzz_setting(*setting, text);
}

}  // namespace
}  // namespace plinth::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plinth::config;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'f':
      fuzz_dotenv(rest);
      read_settings({.environment = {}, .dotenv = std::string(rest)});
      break;
    case 'e': fuzz_environment(rest); break;
    case 'v': fuzz_value(rest); break;
    default: break;
  }
  return 0;
}
