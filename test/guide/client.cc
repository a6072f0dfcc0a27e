// The client of doc/guide.md: guide_test.py compares the two and runs this one.

#include <fmt/core.h>
#include <plinth/async.h>
#include <plinth/client.h>
#include <plinth/default_chain.h>
#include <plinth/settings.h>
#include <plinth/telemetry.h>

#include <chrono>
#include <string>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.h"

namespace {

using namespace plinth;
using namespace std::chrono_literals;
using myservice::GetResourceRequest;
using myservice::ListResourcesRequest;
using myservice::MyService;
using myservice::Resource;

MyService::Stub connect(GrpcClientFactory& factory, const std::string& target) {
  const auto channel = factory.create_channel(target, {.secure = false});  // without it: TLS, as in production
  return factory.create_stub<MyService::Stub>(channel);
}

// A unary call gives a response or a status.
Task<Status> show_one(MyService::Stub stub, std::string id) {
  GetResourceRequest request;
  request.set_id(id);
  CallOptions options;
  options.timeout = 2s;
  auto call = stub.GetResource(request, options);
  const Result<Resource> resource = co_await std::move(call);
  if (!resource) co_return resource.error();
  fmt::print("{} is {}\n", id, resource->name());
  co_return Status();
}

// A stream gives messages until it gives none; then `finish` tells how it has ended.
Task<Status> show_several(MyService::Stub stub) {
  ListResourcesRequest request;
  request.set_page_size(3);
  auto resources = stub.ListResources(request);
  while (auto resource = co_await resources.next()) fmt::print("{}\n", resource->name());
  co_return co_await resources.finish();
}

Task<Status> show_all(MyService::Stub stub, std::string id) {
  auto one = show_one(stub, id);
  auto status = co_await std::move(one);
  if (!status.ok()) co_return status;
  auto several = show_several(stub);
  co_return co_await std::move(several);
}

}  // namespace

// guide-client target id
int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto settings = Settings::from_environment();
  const Telemetry telemetry(settings.observability);
  GrpcClientFactory factory(settings.grpc.client, telemetry.logger, telemetry.metrics);
  for (auto& interceptor : default_client_chain(telemetry)) factory.add_interceptor(interceptor);
  const auto status = sync_wait(show_all(connect(factory, arguments[1]), arguments[2]));
  if (!status.ok()) fmt::print("{}\n", status.to_string());
  return status.ok() ? 0 : 1;
}
