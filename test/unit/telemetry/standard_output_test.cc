#include "telemetry/standard_output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "plinth/log.h"
#include "support/log_file.h"

namespace plinth::telemetry {
namespace {

TEST(StandardOutput, IsColouredOnTerminalsOnly) {
  const test::LogFile file;
  EXPECT_FALSE(wants_colour(file.fd()));
}

TEST(StandardOutput, IsOneForAllLoggers) { EXPECT_EQ(standard_output(), standard_output()); }

/// Each of these runs in a new process, whose standard output is what gtest reads: the standard error.
class StandardOutputDeathTest : public ::testing::Test {
 protected:
  StandardOutputDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void log_and_exit() {
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const auto log = make_logger(LogFormat::kJson, LogLevel::kInfo);
  for (int i = 0; i < 1000; ++i) log->info("e", {{"i", i}});
  log->error("the last words");
  std::exit(3);
}

TEST_F(StandardOutputDeathTest, HasEveryLineOfAProgramThatExits) {
  EXPECT_EXIT(log_and_exit(), ::testing::ExitedWithCode(3), "\"i\":999.*\n.*the last words");
}

[[noreturn]] void log_and_exit_on_another_thread() {
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  std::thread([] {
    make_logger(LogFormat::kJson, LogLevel::kInfo)->error("the last words");
    std::exit(3);
  }).join();
  std::abort();
}

TEST_F(StandardOutputDeathTest, HasTheLinesOfAThreadThatEndsTheProgram) {
  EXPECT_EXIT(log_and_exit_on_another_thread(), ::testing::ExitedWithCode(3), "the last words");
}

[[noreturn]] void log_without_standard_output() {
  ::close(STDOUT_FILENO);
  const auto log = make_logger(LogFormat::kJson, LogLevel::kInfo);
  const int next = ::dup(STDERR_FILENO);
  log->info("e");
  std::exit(next == STDOUT_FILENO ? 1 : 0);
}

TEST_F(StandardOutputDeathTest, LeavesItsNumberToNobodyElse) {
  EXPECT_EXIT(log_without_standard_output(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace plinth::telemetry
