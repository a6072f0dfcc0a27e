#pragma once

#include <memory>

#include "client/least_request.h"
#include "client/pick_first.h"
#include "plinth/load_balancer.h"

namespace plinth::client {

std::shared_ptr<const LoadBalancerFactory> make_pick_first(PickFirstOptions options = {});
std::shared_ptr<const LoadBalancerFactory> make_round_robin();
std::shared_ptr<const LoadBalancerFactory> make_least_request(LeastRequestOptions options = {});

}  // namespace plinth::client
