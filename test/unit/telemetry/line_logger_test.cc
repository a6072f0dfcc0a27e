#include "telemetry/line_logger.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

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

/// A FILE in memory, and a logger that writes to it.
class Written {
 public:
  explicit Written(LineLoggerOptions options = {}) {
    options.now = &fixed_now;
    logger_ = std::make_unique<LineLogger>(make_file_sink(file_), options);
  }
  ~Written() {
    std::fclose(file_);
    std::free(data_);
  }
  Written(const Written&) = delete;

  Logger* operator->() { return logger_.get(); }
  /// Without any flush but the logger's own.
  std::string text() const { return data_ ? std::string(data_, size_) : std::string(); }
  json parsed() const { return json::parse(text()); }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_ = ::open_memstream(&data_, &size_);
  std::unique_ptr<LineLogger> logger_;
};

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
  Written log({.span = []() noexcept { return LineSpan{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"}; }});
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

TEST(LineLogger, LetsALineAppearInAPipeAtOnce) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  std::FILE* file = ::fdopen(ends[1], "w");
  LineLogger log(make_file_sink(file), {});
  log.info("e");
  char buffer[256];
  const auto size = ::read(ends[0], buffer, sizeof buffer);
  EXPECT_GT(size, 0) << "nothing to read: the line is held back";
  std::fclose(file);
  ::close(ends[0]);
}

TEST(LineLogger, SurvivesASinkThatFails) {
  class Broken final : public spdlog::sinks::sink {
    void log(const spdlog::details::log_msg&) override { throw std::runtime_error("disk full"); }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  };
  LineLogger log(std::make_shared<Broken>(), {});
  log.info("e");
}

TEST(LineLogger, DoesNotColourWhatIsNoTerminal) {
  std::FILE* file = std::tmpfile();
  EXPECT_FALSE(wants_colour(file));
  std::fclose(file);
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
