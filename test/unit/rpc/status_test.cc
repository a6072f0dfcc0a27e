#include "plinth/status.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace plinth {
namespace {

TEST(Status, DefaultIsOk) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.details(), "");
  EXPECT_EQ(status.cause(), nullptr);
  EXPECT_EQ(status.to_string(), "OK");
}

TEST(Status, OkIsAPointer) { EXPECT_LE(sizeof(Status), 2 * sizeof(void*)); }

TEST(Status, ErrorHasCodeAndMessage) {
  const Status status(StatusCode::kNotFound, "Resource 7 not found");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "Resource 7 not found");
  EXPECT_EQ(status.to_string(), "NOT_FOUND: Resource 7 not found");
}

TEST(StatusDeathTest, AnErrorWithoutAnErrorEndsTheProgram) {
  EXPECT_DEATH(static_cast<void>(Status(StatusCode::kOk, "fine")), "OK is built as Status\\(\\)");
}

TEST(StatusDeathTest, OkCarriesNeitherDetailsNorCause) {
  EXPECT_DEATH(static_cast<void>(Status().with_details("x")), "details belong to an error");
  EXPECT_DEATH(static_cast<void>(Status().with_cause(nullptr)), "a cause belongs to an error");
}

TEST(Status, CopiesShareTheText) {
  const Status status = aborted("a conflict");
  const Status copy = status;
  EXPECT_EQ(&copy.message(), &status.message());
}

TEST(Status, DetailsAndCauseAddToTheRest) {
  const auto cause = std::make_exception_ptr(std::runtime_error("disk"));
  const Status status = data_loss("broken").with_details("bytes").with_cause(cause);
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "broken");
  EXPECT_EQ(status.details(), "bytes");
  EXPECT_EQ(status.cause(), cause);
  EXPECT_EQ(status.with_details("other").cause(), cause) << "details must keep the cause";
}

TEST(Status, WithDetailsLeavesTheOriginalAlone) {
  const Status plain = internal_error("x");
  EXPECT_EQ(plain.with_details("d").details(), "d");
  EXPECT_EQ(plain.details(), "");
}

TEST(Status, EqualityComparesWhatThePeerSees) {
  EXPECT_EQ(Status(), Status());
  EXPECT_EQ(not_found("a"), not_found("a"));
  EXPECT_NE(not_found("a"), not_found("b"));
  EXPECT_NE(not_found("a"), internal_error("a"));
  EXPECT_NE(not_found("a"), not_found("a").with_details("d"));
  EXPECT_NE(not_found("a"), Status());
  EXPECT_EQ(not_found("a"), not_found("a").with_cause(std::make_exception_ptr(1)));
}

struct Maker {
  Status status;
  int code;
  const char* name;
};

TEST(Status, MakersHaveGrpcsCodesAndNames) {
  const Maker makers[] = {{cancelled("{}", 1), 1, "CANCELLED"},
                          {unknown("{}", 1), 2, "UNKNOWN"},
                          {invalid_argument("{}", 1), 3, "INVALID_ARGUMENT"},
                          {deadline_exceeded("{}", 1), 4, "DEADLINE_EXCEEDED"},
                          {not_found("{}", 1), 5, "NOT_FOUND"},
                          {already_exists("{}", 1), 6, "ALREADY_EXISTS"},
                          {permission_denied("{}", 1), 7, "PERMISSION_DENIED"},
                          {resource_exhausted("{}", 1), 8, "RESOURCE_EXHAUSTED"},
                          {failed_precondition("{}", 1), 9, "FAILED_PRECONDITION"},
                          {aborted("{}", 1), 10, "ABORTED"},
                          {out_of_range("{}", 1), 11, "OUT_OF_RANGE"},
                          {unimplemented("{}", 1), 12, "UNIMPLEMENTED"},
                          {internal_error("{}", 1), 13, "INTERNAL"},
                          {unavailable("{}", 1), 14, "UNAVAILABLE"},
                          {data_loss("{}", 1), 15, "DATA_LOSS"},
                          {unauthenticated("{}", 1), 16, "UNAUTHENTICATED"}};
  for (const auto& [status, code, name] : makers) {
    EXPECT_EQ(static_cast<int>(status.code()), code) << name;
    EXPECT_EQ(status.to_string(), std::string(name) + ": 1");
  }
}

TEST(Status, ACodeOutsideOfTheEnumerationIsNamedUnknown) {
  EXPECT_EQ(to_string(static_cast<StatusCode>(17)), "UNKNOWN");
  EXPECT_EQ(to_string(static_cast<StatusCode>(255)), "UNKNOWN");
}

TEST(StatusError, CarriesTheStatus) {
  const StatusError error(permission_denied("no"));
  EXPECT_EQ(error.status().code(), StatusCode::kPermissionDenied);
  EXPECT_STREQ(error.what(), "no");
}

TEST(Result, HoldsAValueOrAStatus) {
  const Result<int> value = 3;
  const Result<int> error = std::unexpected(not_found("gone"));
  EXPECT_EQ(value, 3);
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(error.error().message(), "gone");
}

}  // namespace
}  // namespace plinth
