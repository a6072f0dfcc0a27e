// Feeds what reads headers of telemetry, and what writes texts of others into logs and metrics, with anything. The
// first byte of an input chooses: p traceparent, s tracestate, b baggage, r several of these headers ("name: value" a
// line), c correlation id, e error details, j a text of a log, l a line of log (an event, then "key: text" a line), m a
// label of a metric, u the text of a span.

#include <google/protobuf/stubs/logging.h>
#include <google/rpc/error_details.pb.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "interceptors/correlation_id.h"
#include "plinth/error_details.h"
#include "support/log_file.h"
#include "telemetry/line_logger.h"
#include "telemetry/log_text.h"
#include "telemetry/metrics_text.h"
#include "telemetry/trace_context.h"

namespace plinth::telemetry {
namespace {

using fuzz::expect;
using nlohmann::json;

constexpr std::size_t kLargestDetails = 64 * 1024;

/// As it reads when what is no UTF-8 has become U+FFFD.
std::string readable(std::string_view text) {
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}
bool is_utf8(std::string_view text) { return readable(text) == text; }

std::string quoted(std::string_view text) {
  fmt::memory_buffer line;
  append_json_text(line, text);
  return fmt::to_string(line);
}
std::string unquoted(std::string_view json_text) { return json::parse(json_text).get<std::string>(); }

void fuzz_traceparent(std::string_view text) {
  const auto context = parse_traceparent(text);
  if (!context) return;
  const TraceParentText again(*context);
  expect(again.view().substr(2, 51) == text.substr(2, 51), "the ids are those of the text");
  expect(parse_traceparent(again.view()) == context, "what was read can be written");
}

void fuzz_tracestate(std::string_view text) {
  const auto state = checked_tracestate(text);
  expect(state.size() <= 512 && fuzz::is_printable(state), "what is handed on is short and printable");
  expect(checked_tracestate(state) == state, "what is handed on can be handed on");
}

bool same(const Baggage::Entry& a, const Baggage::Entry& b) {
  return a.key == b.key && a.value == b.value && a.properties == b.properties;
}

void expect_handed_on(const Baggage& baggage) {
  const auto header = baggage.to_header();
  expect(baggage.entries().size() <= 64 && header.size() <= 8192, "baggage has its bounds");
  const auto again = Baggage::parse(header);
  expect(std::ranges::equal(again.entries(), baggage.entries(), same), "what was read can be written");
}

void fuzz_baggage(std::string_view text) {
  auto baggage = Baggage::parse(text);
  expect_handed_on(baggage);
  if (baggage.set(text.substr(0, 8), text)) expect(baggage.get(text.substr(0, 8)) == text, "what is set is there");
  if (baggage.set("key", text)) expect(baggage.get("key") == text, "what is set is there");
  expect_handed_on(baggage);
}

void fuzz_headers(std::string_view text) {
  Metadata metadata;
  fuzz::each_line(text, [&metadata](std::string_view line) {
    const auto name = fuzz::take_until(line, ':');
    metadata.add_unchecked(name, line.substr(line.starts_with(' ')));
  });
  const auto trace = read_remote_trace(metadata);
  expect(trace.parent || trace.trace_state.empty(), "without a parent there is no state");
  expect(trace.trace_state.size() <= 512, "the state is short");
  expect_handed_on(trace.baggage);
}

void fuzz_correlation_id(std::string_view text) {
  if (!interceptors::is_correlation_id(text)) return;
  expect(quoted(text) == fmt::format("\"{}\"", text), "an id stands in a log as it is");
  expect(text.size() <= 128 && !text.contains(' '), "an id is one word");
}

void fuzz_error_details(std::string_view bytes) {
  using google::rpc::RetryInfo;
  const google::protobuf::LogSilencer silencer;
  const auto status = not_found("gone").with_details(std::string(bytes));
  const ErrorDetails details(status);
  const auto retry = details.get<RetryInfo>();
  details.get<google::rpc::ErrorInfo>();
  details.get<google::rpc::BadRequest>();
  RetryInfo added;
  added.mutable_retry_delay()->set_seconds(2);
  const auto more = with_details(status, added);
  if (more.details().size() > kLargestDetails) return;
  const auto first = ErrorDetails(more).get<RetryInfo>();
  expect(ErrorDetails(more).size() == details.size() + 1, "details are added to those that are there");
  expect(first && first->retry_delay().seconds() == (retry ? *retry : added).retry_delay().seconds(), "behind them");
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [text](auto part) { return text.contains(part); });
}

/// One line of UTF-8 that moves neither the cursor nor the direction of what is read.
void expect_calm(std::string_view line) {
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; };
  expect(std::ranges::none_of(line, is_control), "a line has no control characters");
  expect(!has_any(line, {"\xC2\x85", "\xC2\x9B", "\xE2\x80\x8E", "\xE2\x80\xA8", "\xE2\x80\xAE", "\xE2\x81\xA6"}),
         "nor others that steer the display");
  expect(is_utf8(line), "a line is UTF-8");
}

void fuzz_log_text(std::string_view text) {
  const auto line = quoted(text);
  expect_calm(line);
  expect(line.size() <= 6 * kLongestLogText + 100, "a text is cut when it is long");
  const bool whole = text.size() <= kLongestLogText;
  if (whole) expect(unquoted(line).size() >= text.size(), "nothing of a short text is left out");
  if (whole && is_utf8(text)) expect(unquoted(line) == text, "and what is UTF-8 stays what it is");
  fmt::memory_buffer word;
  append_word(word, text);
  expect(fmt::to_string(word) == (word.data()[0] == '"' ? line : text), "a word is the text, or its JSON");
}

/// What a logger makes of an event.
std::string logged(LogFormat format, std::string_view event, const std::vector<LogField>& fields) {
  const test::LogFile file;
  LineLogger(std::make_shared<LineWriter>(file.fd()), {.format = format}).write(LogLevel::kInfo, event, fields);
  return file.text();
}

std::string_view without_end(std::string_view line) {
  expect(line.ends_with('\n'), "a line has an end");
  return line.substr(0, line.size() - 1);
}

void fuzz_log_line(std::string_view text) {
  const auto event = fuzz::take_until(text, '\n');
  std::vector<LogField> fields;
  fuzz::each_line(text, [&fields](std::string_view line) {
    const auto key = fuzz::take_until(line, ':');
    fields.emplace_back(key, line);
  });
  expect_calm(without_end(logged(LogFormat::kConsole, event, fields)));
  const auto line = logged(LogFormat::kJson, event, fields);
  expect_calm(without_end(line));
  const auto object = json::parse(line);
  expect(object["level"] == "info" && object["event"] == unquoted(quoted(event)), "no field passes for the line's own");
  for (const auto& field : fields) {
    const auto key = unquoted(quoted(field.key));
    expect(object.contains(key) || object.contains(key + "_"), "no field is lost");
  }
}

void fuzz_label(std::string_view value) {
  MetricsText metrics;
  metrics.begin_series({{"label", std::string(value)}});
  metrics.add("name", 1);
  const auto line = metrics.take();
  constexpr std::string_view kBegin = "name{label=\"", kEnd = "\"} 1\n";
  expect(line.starts_with(kBegin) && line.ends_with(kEnd) && std::ranges::count(line, '\n') == 1, "it is one sample");
  std::string plain;
  for (auto at = line.begin() + kBegin.size(); at != line.end() - kEnd.size(); ++at) {
    expect(*at != '"', "quotes are escaped");
    const bool escaped = *at == '\\';
    if (escaped) ++at;
    plain += escaped && *at == 'n' ? '\n' : *at;
  }
  expect(plain == value, "the label has its value");
}

void fuzz_span_text(std::string_view text) {
  constexpr std::size_t kLongest = 1024;
  const auto valid = base::valid_utf8(text, kLongest);
  expect(valid.size() <= kLongest && is_utf8(valid), "it is short and UTF-8");
  expect(!is_utf8(text) || text.starts_with(valid), "what is UTF-8 stays as it is");
  expect(text.size() < kLongest || valid.size() > kLongest - 4, "no more is cut than must be");
}

}  // namespace
}  // namespace plinth::telemetry

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plinth::telemetry;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'p': fuzz_traceparent(rest); break;
    case 's': fuzz_tracestate(rest); break;
    case 'b': fuzz_baggage(rest); break;
    case 'r': fuzz_headers(rest); break;
    case 'c': fuzz_correlation_id(rest); break;
    case 'e': fuzz_error_details(rest); break;
    case 'j': fuzz_log_text(rest); break;
    case 'l': fuzz_log_line(rest); break;
    case 'm': fuzz_label(rest); break;
    case 'u': fuzz_span_text(rest); break;
    default: break;
  }
  return 0;
}
