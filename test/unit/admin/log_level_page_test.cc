#include "admin/log_level_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class LogLevelPageTest : public ::testing::Test {
 protected:
  Answer get() { return page_.answer({.path = "/loglevel"}); }
  Answer put(const std::string& body) {
    Worker::Turn turn(loop_.worker());
    return page_.answer({.verb = Question::Verb::kPut, .path = "/loglevel", .body = body});
  }
  LogLevel level() const {
    using enum LogLevel;
    for (const auto each : {kDebug, kInfo, kWarning, kError}) {
      if (log_->enabled(each)) return each;
    }
    return kOff;
  }

  test::ManualLoop loop_;
  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  LogLevelPage page_{loop_.worker(), log_};
};

TEST_F(LogLevelPageTest, ShowsTheLevel) {
  EXPECT_EQ(get().body, "{\"level\":\"info\"}\n");
  log_->set_level(LogLevel::kOff);
  EXPECT_EQ(get().body, "{\"level\":\"off\"}\n");
}

TEST_F(LogLevelPageTest, ChangesTheLevelAndSaysSo) {
  EXPECT_EQ(put("level=error\n").body, "{\"level\":\"error\"}\n");
  EXPECT_EQ(level(), LogLevel::kError);
  EXPECT_THAT(log_->take(), ElementsAre("log_level_changed log_level=error"));
  loop_.advance(24h);
  EXPECT_EQ(level(), LogLevel::kError);
}

TEST_F(LogLevelPageTest, TakesTheLevelFromTheQueryToo) {
  page_.answer({.verb = Question::Verb::kPost, .path = "/loglevel", .query = "level=debug"});
  EXPECT_EQ(level(), LogLevel::kDebug);
}

TEST_F(LogLevelPageTest, SetsALevelForAWhile) {
  EXPECT_EQ(put("level=debug&for=60").body, "{\"level\":\"debug\",\"then\":\"info\"}\n");
  loop_.advance(59s);
  EXPECT_EQ(level(), LogLevel::kDebug);
  loop_.advance(2s);
  EXPECT_EQ(level(), LogLevel::kInfo);
  EXPECT_THAT(log_->take(), ElementsAre("log_level_changed log_level=debug", "log_level_changed log_level=info"));
}

TEST_F(LogLevelPageTest, ASecondWhileTakesThePlaceOfTheFirst) {
  put("level=debug&for=60");
  put("for=10&level=off");
  loop_.advance(11s);
  EXPECT_EQ(level(), LogLevel::kInfo) << "what was before the first one";
  put("level=error");
  loop_.advance(60s);
  EXPECT_EQ(level(), LogLevel::kError) << "nothing changes it back any more";
}

TEST_F(LogLevelPageTest, EndsAWhileWhenThePortIsClosed) {
  put("level=debug&for=60");
  page_.end();
  EXPECT_EQ(level(), LogLevel::kInfo);
}

TEST_F(LogLevelPageTest, RefusesWhateverElse) {
  for (const std::string body :
       {"", "level", "level=", "level=loud", "level=debug&level=info", "level=debug&for=0", "level=debug&for=-1",
        "level=debug&for=86401", "level=debug&for=1s", "level=debug&for=99999999999999999999", "for=60",
        "level=debug&x=y", "&", "=", "&&level=debug", "debug", "{\"level\":\"debug\"}"}) {
    EXPECT_EQ(put(body).status, 400u) << body;
  }
  EXPECT_EQ(level(), LogLevel::kInfo);
  EXPECT_TRUE(log_->take().empty());
}

}  // namespace
}  // namespace plinth::admin
