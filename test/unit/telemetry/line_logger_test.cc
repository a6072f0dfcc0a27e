#include "telemetry/line_logger.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "plinth/metrics.h"
#include "support/log_file.h"

namespace plinth::telemetry {
namespace {

using nlohmann::json;
using std::chrono::system_clock;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr system_clock::time_point kTime = std::chrono::sys_days(std::chrono::January / 2 / 2026) +
                                           std::chrono::hours(3) + std::chrono::minutes(4) + std::chrono::seconds(5) +
                                           std::chrono::microseconds(678'901);

system_clock::time_point fixed_now() noexcept { return kTime; }

/// A logger that writes to a file in memory.
class Written {
 public:
  explicit Written(LineLoggerOptions options = {}) {
    options.now = &fixed_now;
    logger_ = std::make_unique<LineLogger>(writer_, std::move(options));
  }

  Logger* operator->() { return logger_.get(); }
  std::string text() const {
    writer_->flush();
    return file_.text();
  }
  json parsed() const { return json::parse(text()); }

 private:
  test::LogFile file_;
  std::shared_ptr<LineWriter> writer_ = std::make_shared<LineWriter>(file_.fd());
  std::unique_ptr<LineLogger> logger_;
};

LineSpan some_span() noexcept {
  LineSpan span;
  std::ranges::copy(std::string_view("4bf92f3577b34da6a3ce929d0e0e4736"), span.trace_id.begin());
  std::ranges::copy(std::string_view("00f067aa0ba902b7"), span.span_id.begin());
  return span;
}

LineLoggerOptions console(bool colour = false) { return {.format = LogFormat::kConsole, .colour = colour}; }

/// The time zone of the process, while it lives.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~TimeZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

TEST(LineLoggerJson, WritesOneObjectWithTimestampLevelEventAndFieldsInOrder) {
  Written log;
  log->info("grpc_request_completed", {{"method", "/myservice.MyService/GetResource"},
                                       {"duration_ms", 15.5},
                                       {"attempt", 2},
                                       {"cached", true},
                                       {"status", std::string("OK")}});
  EXPECT_EQ(log.text(),
            R"({"timestamp":"2026-01-02T03:04:05.678901Z","level":"info","event":"grpc_request_completed",)"
            R"("method":"/myservice.MyService/GetResource","duration_ms":15.5,"attempt":2,"cached":true,"status":"OK"})"
            "\n");
}

TEST(LineLoggerJson, NamesEachLevel) {
  Written log({.level = LogLevel::kDebug});
  log->debug("a");
  log->info("b");
  log->warning("c");
  log->error("d");
  EXPECT_THAT(log.text(), HasSubstr(R"("level":"debug","event":"a")"));
  EXPECT_THAT(log.text(), HasSubstr(R"("level":"info","event":"b")"));
  EXPECT_THAT(log.text(), HasSubstr(R"("level":"warning","event":"c")"));
  EXPECT_THAT(log.text(), HasSubstr(R"("level":"error","event":"d")"));
}

TEST(LineLoggerJson, WritesNothingBelowItsLevel) {
  Written log({.level = LogLevel::kWarning});
  log->info("quiet");
  log->debug("quieter");
  EXPECT_EQ(log.text(), "");
  log->warning("loud");
  EXPECT_THAT(log.text(), HasSubstr("loud"));
}

TEST(LineLoggerJson, WritesNothingThatIsOff) {
  Written log;
  log->write(LogLevel::kOff, "off", std::span<const LogField>());
  log->set_level(LogLevel::kOff);
  log->error("loud");
  log->write(LogLevel::kOff, "off", std::span<const LogField>());
  EXPECT_EQ(log.text(), "");
}

TEST(LineLoggerJson, ObeysALevelThatIsChangedMeanwhile) {
  Written log;
  log->debug("before");
  log->set_level(LogLevel::kDebug);
  log->debug("after");
  EXPECT_EQ(log.parsed()["event"], "after");
}

TEST(LineLoggerJson, WritesExtremeNumbers) {
  Written log;
  log->info("numbers", {{"least", std::numeric_limits<std::int64_t>::min()},
                        {"most", std::numeric_limits<std::int64_t>::max()},
                        {"tiny", std::numeric_limits<double>::denorm_min()},
                        {"huge", std::numeric_limits<double>::max()}});
  const auto line = log.parsed();
  EXPECT_EQ(line["least"], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(line["most"], std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(line["tiny"], std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(line["huge"], std::numeric_limits<double>::max());
}

TEST(LineLoggerJson, WritesNumbersThatJsonCannotHoldAsNull) {
  Written log;
  log->info("numbers", {{"nan", std::numeric_limits<double>::quiet_NaN()},
                        {"infinite", std::numeric_limits<double>::infinity()},
                        {"minus", -std::numeric_limits<double>::infinity()}});
  EXPECT_THAT(log.text(), HasSubstr(R"("nan":null,"infinite":null,"minus":null)"));
}

TEST(LineLoggerJson, CannotBeForgedByAnyText) {
  const std::string evil = "a\"}\n{\"level\":\"info\",\"event\":\"forged\"}\r\n\\";
  Written log;
  log->info(evil, {{evil, evil}});
  const auto text = log.text();
  EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line, at whose end the only line break is";
  EXPECT_THAT(text, Not(HasSubstr("\r")));
  const auto line = log.parsed();
  EXPECT_EQ(line["event"], evil);
  EXPECT_EQ(line[evil], evil);
}

TEST(LineLoggerJson, DoesNotLetAFieldPassForTheLinesOwn) {
  Written log;
  log->error("grpc_error", {{"level", "info"}, {"event", "nothing"}, {"timestamp", "never"}, {"trace_id", "f00"}});
  EXPECT_THAT(log.text(), HasSubstr(R"("level":"error","event":"grpc_error","level_":"info","event_":"nothing",)"
                                    R"("timestamp_":"never","trace_id_":"f00")"));
}

TEST(LineLoggerJson, EndsWithTheSpanWhenThereIsOne) {
  Written log({.span = &some_span});
  log->info("e", {{"k", "v"}});
  EXPECT_THAT(log.text(), EndsWith(R"("k":"v","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
                                   R"("span_id":"00f067aa0ba902b7"})"
                                   "\n"));
}

TEST(LineLoggerJson, HasNoSpanFieldsOutsideOfSpans) {
  Written log({.span = []() noexcept { return LineSpan(); }});
  log->info("e");
  EXPECT_THAT(log.text(), Not(HasSubstr("trace_id")));
}

TEST(LineLoggerJson, IsNeverColoured) {
  Written log({.colour = true});
  log->error("e");
  EXPECT_THAT(log.text(), Not(HasSubstr("\x1b")));
}

TEST(LineLoggerConsole, IsShortAndShowsTheLocalTime) {
  const TimeZone zone("EST5");
  Written log(console());
  log->info("grpc_server_started",
            {{"address", "127.0.0.1:50051"}, {"reflection_enabled", true}, {"servicer_count", 2}, {"load", 0.5}});
  EXPECT_EQ(log.text(),
            "22:04:05.678 INFO  grpc_server_started address=127.0.0.1:50051 reflection_enabled=true servicer_count=2 "
            "load=0.5\n");
}

TEST(LineLoggerConsole, PadsEachLevel) {
  Written log({.format = LogFormat::kConsole, .level = LogLevel::kDebug});
  log->debug("a");
  log->warning("b");
  log->error("c");
  EXPECT_THAT(log.text(), HasSubstr(" DEBUG a\n"));
  EXPECT_THAT(log.text(), HasSubstr(" WARN  b\n"));
  EXPECT_THAT(log.text(), HasSubstr(" ERROR c\n"));
}

TEST(LineLoggerConsole, QuotesWhatIsNoWord) {
  Written log(console());
  log->info("e", {{"a", "two words"}, {"b", ""}, {"c", "x=1"}, {"d", "it's"}, {"two keys", "\"q\""}});
  EXPECT_THAT(log.text(), EndsWith(R"( e a="two words" b="" c="x=1" d="it's" "two keys"="\"q\"")"
                                   "\n"));
}

TEST(LineLoggerConsole, CannotBeForgedByAnyText) {
  const std::string evil = "a\n00:00:00.000 INFO  forged \x1b[2J\u009b1m\u2028 b";
  Written log(console());
  log->info(evil, {{evil, evil}});
  const auto text = log.text();
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\u009b")));
  EXPECT_THAT(text, Not(HasSubstr("\u2028")));
}

TEST(LineLoggerConsole, ColoursTheLevelWhenAsked) {
  Written log(console(true));
  log->warning("e");
  EXPECT_THAT(log.text(), HasSubstr("\x1b[33mWARN  \x1b[0me"));
}

TEST(LineLogger, WritesWholeLinesFromManyThreads) {
  Written log;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&log, thread] {
        for (int i = 0; i < 250; ++i) log->info("e", {{"thread", thread}, {"i", i}, {"text", std::string(600, 'x')}});
      });
    }
  }
  const auto text = log.text();
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < text.size(); ++lines) {
    const auto end = text.find('\n', begin);
    ASSERT_TRUE(json::accept(text.substr(begin, end - begin))) << text.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_EQ(lines, 1000u);
}

TEST(LineLogger, HasWrittenEverythingWhenItIsGone) {
  const test::LogFile file;
  {
    LineLogger log(std::make_shared<LineWriter>(file.fd()), {});
    for (int i = 0; i < 1000; ++i) log.info("e", {{"i", i}});
  }
  EXPECT_THAT(file.text(), EndsWith("\"i\":999}\n"));
}

/// Has one counter.
class FakeMetrics final : public Metrics, private Counter {
 public:
  Counter& counter(const std::string& name, const std::string&, const Labels& labels) override {
    EXPECT_EQ(name, "plinth_telemetry_dropped_total");
    EXPECT_EQ(labels, (Labels{{"signal", "logs"}}));
    return *this;
  }
  Gauge& gauge(const std::string&, const std::string&, const Labels&) override { std::abort(); }
  Histogram& histogram(const std::string&, const std::string&, std::span<const double>, const Labels&) override {
    std::abort();
  }
  std::shared_ptr<void> before_reading(std::function<void()> update) override {
    update_ = std::move(update);
    return nullptr;
  }
  std::string text() const override { return {}; }

  double read() {
    update_();
    return value_;
  }

 private:
  void add(double amount) noexcept override { value_ += amount; }
  std::function<void()> update_;
  double value_ = 0;
};

std::size_t count_of(std::string_view event, const std::string& text) {
  const auto begin = fmt::format("\"event\":\"{}\"", event);
  return static_cast<std::size_t>(
      std::ranges::count_if(test::lines_of(text), [&](const std::string& line) { return line.contains(begin); }));
}

/// How many lines the log itself says were lost.
double told_in(const std::string& text) {
  double told = 0;
  for (const auto& line : test::lines_of(text)) {
    if (line.contains("log_lines_dropped") && line.ends_with('}')) told += json::parse(line)["count"].get<double>();
  }
  return told;
}

TEST(LineLogger, TellsAndCountsWhatWasLostOnceTheReaderIsBack) {
  const auto metrics = std::make_shared<FakeMetrics>();
  test::LogPipe pipe;
  auto writer = std::make_shared<LineWriter>(pipe.fd(), LineWriterLimits{.queued = 100'000});
  LineLogger log(writer, {.metrics = metrics});
  const std::string text(1000, 'x');
  for (int i = 0; i < 1000; ++i) log.info("e", {{"text", text}});
  const auto lost = metrics->read();
  EXPECT_GT(lost, 700) << "a pipe takes 64 KiB, the queue 100 kB, a batch as much";
  EXPECT_EQ(metrics->read(), lost) << "each is counted once";

  const auto seen = pipe.read_until([&](const std::string& all) {
    log.info("back");
    return told_in(all) == metrics->read() && count_of("back", all) > 0;
  });
  EXPECT_THAT(seen, HasSubstr(R"("level":"warning","event":"log_lines_dropped","count":)"));
  EXPECT_GE(static_cast<double>(count_of("e", seen)) + told_in(seen), 1000) << "each line is written or told of";
}

TEST(MakeLogger, WritesToStandardOutput) {
  ::testing::internal::CaptureStdout();
  make_logger(LogFormat::kJson, LogLevel::kWarning)->info("quiet");
  make_logger(LogFormat::kJson, LogLevel::kWarning)->warning("json", {{"k", 1}});
  make_logger(LogFormat::kConsole, LogLevel::kInfo)->info("console");
  const auto text = ::testing::internal::GetCapturedStdout();
  EXPECT_THAT(text, StartsWith("{\"timestamp\":\"2"));
  EXPECT_THAT(text, HasSubstr(R"("level":"warning","event":"json","k":1})"));
  EXPECT_THAT(text, HasSubstr(" INFO  console\n"));
  EXPECT_THAT(text, Not(HasSubstr("quiet")));
}

}  // namespace
}  // namespace plinth::telemetry
