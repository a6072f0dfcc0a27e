#include "repositories/demo_data.h"

namespace app {

namespace {

constexpr int kCount = 200;

std::vector<Resource> demo_resources() {
  std::vector<Resource> resources;
  for (int number = 1; number <= kCount; ++number) {
    auto id = std::to_string(number);
    auto name = "resource " + id;
    resources.push_back({std::move(id), std::move(name)});
  }
  return resources;
}

}  // namespace

plinth::Task<void> add_demo_data(ResourceRepository& repository) {
  auto first = co_await repository.list("", 1);
  // Another program that fills the same file at this moment adds the same, so a conflict is no trouble.
  if (first.empty()) co_await repository.insert_all(demo_resources());
}

}  // namespace app
