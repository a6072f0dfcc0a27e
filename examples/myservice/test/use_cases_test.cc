#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "fake_repository.h"
#include "plinth/async.h"
#include "streams.h"
#include "use_cases/create_resources.h"
#include "use_cases/get_resource.h"
#include "use_cases/list_resources.h"
#include "use_cases/sync_resources.h"

namespace app {
namespace {

using plinth::StatusCode;
using plinth::sync_wait;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

class UseCasesTest : public testing::Test {
 protected:
  FakeRepository repository_;
};

TEST_F(UseCasesTest, GetGivesWhatIsStored) {
  repository_.add("7", "seven");
  GetResourceUseCase get(repository_);
  EXPECT_EQ(sync_wait(get.execute("7")), (Resource{"7", "seven"}));
  EXPECT_EQ(sync_wait(get.execute("8")), std::nullopt);
}

class ListTest : public UseCasesTest {
 protected:
  ListTest() {
    for (int number = 1; number <= 60; ++number) repository_.add(std::to_string(number), "any");
  }

  std::vector<Resource> list(std::size_t count) {
    ListResourcesUseCase use_case(repository_);
    std::vector<Resource> all;
    sync_wait(collect(use_case.execute(count), all));
    return all;
  }
};

TEST_F(ListTest, GivesAsManyAsAskedForInOrder) {
  const auto all = list(55);
  ASSERT_THAT(all, SizeIs(55));
  for (std::size_t index = 0; index < all.size(); ++index) EXPECT_EQ(all[index].id, std::to_string(index + 1));
}

TEST_F(ListTest, NeverHoldsMoreThanAFew) {
  list(60);
  EXPECT_THAT(repository_.pages, Each(Le(25u)));
  EXPECT_EQ(std::accumulate(repository_.pages.begin(), repository_.pages.end(), std::size_t{0}), 60u);
}

TEST_F(ListTest, EndsWhenThereAreNoMore) { EXPECT_THAT(list(1000), SizeIs(60)); }

TEST_F(ListTest, GivesNothingOfNothing) {
  repository_.stored.clear();
  EXPECT_THAT(list(10), IsEmpty());
}

class CreateTest : public UseCasesTest {
 protected:
  plinth::Result<std::size_t> create(std::vector<Resource> resources) {
    CreateResourcesUseCase use_case(repository_);
    return sync_wait(use_case.execute(stream_of(std::move(resources))));
  }

  /// Expects that nothing is stored.
  void expect_refused(std::vector<Resource> resources, StatusCode code, const std::string& message) {
    const auto before = repository_.stored;
    const auto result = create(std::move(resources));
    ASSERT_FALSE(result.has_value()) << "expected " << message;
    EXPECT_EQ(result.error().code(), code);
    EXPECT_EQ(result.error().message(), message);
    EXPECT_EQ(repository_.stored, before);
  }
};

TEST_F(CreateTest, StoresAllAndCountsThem) {
  EXPECT_EQ(create({{"1", "one"}, {"2", "two"}}), 2u);
  EXPECT_TRUE(repository_.has("1"));
  EXPECT_TRUE(repository_.has("2"));
}

TEST_F(CreateTest, NothingIsNothing) { EXPECT_EQ(create({}), 0u); }

TEST_F(CreateTest, OneThatExistsRefusesAll) {
  repository_.add("2", "two");
  expect_refused({{"1", "one"}, {"2", "other"}}, StatusCode::kAlreadyExists, "Resource 2 exists already");
}

TEST_F(CreateTest, OneThatComesTwiceRefusesAll) {
  expect_refused({{"1", "one"}, {"1", "uno"}}, StatusCode::kAlreadyExists, "Resource 1 exists already");
}

TEST_F(CreateTest, OneThatIsInvalidRefusesAll) {
  expect_refused({{"1", "one"}, {"", "none"}}, StatusCode::kInvalidArgument, "id must have 1 to 128 bytes, it has 0");
  expect_refused({{"1", "one"}, {"2", ""}}, StatusCode::kInvalidArgument, "name must have 1 to 1024 bytes, it has 0");
  expect_refused({{std::string(129, 'x'), "one"}}, StatusCode::kInvalidArgument,
                 "id must have 1 to 128 bytes, it has 129");
}

TEST_F(CreateTest, StoresAsManyAsItMayHold) {
  std::vector<Resource> resources;
  for (std::size_t number = 0; number < CreateResourcesUseCase::kMost; ++number) {
    resources.push_back({std::to_string(number), "any"});
  }
  EXPECT_EQ(create(resources), CreateResourcesUseCase::kMost);
}

TEST_F(CreateTest, RefusesMoreThanItMayHold) {
  std::vector<Resource> resources(CreateResourcesUseCase::kMost + 1, {"1", "any"});
  expect_refused(std::move(resources), StatusCode::kResourceExhausted, "one call may store 10000 resources");
}

class SyncTest : public UseCasesTest {
 protected:
  SyncResourcesUseCase use_case_{repository_};
  std::vector<Resource> answers_;
};

TEST_F(SyncTest, AnswersEachWithWhatIsStored) {
  repository_.add("1", "old");
  sync_wait(collect(use_case_.execute(stream_of<Resource>({{"1", "new"}, {"2", "two"}})), answers_));
  EXPECT_THAT(answers_, ElementsAre(Resource{"1", "new"}, Resource{"2", "two"}));
  EXPECT_TRUE(repository_.has("2"));
}

TEST_F(SyncTest, StoresOneBeforeItTakesTheNext) {
  auto answers = use_case_.execute(stream_of<Resource>({{"1", "one"}, {"2", "two"}}));
  sync_wait([](auto& answers) -> plinth::Task<void> { co_await answers.next(); }(answers));
  EXPECT_TRUE(repository_.has("1"));
  EXPECT_FALSE(repository_.has("2"));
}

TEST_F(SyncTest, EndsAtTheFirstThatIsInvalidAndKeepsWhatCameBefore) {
  auto answers = use_case_.execute(stream_of<Resource>({{"1", "one"}, {"", "none"}, {"3", "three"}}));
  try {
    sync_wait(collect(std::move(answers), answers_));
    FAIL() << "expected the stream to end with an error";
  } catch (const plinth::StatusError& error) {
    EXPECT_EQ(error.status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(answers_, SizeIs(1));
  EXPECT_TRUE(repository_.has("1"));
  EXPECT_FALSE(repository_.has("3"));
}

}  // namespace
}  // namespace app
