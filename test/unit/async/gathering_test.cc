#include "async/gathering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plinth/async.h"

namespace plinth {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Task<std::vector<std::size_t>> ask_all(Runtime& runtime) {
  Gathering<std::size_t> workers;
  for (std::size_t index = 0; index < runtime.size(); ++index) {
    workers.ask(runtime.worker(index), [] { return Worker::current()->index(); });
  }
  auto answers = workers.wait();
  co_return co_await std::move(answers);
}

TEST(Gathering, HasAnAnswerOfEachWorkerFromItsOwnThread) {
  Runtime runtime({.workers = 3});
  EXPECT_THAT(sync_wait(runtime.worker(1), ask_all(runtime)), UnorderedElementsAre(0, 1, 2));
}

Task<std::vector<int>> ask_nobody() {
  Gathering<int> nobody;
  auto answers = nobody.wait();
  co_return co_await std::move(answers);
}

TEST(Gathering, WithoutQuestionsHasNoAnswers) { EXPECT_THAT(sync_wait(ask_nobody()), IsEmpty()); }

}  // namespace
}  // namespace plinth
