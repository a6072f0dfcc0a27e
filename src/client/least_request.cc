#include "client/least_request.h"

#include <algorithm>
#include <utility>

namespace plinth::client {

namespace {
constexpr std::size_t kFewestChoices = 2;
constexpr std::size_t kMostChoices = 10;
}  // namespace

LeastRequest::LeastRequest(Host& host, LeastRequestOptions options, RandomIndex random)
    : ReadySet(host),
      choice_count_(std::clamp(options.choice_count, kFewestChoices, kMostChoices)),
      random_(std::move(random)) {}

Subchannel& LeastRequest::choose(std::span<Subchannel* const> ready) {
  auto* best = ready[random_(ready.size())];
  for (std::size_t choice = 1; choice < choice_count_; ++choice) {
    auto* other = ready[random_(ready.size())];
    if (other->calls() < best->calls()) best = other;
  }
  return *best;
}

}  // namespace plinth::client
