#include "admin/log_level_page.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace plinth::admin {

namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;

LogLevel level_of(const Logger& logger) noexcept {
  using enum LogLevel;
  for (const auto level : {kDebug, kInfo, kWarning, kError}) {
    if (logger.enabled(level)) return level;
  }
  return kOff;
}

/// What a form says; nothing when it says anything else than this.
struct Wish {
  LogLevel level;
  std::optional<std::chrono::seconds> time;
};

std::optional<std::chrono::seconds> read_time(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > kDay) return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::string_view trim_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::optional<Wish> read(std::string_view form) {
  std::optional<LogLevel> level;
  std::optional<std::chrono::seconds> time;
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = pair.substr(0, equals), value = pair.substr(equals + 1);
    if (name == "level" && !level) {
      level = parse_log_level(value);
      if (!level) return std::nullopt;
    } else if (name == "for" && !time) {
      time = read_time(value);
      if (!time) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (!level) return std::nullopt;
  return Wish{*level, time};
}

}  // namespace

Answer LogLevelPage::answer(const Question& question) {
  if (!question.changes()) return show();
  return change(trim_line_end(question.body.empty() ? question.query : question.body));
}

Answer LogLevelPage::show() const {
  nlohmann::json page = {{"level", to_string(level_of(*logger_))}};
  if (back_.armed()) page["then"] = to_string(lasting_);
  return {200, page.dump() + "\n", kJson};
}

Answer LogLevelPage::change(std::string_view form) {
  const auto wish = read(form);
  if (!wish) {
    return line(400,
                "expected level=debug, info, warning, error or off; for a while: level=debug&for=60 (seconds, up to "
                "86400)");
  }
  if (!back_.armed()) lasting_ = level_of(*logger_);
  back_.disarm();
  if (wish->time) worker_.timers().arm(back_, worker_.now() + *wish->time);
  set(wish->level);
  return show();
}

void LogLevelPage::set_back() { set(lasting_); }

/// Said by the more talkative of both levels.
void LogLevelPage::set(LogLevel level) {
  logger_->set_level(std::min(level, level_of(*logger_)));
  logger_->warning("log_level_changed", {{"log_level", to_string(level)}});
  logger_->set_level(level);
}

void LogLevelPage::end() {
  if (!back_.armed()) return;
  back_.disarm();
  set_back();
}

}  // namespace plinth::admin
