#include "config/unknown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plinth/settings.h"

namespace plinth::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Environment = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> warnings_of(Environment environment, std::string dotenv = "") {
  return Settings::read({.environment = std::move(environment), .dotenv = std::move(dotenv)}).value().warnings;
}

TEST(UnknownSetting, IsNamedWithTheClosestOne) {
  EXPECT_THAT(warnings_of({{"GRPC__SERVER__PROT", "1"}}),
              ElementsAre("unknown setting GRPC__SERVER__PROT (did you mean GRPC__SERVER__PORT?)"));
  EXPECT_THAT(warnings_of({{"grpc__server_port", "1"}}),
              ElementsAre("unknown setting grpc__server_port (did you mean GRPC__SERVER__PORT?)"));
  EXPECT_THAT(warnings_of({{"OBSERVABILITY__LOGLEVEL", "1"}}),
              ElementsAre("unknown setting OBSERVABILITY__LOGLEVEL (did you mean OBSERVABILITY__LOG_LEVEL?)"));
  EXPECT_THAT(warnings_of({{"SECURITY__SECRETKEY", "hunter2"}}),
              ElementsAre("unknown setting SECURITY__SECRETKEY (did you mean SECURITY__SECRET_KEY?)"));
}

TEST(UnknownSetting, InTheFileIsNamedWithItsLine) {
  EXPECT_THAT(warnings_of({}, "\nGRPC__CLIENT__MAX_RETRY=1"),
              ElementsAre(".env:2: unknown setting GRPC__CLIENT__MAX_RETRY (did you mean GRPC__CLIENT__MAX_RETRIES?)"));
}

TEST(UnknownSetting, IsNotWhatOtherProgramsUse) {
  EXPECT_THAT(warnings_of({{"PATH", "/bin"}, {"GRPC_VERBOSITY", "debug"}, {"OTEL_LOG_LEVEL", "info"}, {"GRPC", ""}},
                          "DATABASE_URL=sqlite:///x\n"),
              IsEmpty());
}

TEST(UnknownSetting, OfAStrangeNameStaysOneShortLine) {
  EXPECT_THAT(warnings_of({{"GRPC__\n\x1b[2J", "1"}}),
              ElementsAre(::testing::StartsWith("unknown setting GRPC__\\x0a\\x1b[2J (did you mean ")));
  EXPECT_THAT(warnings_of({{"GRPC__" + std::string(100'000, 'X'), "1"}}),
              ElementsAre("unknown setting GRPC__" + std::string(94, 'X') + "..."));
}

TEST(UnknownSetting, ManyAreCounted) {
  Environment environment;
  for (int i = 0; i < 1000; ++i) environment.emplace_back("GRPC__X" + std::to_string(i), "");
  const auto warnings = warnings_of(environment);
  EXPECT_EQ(warnings.size(), 21u);
  EXPECT_EQ(warnings.back(), "and 980 more unknown settings");
}

TEST(ClosestSetting, IsTheFewestEditsAway) {
  EXPECT_EQ(closest_setting("GRPC__SERVER__PORT"), "GRPC__SERVER__PORT");
  EXPECT_EQ(closest_setting("GRPC__CLIENT__TLS__CAFILE"), "GRPC__CLIENT__TLS__CA_FILE");
  EXPECT_EQ(closest_setting("GRPC__SERVER__WORKERS"), "GRPC__SERVER__MAX_WORKERS");
  EXPECT_EQ(closest_setting("OBSERVABILITY__FORMAT"), "OBSERVABILITY__LOG_FORMAT");
}

}  // namespace
}  // namespace plinth::config
