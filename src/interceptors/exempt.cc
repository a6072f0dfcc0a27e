#include "interceptors/exempt.h"

#include <algorithm>

#include "plinth/limits.h"

namespace plinth {

std::vector<std::string> operational_services() {
  return {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
          "grpc.channelz.v1.Channelz"};
}

namespace interceptors {

bool is_exempt(const Method& method, const std::vector<std::string>& services) {
  return std::ranges::find(services, method.service()) != services.end();
}

Task<Status> ended_with(Status status) { co_return status; }

}  // namespace interceptors
}  // namespace plinth
