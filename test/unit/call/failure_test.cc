#include "call/failure.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace plinth::call {
namespace {

template <class Thrown>
std::exception_ptr thrown(Thrown what) {
  return std::make_exception_ptr(std::move(what));
}

TEST(StatusFrom, AStatusErrorIsItsOwnStatus) {
  const auto status = status_from(thrown(StatusError(not_found("no resource 7").with_details("d"))));
  EXPECT_EQ(status, not_found("no resource 7").with_details("d"));
  EXPECT_EQ(status.cause(), nullptr);
}

TEST(StatusFrom, AnythingElseTellsThePeerNothing) {
  for (const auto& error : {thrown(std::runtime_error("password is 1234")), thrown(42)}) {
    const auto status = status_from(error);
    EXPECT_EQ(status.to_string(), "INTERNAL: Internal server error");
    EXPECT_EQ(status.cause(), error) << "for those who map it to something better";
  }
}

TEST(StatusFrom, AStatusErrorThatIsOkIsAMistake) {
  EXPECT_EQ(status_from(thrown(StatusError(Status()))).code(), StatusCode::kInternal);
}

class OwnError : public std::runtime_error {
  using runtime_error::runtime_error;
};

TEST(Describe, NamesTheTypeAndTheText) {
  const auto truth = describe(thrown(OwnError("the disk is full")));
  EXPECT_EQ(truth.type, "plinth::call::(anonymous namespace)::OwnError");
  EXPECT_EQ(truth.text, "the disk is full");
}

TEST(Describe, TakesWhatIsNoException) {
  const auto truth = describe(thrown(42));
  EXPECT_EQ(truth.type, "int");
  EXPECT_EQ(truth.text, "not a std::exception");
}

}  // namespace
}  // namespace plinth::call
