#include "admin/slow_calls.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace plinth::admin {

namespace {

constexpr auto kSlowerFirst = [](const SlowCall& a, const SlowCall& b) { return a.duration > b.duration; };

}  // namespace

void SlowCalls::add(SlowCall call) {
  if (current_.size() == kMost) {
    std::ranges::pop_heap(current_, kSlowerFirst);
    current_.pop_back();
  }
  current_.push_back(std::move(call));
  std::ranges::push_heap(current_, kSlowerFirst);
}

std::vector<SlowCall> SlowCalls::at(TimePoint now) {
  if (now - began_ >= kPeriod) turn_over(now);
  auto all = previous_;
  all.insert(all.end(), current_.begin(), current_.end());
  return all;
}

void SlowCalls::turn_over(TimePoint now) noexcept {
  const bool long_ago = now - began_ >= 2 * kPeriod;
  previous_ = std::exchange(current_, {});
  if (long_ago) previous_.clear();
  began_ = now;
}

}  // namespace plinth::admin
