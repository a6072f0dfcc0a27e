#include "client/round_robin.h"

namespace plinth::client {

namespace {
constexpr std::size_t kPlaces = 1 << 20;  // far more than there are backends
}

RoundRobin::RoundRobin(Host& host, RandomIndex random) : ReadySet(host), next_(random(kPlaces)) {}

Subchannel& RoundRobin::choose(std::span<Subchannel* const> ready) { return *ready[next_++ % ready.size()]; }

}  // namespace plinth::client
