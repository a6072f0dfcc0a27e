#include "interceptors/metrics_by_method.h"

#include <gmock/gmock.h>

#include <barrier>
#include <thread>
#include <vector>

namespace plinth::interceptors {
namespace {

struct Made {
  explicit Made(const Series& series) : path(series.path), target(series.target) {}
  std::string path;
  std::string target;
};

constexpr Method kOne{"/test.Text/One"};
constexpr Method kTwo{"/test.Text/Two"};

class ByMethodTest : public ::testing::Test {
 protected:
  std::shared_ptr<Metrics> metrics_ = make_metrics();
  ByMethod<Made> by_method_{*metrics_};
};

TEST_F(ByMethodTest, MakesOneForEachMethod) {
  EXPECT_EQ(&by_method_.at(kOne), &by_method_.at(kOne));
  EXPECT_NE(&by_method_.at(kOne), &by_method_.at(kTwo));
  EXPECT_EQ(by_method_.at(kTwo).path, "/test.Text/Two");
}

TEST_F(ByMethodTest, MakesOneForEachTarget) {
  std::string target = "dns:///a";
  auto& made = by_method_.at(kOne, target);
  EXPECT_EQ(&made, &by_method_.at(kOne, std::string("dns:///a"))) << "the text counts, wherever it is";
  target = "dns:///b";
  EXPECT_NE(&made, &by_method_.at(kOne, target));
  EXPECT_EQ(made.target, "dns:///a");
}

TEST_F(ByMethodTest, MakesOneForAllMethodsThatAreNotRegistered) {
  const std::string path = "/evil.Service/Method";
  auto& other = by_method_.at(Method{path, CallKind::kUnary, false});
  EXPECT_EQ(other.path, "other");
  EXPECT_EQ(&other, &by_method_.at(Method{"/another.Service/Method", CallKind::kUnary, false}));
}

TEST_F(ByMethodTest, StopsAtTooManyTargets) {
  for (std::size_t i = 0; i < ByMethod<Made>::kMost; ++i) by_method_.at(kOne, std::to_string(i));
  auto& other = by_method_.at(kOne, "one more");
  EXPECT_EQ(other.target, "other");
  EXPECT_EQ(&other, &by_method_.at(kOne, "another one"));
  EXPECT_EQ(by_method_.at(kOne, "17").target, "17");
}

TEST_F(ByMethodTest, MayBeAskedByManyThreads) {
  std::barrier together(8);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      for (int i = 0; i < 1000; ++i) {
        const auto target = std::to_string(i);
        EXPECT_EQ(by_method_.at(kOne, target).target, target);
      }
    });
  }
}

}  // namespace
}  // namespace plinth::interceptors
