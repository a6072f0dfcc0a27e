#pragma once

#include "domain/resource.h"
#include "myservice/service.pb.h"

namespace app {

myservice::Resource to_proto(Resource resource);
Resource from_proto(myservice::Resource message);

}  // namespace app
