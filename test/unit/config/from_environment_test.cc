#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "plinth/settings.h"

namespace plinth {
namespace {

/// The test runs in an empty directory of its own, and without variables of ours.
class FromEnvironment : public ::testing::Test {
 protected:
  FromEnvironment() {
    std::string name = std::filesystem::temp_directory_path() / "plinth-settings-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    std::filesystem::current_path(directory_);
  }
  ~FromEnvironment() override {
    ::unsetenv("GRPC__SERVER__PORT");
    ::unsetenv("GRPC__SERVER__PROT");
    std::filesystem::current_path(previous_);
    std::filesystem::remove_all(directory_);
  }

  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
  static void write_dotenv(const std::string& text) { std::ofstream(".env") << text; }
  static std::string source_error() {
    const auto source = SettingsSource::of_process();
    return source ? "no error" : source.error();
  }

 private:
  std::filesystem::path previous_ = std::filesystem::current_path();
  std::filesystem::path directory_;
};

using FromEnvironmentDeathTest = FromEnvironment;

TEST_F(FromEnvironment, ReadsVariables) {
  set("GRPC__SERVER__PORT", "1234");
  EXPECT_EQ(Settings::from_environment().grpc.server.port, 1234);
}

TEST_F(FromEnvironment, ReadsTheFileInTheWorkingDirectory) {
  write_dotenv("GRPC__SERVER__PORT=4321\n");
  EXPECT_EQ(Settings::from_environment().grpc.server.port, 4321);
}

TEST_F(FromEnvironment, NeedsNoFile) { EXPECT_EQ(Settings::from_environment().grpc.server.port, 50051); }

TEST_F(FromEnvironment, PrintsWarningsAndGoesOn) {
  set("GRPC__SERVER__PROT", "1");
  ::testing::internal::CaptureStderr();
  Settings::from_environment();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "warning: unknown setting GRPC__SERVER__PROT (did you mean GRPC__SERVER__PORT?)\n");
}

TEST_F(FromEnvironmentDeathTest, EndsTheProgramWithCode2AndOneLine) {
  set("GRPC__SERVER__PORT", "70000");
  EXPECT_EXIT(Settings::from_environment(), ::testing::ExitedWithCode(2),
              "^GRPC__SERVER__PORT: \"70000\" is not allowed; expected a whole number from 0 to 65535\n$");
}

TEST_F(FromEnvironmentDeathTest, EndsTheProgramOnAMalformedFile) {
  write_dotenv("GRPC__SERVER__PORT\n");
  EXPECT_EXIT(Settings::from_environment(), ::testing::ExitedWithCode(2), "^.env:1: expected NAME=value\n$");
}

TEST_F(FromEnvironment, RefusesAFileThatIsTooLarge) {
  write_dotenv(std::string(2 * 1024 * 1024, '#'));
  const auto source = SettingsSource::of_process().value();
  EXPECT_LE(source.dotenv.size(), 1024u * 1024 + 1) << "no more is read than is needed to refuse it";
  EXPECT_EQ(Settings::read(source).error(), ".env: larger than 1048576 bytes");
}

TEST_F(FromEnvironment, RefusesWhatIsNoFile) {
  std::filesystem::create_directory(".env");
  EXPECT_EQ(source_error(), ".env: cannot be read: it is not a regular file");
}

TEST_F(FromEnvironment, IsNotHeldUpByAPipe) {
  ASSERT_EQ(::mkfifo(".env", 0600), 0);
  EXPECT_EQ(source_error(), ".env: cannot be read: it is not a regular file");
}

}  // namespace
}  // namespace plinth
