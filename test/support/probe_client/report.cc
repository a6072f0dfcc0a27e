#include "report.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace plinth::test {

namespace {

using nlohmann::json;

/// Different errors that the summary names.
constexpr std::size_t kMostErrors = 50;

void print(const json& line) { std::cout << line.dump(-1, ' ', true, json::error_handler_t::replace) << std::endl; }

double milliseconds(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// Binary values, which JSON has no place for.
std::string hex(std::string_view bytes) {
  std::string text;
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

json pairs(const Metadata& metadata) {
  auto list = json::array();
  for (const auto& [key, value] : metadata) {
    list.push_back({key, Metadata::is_binary_key(key) ? hex(value) : std::string(value)});
  }
  return list;
}

json to_json(const Outcome& outcome) {
  return {{"code", to_string(outcome.status.code())},
          {"message", outcome.status.message()},
          {"details", hex(outcome.status.details())},
          {"attempts", outcome.attempts},
          {"messages", outcome.messages},
          {"bytes", outcome.bytes},
          {"received", outcome.received},
          {"remaining_ms", outcome.remaining_ms},
          {"server", outcome.server},
          {"initial", pairs(outcome.initial)},
          {"trailing", pairs(outcome.trailing)}};
}

double quantile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

double Report::since_start(TimePoint when) const { return milliseconds(when - start_); }

void Report::tell_state(ChannelState state) {
  std::lock_guard lock(mutex_);
  print({{"state", to_string(state)}, {"at_ms", since_start(Clock::now())}});
}

void Report::tell_call(TimePoint began, const Outcome& outcome) {
  const auto took = milliseconds(Clock::now() - began);
  std::lock_guard lock(mutex_);
  ++codes_[std::string(to_string(outcome.status.code()))];
  if (outcome.server != 0) ++servers_[std::to_string(outcome.server)];
  if (!outcome.status.ok() && errors_.size() < kMostErrors) ++errors_[outcome.status.to_string()];
  attempts_ += outcome.attempts;
  times_.push_back(took);
  if (!each_ && outcome.status.ok()) return;
  auto call = to_json(outcome);
  call["at_ms"] = since_start(began);
  call["ms"] = took;
  print({{"call", std::move(call)}});
}

void Report::tell_summary(const std::map<std::string, std::size_t>& events) {
  std::lock_guard lock(mutex_);
  std::ranges::sort(times_);
  const json summary = {{"calls", times_.size()},
                        {"codes", codes_},
                        {"errors", errors_},
                        {"servers", servers_},
                        {"attempts", attempts_},
                        {"events", events},
                        {"p50_ms", quantile(times_, 0.5)},
                        {"p99_ms", quantile(times_, 0.99)},
                        {"max_ms", quantile(times_, 1)},
                        {"total_ms", since_start(Clock::now())}};
  print({{"summary", summary}});
}

}  // namespace plinth::test
