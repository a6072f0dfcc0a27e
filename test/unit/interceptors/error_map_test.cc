// Which status an exception becomes.

#include <gtest/gtest.h>

#include <any>
#include <filesystem>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "plinth/error_interceptor.h"
#include "plinth/errors.h"

namespace plinth {
namespace {

constexpr auto kHidden = "password is 1234";

template <class Base>
class Derived : public Base {
 public:
  using Base::Base;
};

Status status_of(const std::exception& error) { return ErrorMap().status_of(error); }

/// An error, one derived from it, and one derived from that are all the same to the peer.
template <class Error>
void expect(const Status& expected) {
  EXPECT_EQ(status_of(Error(kHidden)), expected);
  EXPECT_EQ(status_of(Derived<Error>(kHidden)), expected) << expected.to_string();
  EXPECT_EQ(status_of(Derived<Derived<Error>>(kHidden)), expected) << expected.to_string();
}

TEST(ErrorMap, HasTheContractsTable) {
  expect<ValidationError>(invalid_argument("Validation failed"));
  expect<NotFoundError>(not_found("Resource not found"));
  expect<UnauthorizedError>(unauthenticated("Authentication required"));
  expect<ForbiddenError>(permission_denied("Access denied"));
  expect<ConflictError>(already_exists("Resource already exists"));
  expect<RateLimitError>(resource_exhausted("Too many requests"));
  expect<ExternalServiceError>(unavailable("Service temporarily unavailable"));
  expect<DatabaseError>(internal_error("Internal server error"));
  expect<TimeoutError>(deadline_exceeded("Operation timed out"));
  expect<std::invalid_argument>(invalid_argument("Invalid argument"));
  expect<std::out_of_range>(out_of_range("Value out of range"));
  expect<DomainError>(internal_error("Internal server error"));
  expect<std::runtime_error>(internal_error("Internal server error"));
  expect<std::logic_error>(internal_error("Internal server error"));
}

TEST(ErrorMap, TakesAnythingElseForInternal) {
  EXPECT_EQ(status_of(std::bad_alloc()).code(), StatusCode::kInternal);
  EXPECT_EQ(status_of(std::bad_any_cast()).code(), StatusCode::kInternal);
  EXPECT_EQ(status_of(std::future_error(std::future_errc::no_state)).code(), StatusCode::kInternal);
  EXPECT_EQ(status_of(std::exception()).code(), StatusCode::kInternal);
}

TEST(ErrorMap, TakesASystemErrorByItsCondition) {
  using enum std::errc;
  const Status away = unavailable("Service temporarily unavailable");
  const Status denied = plinth::permission_denied("Access denied");
  const Status broken = internal_error("Internal server error");
  const std::pair<std::errc, Status> cases[] = {
      {connection_refused, away},    {connection_reset, away},
      {connection_aborted, away},    {not_connected, away},
      {broken_pipe, away},           {timed_out, away},
      {host_unreachable, away},      {network_unreachable, away},
      {network_down, away},          {network_reset, away},
      {permission_denied, denied},   {operation_not_permitted, denied},
      {no_space_on_device, broken},  {no_such_file_or_directory, broken},
      {too_many_files_open, broken},
  };
  for (const auto& [condition, expected] : cases) {
    const auto code = static_cast<int>(condition);
    EXPECT_EQ(status_of(std::system_error(code, std::generic_category(), kHidden)), expected) << code;
    EXPECT_EQ(status_of(std::system_error(code, std::system_category(), kHidden)), expected) << code;
    EXPECT_EQ(status_of(Derived<std::system_error>(code, std::system_category(), kHidden)), expected) << code;
    EXPECT_EQ(status_of(std::filesystem::filesystem_error(kHidden, std::make_error_code(condition))), expected) << code;
  }
  EXPECT_EQ(status_of(std::system_error(std::make_error_code(std::io_errc::stream))), broken);
}

/// Its codes mean nothing to anybody, whatever their numbers.
class OwnCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "own"; }
  std::string message(int) const override { return "own"; }
};

TEST(ErrorMap, DoesNotTakeForeignNumbersForErrno) {
  const OwnCategory own;
  EXPECT_EQ(status_of(std::system_error(ECONNREFUSED, own)), internal_error("Internal server error"));
}

class LockedError : public std::runtime_error {
 public:
  LockedError() : std::runtime_error("row 7 is locked by ann") {}
  std::string what_is_locked() const { return "row 7"; }
};

TEST(ErrorMap, LearnsOwnTypes) {
  ErrorMap map;
  map.add<LockedError>(StatusCode::kAborted, "Try again");
  EXPECT_EQ(map.status_of(LockedError()), aborted("Try again"));
  EXPECT_EQ(map.status_of(Derived<LockedError>()), aborted("Try again"));
  EXPECT_EQ(map.status_of(std::runtime_error("")), internal_error("Internal server error"));
  EXPECT_EQ(map.status_of(NotFoundError("")), not_found("Resource not found")) << "the table is still there";
}

TEST(ErrorMap, LearnsFunctions) {
  ErrorMap map;
  map.add<LockedError>([](const LockedError& error) { return aborted("{} is locked", error.what_is_locked()); });
  EXPECT_EQ(map.status_of(Derived<LockedError>()), aborted("row 7 is locked"));
}

TEST(ErrorMap, TakesTheNearestBaseInWhateverOrderTheyWereAdded) {
  class Near : public NotFoundError {
    using NotFoundError::NotFoundError;
  };
  class Nearer : public Near {
    using Near::Near;
  };
  for (const bool nearest_first : {true, false}) {
    ErrorMap map;
    if (nearest_first) map.add<Nearer>(StatusCode::kDataLoss, "nearer");
    map.add<std::exception>(StatusCode::kUnknown, "anything");
    map.add<Near>(StatusCode::kAborted, "near");
    if (!nearest_first) map.add<Nearer>(StatusCode::kDataLoss, "nearer");
    EXPECT_EQ(map.status_of(Derived<Nearer>("")), data_loss("nearer"));
    EXPECT_EQ(map.status_of(Near("")), aborted("near"));
    EXPECT_EQ(map.status_of(NotFoundError("")), not_found("Resource not found"));
    EXPECT_EQ(map.status_of(std::logic_error("")), unknown("anything"));
  }
}

TEST(ErrorMap, TakesTheLastWordOnAType) {
  ErrorMap map;
  map.add<NotFoundError>(StatusCode::kNotFound, "Nada aqui").add<NotFoundError>(StatusCode::kNotFound, "Nothing here");
  EXPECT_EQ(map.status_of(NotFoundError("")), not_found("Nothing here"));
}

class Mark {
 public:
  virtual ~Mark() = default;
};
class MarkedError : public Mark, public LockedError {};
class VirtualError : public virtual Mark, public virtual NotFoundError {
 public:
  VirtualError() : NotFoundError("") {}
};
class HidingError : public std::exception, private Mark {};

TEST(ErrorMap, FollowsSeveralBases) {
  ErrorMap map;
  map.add<LockedError>(StatusCode::kAborted, "Try again");
  EXPECT_EQ(map.status_of(MarkedError()), aborted("Try again"));
  EXPECT_EQ(map.status_of(VirtualError()), not_found("Resource not found"));
  EXPECT_EQ(map.status_of(HidingError()), internal_error("Internal server error"));
}

TEST(ErrorMap, TakesAnOkForNoAnswer) {
  ErrorMap map;
  map.add<LockedError>([](const LockedError&) { return Status(); });
  EXPECT_EQ(map.status_of(LockedError()), internal_error("Internal server error"));
}

}  // namespace
}  // namespace plinth
