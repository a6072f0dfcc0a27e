// What the peer hears, and what the log says, of calls that end with an error.

#include "plinth/error_interceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/errors.h"
#include "unit/interceptors/error_calls.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using plinth::testing::InProcessServer;
using test::GetResourceRequest;
using test::MyService;
using test::Resource;
using test::with_all_details;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kSecret = "password is 1234";

/// Adds its level to each line that it keeps.
class LevelLog final : public Logger {
 public:
  std::vector<std::string> lines;

 private:
  void log(LogLevel level, std::string_view event, std::span<const LogField>) noexcept override {
    lines.push_back(fmt::format("{} {}", to_string(level), event));
  }
};

class ErrorInterceptorTest : public test::ErrorCalls {};

TEST_F(ErrorInterceptorTest, TellsThePeerASafeSentenceAndTheLogTheTruth) {
  EXPECT_EQ(call(NotFoundError(kSecret)), not_found("Resource not found"));
  constexpr auto kTruth = " error_type=plinth::NotFoundError status=NOT_FOUND message=password is 1234";
  EXPECT_THAT(log_->take(), ElementsAre(std::string("grpc_error method=/myservice.MyService/GetResource") + kTruth,
                                        std::string("grpc_error method=/myservice.MyService/ListResources") + kTruth,
                                        std::string("grpc_error method=/myservice.MyService/CreateResources") + kTruth,
                                        std::string("grpc_error method=/myservice.MyService/SyncResources") + kTruth));
}

TEST_F(ErrorInterceptorTest, TellsNothingOfWhatItDoesNotKnow) {
  EXPECT_EQ(call(std::runtime_error(kSecret)), internal_error("Internal server error"));
  EXPECT_THAT(log_->take().front(),
              HasSubstr("error_type=std::runtime_error status=INTERNAL message=password is 1234"));
  EXPECT_EQ(call(42), internal_error("Internal server error"));
  EXPECT_THAT(log_->take().front(), HasSubstr("error_type=int status=INTERNAL message=not a std::exception"));
  EXPECT_EQ(call(std::string(kSecret)), internal_error("Internal server error"));
}

TEST_F(ErrorInterceptorTest, TakesErrorsThatAreReturnedAsThoseThatAreThrown) {
  for (const auto& status : call_all([] { return as_status(ConflictError("Resource", "7")); })) {
    EXPECT_EQ(status, already_exists("Resource already exists"));
  }
  EXPECT_THAT(log_->take().front(), HasSubstr("error_type=plinth::ConflictError status=ALREADY_EXISTS "
                                              "message=Resource 7 already exists"));
}

TEST_F(ErrorInterceptorTest, LeavesAStatusAlone) {
  auto options = with_all_details();
  options.include_debug_info = true;
  for (int code = 1; code <= 16; ++code) {
    const auto explicit_status =
        Status(static_cast<StatusCode>(code), "Internal server error").with_details("\x08\x01");
    EXPECT_EQ(call(StatusError(explicit_status), options), explicit_status);
    for (const auto& status : call_all([&] { return explicit_status; }, options)) EXPECT_EQ(status, explicit_status);
  }
  EXPECT_THAT(log_->take(), IsEmpty()) << "a status is no accident";
}

TEST_F(ErrorInterceptorTest, LeavesSuccessAlone) {
  for (const auto& status : call_all([] { return Status(); }, with_all_details())) EXPECT_TRUE(status.ok());
  EXPECT_THAT(log_->take(), IsEmpty());
}

TEST_F(ErrorInterceptorTest, LogsTheCauseOfAStatusAndLeavesTheRestAlone) {
  const auto explicit_status = aborted("try again").with_cause(std::make_exception_ptr(NotFoundError(kSecret)));
  for (const auto& status : call_all([&] { return explicit_status; }, with_all_details())) {
    EXPECT_EQ(status, aborted("try again"));
  }
  EXPECT_THAT(log_->take().front(), HasSubstr("status=ABORTED message=password is 1234"));
}

TEST_F(ErrorInterceptorTest, LogsLouderWhatIsTheServersFault) {
  const auto log = std::make_shared<LevelLog>();
  ErrorOptions options;
  options.logger = log;
  EXPECT_FALSE(call(ValidationError("name", "is empty"), options).ok());
  EXPECT_EQ(log->lines.back(), "info grpc_error");
  EXPECT_FALSE(call(ExternalServiceError("payments", "no answer"), options).ok());
  EXPECT_EQ(log->lines.back(), "warning grpc_error");
  EXPECT_FALSE(call(DatabaseError("the disk is full"), options).ok());
  EXPECT_EQ(log->lines.back(), "error grpc_error");
}

TEST_F(ErrorInterceptorTest, GoesByTheMapOfItsOptions) {
  ErrorOptions options;
  options.map.add<std::runtime_error>([](const std::runtime_error&) { return data_loss("It is gone"); });
  EXPECT_EQ(call(std::overflow_error(kSecret), options), data_loss("It is gone"));
}

TEST_F(ErrorInterceptorTest, SurvivesAMapThatThrows) {
  ErrorOptions options;
  options.map.add<NotFoundError>([](const NotFoundError&) -> Status { throw std::runtime_error(kSecret); });
  EXPECT_EQ(call(NotFoundError("row 7"), options), internal_error("Internal server error"));
}

TEST_F(ErrorInterceptorTest, LogsOnceAndWithTheWorkersLoggerWhenItHasNone) {
  const auto server_log = std::make_shared<test::KeptLog>();
  for (const auto& own_log : {log_, std::shared_ptr<test::KeptLog>()}) {
    InProcessServer server({.logger = server_log});
    ErrorOptions options;
    options.logger = own_log;
    auto fake = std::make_shared<MyService::Fake>();
    fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
      throw NotFoundError("Resource", "7");
    };
    server.add_interceptor(ErrorInterceptor(options)).add_servicer(fake);
    MyService::Stub stub(server.channel());
    EXPECT_EQ(sync_wait(stub.GetResource(GetResourceRequest())).error(), not_found("Resource not found"));
    constexpr auto kLine =
        "grpc_error method=/myservice.MyService/GetResource error_type=plinth::NotFoundError "
        "status=NOT_FOUND message=Resource 7 not found";
    EXPECT_THAT((own_log ? own_log : server_log)->take(), ElementsAre(kLine));
    EXPECT_THAT((own_log ? server_log : log_)->take(), IsEmpty());
  }
}

TEST_F(ErrorInterceptorTest, DoesNothingOnAClient) {
  InProcessServer server(loop_);
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = plinth::testing::always(not_found("row 7"));
  server.add_client_interceptor(ErrorInterceptor(with_all_details())).add_servicer(fake);
  MyService::Stub stub(server.channel());
  EXPECT_EQ(loop_.run([&] { return stub.GetResource(GetResourceRequest()); }).error(), not_found("row 7"));
}

TEST_F(ErrorInterceptorTest, LeavesCancelledCallsAndDeadlinesAlone) {
  InProcessServer server(loop_);
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    auto long_time = sleep_for(1h);
    co_await std::move(long_time);
    co_return Resource();
  };
  ErrorOptions options = with_all_details();
  options.logger = log_;
  server.add_interceptor(ErrorInterceptor(options)).add_servicer(fake);
  MyService::Stub stub(server.channel());
  CallOptions call_options;
  call_options.timeout = 1s;
  auto call = loop_.start([&] { return stub.GetResource(GetResourceRequest(), call_options); });
  loop_.advance(1s);
  EXPECT_EQ(call.take().error().code(), StatusCode::kDeadlineExceeded);
  {
    auto dropped = loop_.start([&] { return stub.GetResource(GetResourceRequest()); });
  }
  EXPECT_THAT(log_->take(), IsEmpty());
}

}  // namespace
}  // namespace plinth
