#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "plinth/async.h"
#include "plinth/task.h"

namespace plinth {
namespace {

TEST(TaskOfResult, ReturnsAValue) {
  auto task = []() -> Task<Result<std::string>> { co_return "value"; };
  EXPECT_EQ(sync_wait(task()).value(), "value");
}

TEST(TaskOfResult, ReturnsAValueThatCanOnlyBeMoved) {
  auto task = []() -> Task<Result<std::unique_ptr<int>>> {
    auto box = std::make_unique<int>(5);
    co_return box;
  };
  EXPECT_EQ(*sync_wait(task()).value(), 5);
}

TEST(TaskOfResult, ReturnsAStatus) {
  auto task = []() -> Task<Result<int>> { co_return not_found("no {}", 7); };
  auto result = sync_wait(task());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), not_found("no 7"));
}

TEST(TaskOfResult, ReturnsAStatusByName) {
  auto task = []() -> Task<Result<int>> {
    const Status status = aborted("twice");
    co_return status;
  };
  EXPECT_EQ(sync_wait(task()).error(), aborted("twice"));
}

TEST(TaskOfResult, ReturnsAResult) {
  auto task = [](bool good) -> Task<Result<int>> {
    Result<int> result = 3;
    if (!good) result = std::unexpected(internal_error("bad"));
    co_return result;
  };
  EXPECT_EQ(sync_wait(task(true)).value(), 3);
  EXPECT_EQ(sync_wait(task(false)).error(), internal_error("bad"));
}

TEST(TaskOfResult, ReturnsAnUnexpected) {
  auto task = []() -> Task<Result<int>> { co_return std::unexpected(unavailable("away")); };
  EXPECT_EQ(sync_wait(task()).error(), unavailable("away"));
}

TEST(TaskOfResult, MakesAnErrorOfAnOkStatus) {
  auto task = []() -> Task<Result<int>> { co_return Status(); };
  auto result = sync_wait(task());
  ASSERT_FALSE(result) << "an OK Status is no value";
  EXPECT_EQ(result.error().code(), StatusCode::kInternal);
}

TEST(TaskOfResult, ThrowsWhatIsThrown) {
  auto task = []() -> Task<Result<int>> {
    throw StatusError(aborted("thrown"));
    co_return 1;
  };
  EXPECT_THROW(static_cast<void>(sync_wait(task())), StatusError);
}

TEST(TaskOfResult, IsReturnedFromAnother) {
  auto inner = []() -> Task<Result<int>> { co_return 4; };
  auto outer = [&]() -> Task<Result<int>> {
    auto task = inner();
    auto result = co_await std::move(task);
    if (!result) co_return std::move(result).error();
    co_return *result + 1;
  };
  EXPECT_EQ(sync_wait(outer()).value(), 5);
}

TEST(TaskOfResult, OfVoidReturnsAResultOrAnError) {
  auto task = [](bool good) -> Task<Result<void>> {
    if (!good) co_return data_loss("gone");
    co_return Result<void>();
  };
  EXPECT_TRUE(sync_wait(task(true)));
  EXPECT_EQ(sync_wait(task(false)).error(), data_loss("gone"));
}

TEST(TaskOfStatus, ReturnsOkAndErrors) {
  auto task = [](bool good) -> Task<Status> {
    if (good) co_return Status();
    co_return aborted("no");
  };
  EXPECT_TRUE(sync_wait(task(true)).ok());
  EXPECT_EQ(sync_wait(task(false)), aborted("no"));
}

}  // namespace
}  // namespace plinth
