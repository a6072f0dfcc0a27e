#include "telemetry/line_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/signal.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/log_file.h"

namespace plinth::telemetry {
namespace {

using namespace std::chrono_literals;
using test::LogFile;
using test::LogPipe;
using ::testing::ElementsAre;
using ::testing::StartsWith;

std::string numbered(int i) { return "line " + std::to_string(i) + "\n"; }

bool ends_with_line_17(const std::string& all) { return all.ends_with(numbered(17)); }

TEST(LineWriter, WritesLinesInTheirOrder) {
  const LogFile file;
  LineWriter writer(file.fd());
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    writer.put(numbered(i));
    expected += numbered(i);
  }
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(file.text(), expected);
}

TEST(LineWriter, LetsALineAppearInAPipeByItself) {
  LogPipe pipe;
  LineWriter writer(pipe.fd());
  writer.put(numbered(17));
  EXPECT_EQ(pipe.read_until(&ends_with_line_17), numbered(17));
}

TEST(LineWriter, LosesNothingWhenItEnds) {
  const LogFile file;
  {
    LineWriter writer(file.fd());
    for (int i = 0; i < 1000; ++i) writer.put(numbered(i));
  }
  EXPECT_EQ(test::lines_of(file.text()).size(), 1000u);
}

TEST(LineWriter, KeepsTheOrderOfEachThread) {
  const LogFile file;
  LineWriter writer(file.fd());
  {
    std::vector<std::jthread> threads;
    for (char name = 'a'; name < 'e'; ++name) {
      threads.emplace_back([&writer, name] {
        for (int i = 0; i < 1000; ++i) writer.put(name + numbered(100'000 + i));
      });
    }
  }
  writer.flush();
  auto lines = test::lines_of(file.text());
  ASSERT_EQ(lines.size(), 4000u);
  std::ranges::stable_sort(lines, {}, [](const std::string& line) { return line.front(); });
  EXPECT_TRUE(std::ranges::is_sorted(lines)) << "by thread, then in the order that the thread has put them";
}

/// Lets the thread of a writer end that hangs in a write.
void let_go(LogPipe& pipe, LineWriter& writer) {
  pipe.close_reader();
  while (!writer.flush()) std::this_thread::yield();
}

TEST(LineWriter, NeverWaitsForAReaderThatStalls) {
  LogPipe pipe;
  LineWriter writer(pipe.fd(), {.queued = 100'000, .patience = 0ms});
  for (int i = 0; i < 100'000; ++i) writer.put(numbered(i));
  EXPECT_FALSE(writer.flush()) << "the pipe is full and nobody reads it";
  EXPECT_EQ(writer.take_untold(), 0u) << "there is no use in telling a log that is full";
  EXPECT_GT(writer.take_uncounted(), 50'000u);
  let_go(pipe, writer);
}

TEST(LineWriter, EndsThoughItsReaderStalls) {
  static LogPipe& pipe = *new LogPipe;  // the thread that hangs in it goes with the process
  LineWriter writer(pipe.fd(), {.patience = 1ms});
  writer.put(std::string(500'000, 'x') + "\n");
}

TEST(LineWriter, KeepsTheOldestAndGoesOnWhenTheReaderIsBack) {
  LogPipe pipe;
  LineWriter writer(pipe.fd(), {.queued = 100'000});
  for (int i = 0; i < 100'000; ++i) writer.put(numbered(i));
  const auto seen = pipe.read_until([&](const std::string& all) {
    writer.put(numbered(17));
    return ends_with_line_17(all);
  });
  EXPECT_THAT(seen, StartsWith("line 0\nline 1\nline 2\n"));
  const auto lost = writer.take_untold();
  EXPECT_GT(lost, 50'000u);
  EXPECT_GE(lost + test::lines_of(seen).size(), 100'000u);
  EXPECT_EQ(writer.take_untold(), 0u) << "told once";
}

TEST(LineWriter, DoesNotWaitTwiceForAReaderThatStalls) {
  LogPipe pipe;
  LineWriter writer(pipe.fd(), {.patience = 100ms});
  writer.put(std::string(500'000, 'x') + "\n");
  EXPECT_FALSE(writer.flush());
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(writer.flush());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 50s) << "a thousand flushes that wait take 100 s";
  let_go(pipe, writer);
}

TEST(LineWriter, SurvivesAReaderThatHasGone) {
  LogPipe pipe;
  LineWriter writer(pipe.fd());
  pipe.close_reader();
  writer.put("one\ntwo\n");
  writer.put("three\n");
  EXPECT_TRUE(writer.flush()) << "what is lost is not waited for";
  EXPECT_EQ(writer.take_uncounted(), 3u);
  EXPECT_EQ(writer.take_untold(), 0u);
}

TEST(LineWriter, SurvivesAFileThatIsNotOpen) {
  LineWriter writer(-1);
  writer.put("one\n");
  EXPECT_TRUE(writer.flush());
  EXPECT_EQ(writer.take_uncounted(), 1u);
}

TEST(LineWriter, SurvivesAFullDisk) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  {
    LineWriter writer(full);
    for (int i = 0; i < 1000; ++i) writer.put(numbered(i));
    EXPECT_TRUE(writer.flush());
    EXPECT_EQ(writer.take_uncounted(), 1000u);
  }
  ::close(full);
}

/// A file that has room for so many bytes and no more, while it lives.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : ignored_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, ignored_);
  }

 private:
  rlimit before_{};
  void (*ignored_)(int);
};

TEST(LineWriter, EndsALineThatTheDiskHasCutOff) {
  const LogFile file;
  LineWriter writer(file.fd());
  {
    const SmallDisk disk(12);
    writer.put("line 1\nline 2\nline 3\n");
    writer.flush();
    writer.put("line 4\n");
    writer.flush();
  }
  writer.put("line 5\n");
  writer.flush();
  EXPECT_THAT(test::lines_of(file.text()), ElementsAre("line 1", "line ", "line 5"));
  EXPECT_EQ(writer.take_untold(), 3u);
}

TEST(LineWriter, LosesALineThatIsLongerThanTheQueue) {
  const LogFile file;
  LineWriter writer(file.fd(), {.queued = 10});
  writer.put("a line that is too long\n");
  writer.put("short\n");
  writer.flush();
  EXPECT_EQ(file.text(), "short\n");
  EXPECT_EQ(writer.take_untold(), 1u);
}

TEST(LineWriter, WaitsForRoomInAFileThatDoesNotBlock) {
  LogPipe pipe;
  ::fcntl(pipe.fd(), F_SETFL, O_NONBLOCK);
  LineWriter writer(pipe.fd());
  const std::string line(300'000, 'x');
  writer.put(line + "\n");
  writer.put(numbered(17));
  EXPECT_EQ(pipe.read_until(&ends_with_line_17), line + "\n" + numbered(17));
}

}  // namespace
}  // namespace plinth::telemetry
