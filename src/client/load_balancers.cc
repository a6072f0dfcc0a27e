#include "client/load_balancers.h"

#include <utility>

#include "client/round_robin.h"

namespace plinth::client {

namespace {

/// `make_one(host)` gives the policy.
template <class MakeOne>
class Factory final : public LoadBalancerFactory {
 public:
  explicit Factory(MakeOne make_one) : make_one_(std::move(make_one)) {}
  std::unique_ptr<LoadBalancer> make(LoadBalancer::Host& host) const override { return make_one_(host); }

 private:
  MakeOne make_one_;
};

template <class MakeOne>
std::shared_ptr<const LoadBalancerFactory> factory(MakeOne make_one) {
  return std::make_shared<const Factory<MakeOne>>(std::move(make_one));
}

}  // namespace

std::shared_ptr<const LoadBalancerFactory> make_pick_first(PickFirstOptions options) {
  return factory([options](LoadBalancer::Host& host) { return std::make_unique<PickFirst>(host, options); });
}

std::shared_ptr<const LoadBalancerFactory> make_round_robin() {
  return factory([](LoadBalancer::Host& host) { return std::make_unique<RoundRobin>(host); });
}

std::shared_ptr<const LoadBalancerFactory> make_least_request(LeastRequestOptions options) {
  return factory([options](LoadBalancer::Host& host) { return std::make_unique<LeastRequest>(host, options); });
}

}  // namespace plinth::client
