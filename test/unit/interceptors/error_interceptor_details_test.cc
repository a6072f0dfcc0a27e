// What the peer is told of an error beside its status.

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/error_details.h"
#include "plinth/errors.h"
#include "unit/interceptors/error_calls.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::with_all_details;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr auto kPrivate = "password is 1234";

class ErrorInterceptorDetails : public test::ErrorCalls {};

TEST_F(ErrorInterceptorDetails, AddsNoDetailsUnasked) {
  EXPECT_EQ(call(ValidationError("name", "is empty")).details(), "");
}

TEST_F(ErrorInterceptorDetails, AddsWhatTheErrorKnows) {
  const ErrorDetails validation(call(ValidationError("name", "is empty"), with_all_details()));
  EXPECT_EQ(validation.size(), 2u);
  EXPECT_EQ(validation.get<google::rpc::BadRequest>()->field_violations(0).field(), "name");
  EXPECT_EQ(validation.get<google::rpc::ErrorInfo>()->reason(), "INVALID_ARGUMENT");
  EXPECT_EQ(validation.get<google::rpc::ErrorInfo>()->domain(), "myservice.MyService");

  const ErrorDetails rate_limit(call(RateLimitError(kPrivate, 1500ms), with_all_details()));
  EXPECT_EQ(rate_limit.get<google::rpc::RetryInfo>()->retry_delay().seconds(), 1);

  const ErrorDetails not_found(call(NotFoundError("Resource", "7"), with_all_details()));
  EXPECT_EQ(not_found.get<google::rpc::ResourceInfo>()->resource_name(), "7");
}

TEST_F(ErrorInterceptorDetails, AddsTheInfoThatTheErrorHas) {
  auto options = with_all_details();
  options.domain = "example.com";
  const ConflictError error("row 7", {.reason = "ROW_EXISTS", .metadata = {{"row", "7"}}});
  auto info = ErrorDetails(call(error, options)).get<google::rpc::ErrorInfo>();
  EXPECT_EQ(info->reason(), "ROW_EXISTS");
  EXPECT_EQ(info->domain(), "example.com");
  EXPECT_EQ(info->metadata().at("row"), "7");

  const ConflictError others("row 7", {.domain = "other.com"});
  EXPECT_EQ(ErrorDetails(call(others, options)).get<google::rpc::ErrorInfo>()->domain(), "other.com");
}

TEST_F(ErrorInterceptorDetails, NeverTellsTheTextOfAnExceptionUnlessTheOptionsSaySo) {
  const std::vector<std::function<Status()>> throwers = {
      []() -> Status { throw ForbiddenError(kPrivate); },
      []() -> Status { throw ValidationError(kPrivate); },
      []() -> Status { throw NotFoundError(kPrivate); },
      []() -> Status { throw RateLimitError(kPrivate, 1s); },
      []() -> Status { throw std::runtime_error(kPrivate); },
      []() -> Status { throw std::string(kPrivate); },
      []() -> Status { throw ExternalServiceError("payments", kPrivate); },
  };
  for (const auto& thrower : throwers) {
    for (const auto& status : call_all(thrower, with_all_details())) {
      EXPECT_THAT(status.message() + status.details(), Not(HasSubstr("1234")));
      EXPECT_EQ(ErrorDetails(status).get<google::rpc::ErrorInfo>()->reason(), to_string(status.code()));
    }
  }
  ErrorOptions options;
  options.include_debug_info = true;
  const auto status = call(std::runtime_error(kPrivate), options);
  EXPECT_EQ(status.message(), "Internal server error");
  EXPECT_EQ(ErrorDetails(status).get<google::rpc::DebugInfo>()->detail(), "std::runtime_error: password is 1234");
}

TEST_F(ErrorInterceptorDetails, LeavesTheDetailsOfAMapAlone) {
  auto options = with_all_details();
  options.map.add<NotFoundError>(
      [](const NotFoundError&) { return with_details(not_found("Gone"), google::rpc::Help()); });
  const ErrorDetails details(call(NotFoundError("Resource", "7"), options));
  EXPECT_EQ(details.size(), 1u);
  EXPECT_TRUE(details.get<google::rpc::Help>());
}

class SpeakingError : public NotFoundError {
 public:
  using NotFoundError::NotFoundError;
  Details details() const override {
    auto all = NotFoundError::details();
    auto help = std::make_shared<google::rpc::Help>();
    help->add_links()->set_url("https://example.com/help");
    all.push_back(help);
    return all;
  }
};

TEST_F(ErrorInterceptorDetails, AddsDetailsOfOwnErrors) {
  const ErrorDetails details(call(SpeakingError("Resource", "7"), with_all_details()));
  EXPECT_EQ(details.size(), 3u);
  EXPECT_EQ(details.get<google::rpc::Help>()->links(0).url(), "https://example.com/help");
}

TEST_F(ErrorInterceptorDetails, AddsOnlyWhatFitsAndWhatIsUtf8) {
  auto options = with_all_details();
  options.include_debug_info = true;
  const std::string hostile(1 << 16, '\xFF');
  ErrorInfo info = {.reason = hostile, .domain = hostile, .metadata = {}};
  for (int i = 0; i < 100; ++i) info.metadata.emplace_back(hostile + std::to_string(i), hostile);
  const auto status = call(NotFoundError(hostile, hostile, info), options);
  EXPECT_LT(status.details().size(), 4'096u);
  const auto resource = ErrorDetails(status).get<google::rpc::ResourceInfo>();
  ASSERT_TRUE(resource);
  EXPECT_THAT(resource->resource_name(), StartsWith("????"));
}

}  // namespace
}  // namespace plinth
