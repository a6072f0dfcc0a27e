#include "repositories/sqlite_resource_repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "plinth/async.h"
#include "repositories/demo_data.h"

namespace app {
namespace {

using plinth::sync_wait;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> ids(const std::vector<Resource>& resources) {
  std::vector<std::string> ids;
  for (const auto& resource : resources) ids.push_back(resource.id);
  return ids;
}

class SqliteResourceRepositoryTest : public testing::Test {
 protected:
  void insert(std::vector<Resource> resources) {
    ASSERT_EQ(sync_wait(repository_.insert_all(std::move(resources))), std::nullopt);
  }
  auto find(std::string id) { return sync_wait(repository_.find(std::move(id))); }
  auto list(std::string after, std::size_t limit) { return ids(sync_wait(repository_.list(std::move(after), limit))); }

  SqliteResourceRepository repository_{":memory:"};
};

TEST_F(SqliteResourceRepositoryTest, FindsWhatWasInserted) {
  insert({{"1", "one"}, {"2", "two"}});
  EXPECT_EQ(find("2"), (Resource{"2", "two"}));
  EXPECT_EQ(find("3"), std::nullopt);
}

TEST_F(SqliteResourceRepositoryTest, KeepsTextAsItIs) {
  const Resource strange{std::string("a\0b", 3), "'; DROP TABLE resources; -- \xe2\x82\xac"};
  insert({strange});
  EXPECT_EQ(find(strange.id), strange);
  EXPECT_EQ(find("a"), std::nullopt);
}

TEST_F(SqliteResourceRepositoryTest, ListsNumbersInTheirOrder) {
  insert({{"10", "x"}, {"9", "x"}, {"100", "x"}, {"1", "x"}, {"20", "x"}});
  EXPECT_THAT(list("", 10), ElementsAre("1", "9", "10", "20", "100"));
}

TEST_F(SqliteResourceRepositoryTest, ListsFromAnIdOnThatNeedNotExist) {
  insert({{"1", "x"}, {"2", "x"}, {"10", "x"}, {"11", "x"}});
  EXPECT_THAT(list("2", 10), ElementsAre("10", "11"));
  EXPECT_THAT(list("9", 1), ElementsAre("10"));
  EXPECT_THAT(list("11", 10), IsEmpty());
}

TEST_F(SqliteResourceRepositoryTest, InsertsAllOrNone) {
  insert({{"2", "two"}});
  EXPECT_EQ(sync_wait(repository_.insert_all({{"1", "one"}, {"2", "other"}, {"3", "three"}})), "2");
  EXPECT_THAT(list("", 10), ElementsAre("2"));
  EXPECT_EQ(find("2")->name, "two");
  EXPECT_EQ(sync_wait(repository_.insert_all({{"4", "four"}, {"4", "again"}})), "4");
  EXPECT_THAT(list("", 10), ElementsAre("2"));
  insert({{"5", "five"}});
}

TEST_F(SqliteResourceRepositoryTest, UpsertStoresAndReplaces) {
  EXPECT_EQ(sync_wait(repository_.upsert({"1", "one"})), (Resource{"1", "one"}));
  EXPECT_EQ(sync_wait(repository_.upsert({"1", "uno"})), (Resource{"1", "uno"}));
  EXPECT_EQ(find("1")->name, "uno");
  EXPECT_THAT(list("", 10), SizeIs(1));
}

TEST_F(SqliteResourceRepositoryTest, AnswersPings) { EXPECT_TRUE(sync_wait(repository_.ping())); }

plinth::Task<void> upsert_range(ResourceRepository& repository, int first, int count) {
  for (int number = first; number < first + count; ++number) {
    Resource resource{std::to_string(number), "any"};
    co_await repository.upsert(std::move(resource));
  }
}

TEST_F(SqliteResourceRepositoryTest, ServesManyAtTheSameTime) {
  std::vector<plinth::Task<void>> tasks;
  for (int task = 0; task < 16; ++task) tasks.push_back(upsert_range(repository_, task * 100, 20));
  sync_wait(plinth::when_all(std::move(tasks)));
  EXPECT_THAT(list("", 1000), SizeIs(16 * 20));
}

TEST_F(SqliteResourceRepositoryTest, DemoDataFillsAnEmptyRepository) {
  sync_wait(add_demo_data(repository_));
  EXPECT_THAT(list("", 1000), SizeIs(200));
  EXPECT_EQ(find("123"), (Resource{"123", "resource 123"}));
}

TEST_F(SqliteResourceRepositoryTest, DemoDataLeavesOtherRepositoriesAlone) {
  insert({{"mine", "x"}});
  sync_wait(add_demo_data(repository_));
  EXPECT_THAT(list("", 1000), ElementsAre("mine"));
}

class DatabaseFileTest : public testing::Test {
 protected:
  DatabaseFileTest() {
    std::string name = testing::TempDir() + "plinth-database-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~DatabaseFileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(DatabaseFileTest, IsThereTheNextTime) {
  const auto file = folder_ / "resources.db";
  {
    SqliteResourceRepository first(file);
    sync_wait(first.upsert({"1", "one"}));
  }
  SqliteResourceRepository second(file);
  EXPECT_EQ(sync_wait(second.find("1")), (Resource{"1", "one"}));
}

plinth::Task<void> end_transaction(Database& database) {
  database.execute("ROLLBACK");
  co_return;
}

TEST_F(DatabaseFileTest, HoldsUpNobodyElseWhileItIsLocked) {
  const auto file = folder_ / "resources.db";
  SqliteResourceRepository repository(file);
  Database other(file);
  other.execute("BEGIN IMMEDIATE");
  sync_wait(plinth::when_all(repository.upsert({"1", "one"}), end_transaction(other)));
  EXPECT_EQ(sync_wait(repository.find("1")), (Resource{"1", "one"}));
}

TEST_F(DatabaseFileTest, CannotBeInAFolderThatIsNotThere) {
  EXPECT_THROW(SqliteResourceRepository(folder_ / "missing" / "resources.db"), SqliteError);
}

TEST_F(DatabaseFileTest, CannotBeAnotherSortOfFile) {
  const auto file = folder_ / "notes.txt";
  std::ofstream(file) << std::string(1000, 'x');
  EXPECT_THROW(SqliteResourceRepository{file}, SqliteError);
}

TEST_F(DatabaseFileTest, FailsInWordsWhenItsTableGoes) {
  const auto file = folder_ / "resources.db";
  SqliteResourceRepository repository(file);
  Database(file).execute("DROP TABLE resources");
  EXPECT_THROW(sync_wait(repository.find("1")), SqliteError);
  EXPECT_THROW(sync_wait(repository.ping()), SqliteError);
}

}  // namespace
}  // namespace app
