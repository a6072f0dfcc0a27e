#pragma once

#include "myservice/service.pb.h"
#include "myservice/service.plinth.h"

namespace app {

/// myservice.MyService for the outside world: reads requests, asks the use cases, writes answers. What it needs from
/// its container are the four use cases.
class MyServiceServicer final : public myservice::MyService::Servicer {
 public:
  using Servicer::Servicer;

  plinth::Task<plinth::Result<myservice::Resource>> GetResource(plinth::ServerContext& context,
                                                                const myservice::GetResourceRequest& request) override;

  plinth::Generator<myservice::Resource> ListResources(plinth::ServerContext& context,
                                                       const myservice::ListResourcesRequest& request) override;

  plinth::Task<plinth::Result<myservice::CreateResourcesResponse>> CreateResources(
      plinth::ServerContext& context, plinth::Reader<myservice::Resource>& resources) override;

  using Servicer::SyncResources;  // its other form, with a writer
  plinth::Generator<myservice::Resource> SyncResources(plinth::ServerContext& context,
                                                       plinth::Reader<myservice::Resource>& resources) override;
};

}  // namespace app
