#include "use_cases/list_resources.h"

#include <algorithm>
#include <utility>

namespace app {

namespace {

constexpr std::size_t kRowsAtATime = 25;

}  // namespace

plinth::Generator<Resource> ListResourcesUseCase::execute(std::size_t count) {
  std::string last;
  while (count > 0) {
    auto rows = co_await repository_.list(last, std::min(count, kRowsAtATime));
    if (rows.empty()) co_return;
    last = rows.back().id;
    count -= rows.size();
    for (auto& row : rows) co_yield std::move(row);
  }
}

}  // namespace app
