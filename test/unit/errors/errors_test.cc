// What domain errors hold, and what they tell a peer.

#include "plinth/errors.h"

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace plinth {
namespace {

using namespace std::chrono_literals;

/// The only detail of an error, which is of this type.
template <class Message>
Message detail_of(const DomainError& error) {
  const auto details = error.details();
  EXPECT_EQ(details.size(), 1u) << error.what();
  const auto* message = details.empty() ? nullptr : dynamic_cast<const Message*>(details.front().get());
  EXPECT_TRUE(message) << error.what();
  return message ? *message : Message();
}

TEST(DomainErrors, HaveAMessageAndAnInfo) {
  const ForbiddenError error("ann may not read 7", {.reason = "NOT_OWNER", .metadata = {{"id", "7"}}});
  EXPECT_STREQ(error.what(), "ann may not read 7");
  EXPECT_EQ(error.info().reason, "NOT_OWNER");
  EXPECT_EQ(error.info().metadata.front().second, "7");
  EXPECT_TRUE(error.details().empty());
}

TEST(DomainErrors, AValidationErrorNamesEachField) {
  std::vector<FieldViolation> violations = {{"name", "is empty"}, {"page_size", "is above 100"}};
  const ValidationError error(std::move(violations));
  EXPECT_STREQ(error.what(), "name: is empty; page_size: is above 100");
  const auto request = detail_of<google::rpc::BadRequest>(error);
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(1).field(), "page_size");
  EXPECT_EQ(request.field_violations(1).description(), "is above 100");
}

TEST(DomainErrors, AValidationErrorOfOneField) {
  EXPECT_STREQ(ValidationError("name", "is empty").what(), "name: is empty");
  EXPECT_EQ(ValidationError("name", "is empty").violations().front().description, "is empty");
}

TEST(DomainErrors, AValidationErrorOfNoFieldHasNoDetails) {
  EXPECT_TRUE(ValidationError("the two dates are the same").details().empty());
}

TEST(DomainErrors, AValidationErrorTellsOnlyTheFirstOfManyViolations) {
  const ValidationError error(std::vector<FieldViolation>(10'000, {std::string(1'000, 'f'), std::string(1'000, 'd')}));
  const auto request = detail_of<google::rpc::BadRequest>(error);
  EXPECT_GT(request.field_violations_size(), 0);
  EXPECT_LT(request.ByteSizeLong(), 4'000u);
  EXPECT_LT(std::string(error.what()).size(), 5'000u);
}

TEST(DomainErrors, AnErrorAboutAResourceNamesIt) {
  EXPECT_STREQ(NotFoundError("Resource", "7").what(), "Resource 7 not found");
  EXPECT_STREQ(ConflictError("Resource", "7").what(), "Resource 7 already exists");
  const auto resource = detail_of<google::rpc::ResourceInfo>(ConflictError("Resource", "7"));
  EXPECT_EQ(resource.resource_type(), "Resource");
  EXPECT_EQ(resource.resource_name(), "7");
  EXPECT_TRUE(NotFoundError("no row").details().empty());
}

TEST(DomainErrors, ARateLimitErrorTellsWhenToComeBack) {
  const auto retry = detail_of<google::rpc::RetryInfo>(RateLimitError("ann calls too often", 2500ms));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  EXPECT_TRUE(RateLimitError("who knows when").details().empty());
  EXPECT_TRUE(RateLimitError("long ago", -1s).details().empty());
}

TEST(DomainErrors, AnExternalServiceErrorNamesTheService) {
  EXPECT_STREQ(ExternalServiceError("payments", "connection refused").what(), "payments: connection refused");
}

TEST(DomainErrors, TakeAnInfoLast) {
  EXPECT_EQ(ValidationError("no name", {.reason = "EMPTY"}).info().reason, "EMPTY");
  EXPECT_EQ(ValidationError("name", "is empty", {.reason = "EMPTY"}).info().reason, "EMPTY");
  EXPECT_EQ(NotFoundError("no row 7", {.domain = "us"}).info().domain, "us");
  EXPECT_EQ(NotFoundError("Resource", "7", {.domain = "us"}).info().domain, "us");
  EXPECT_EQ(ConflictError("a row 7", {.reason = "SEVEN"}).info().reason, "SEVEN");
  EXPECT_EQ(RateLimitError("too often", {.reason = "DAILY"}).info().reason, "DAILY");
  EXPECT_EQ(RateLimitError("too often", 1s, {.reason = "DAILY"}).info().reason, "DAILY");
  EXPECT_EQ(ExternalServiceError("no answer", {.reason = "PAYMENTS"}).info().reason, "PAYMENTS");
  EXPECT_EQ(ExternalServiceError("payments", "no answer", {.reason = "PAYMENTS"}).info().reason, "PAYMENTS");
  EXPECT_EQ(TimeoutError("too slow", {.reason = "SLOW"}).info().reason, "SLOW");
}

TEST(DomainErrors, MayBeReturned) {
  const auto status = as_status(NotFoundError("Resource", "7"));
  EXPECT_EQ(status, internal_error("Internal server error")) << "without an ErrorInterceptor, as when it is thrown";
  EXPECT_THROW(std::rethrow_exception(status.cause()), NotFoundError);
}

}  // namespace
}  // namespace plinth
