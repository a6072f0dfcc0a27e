#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <vector>

#include "plinth/servicer.h"

namespace plinth::services {

/// grpc.reflection.v1.ServerReflection and its older twin v1alpha, to be registered with a server. They list
/// `services`, which are the server's other ones by their full names, and themselves; they describe all that is in
/// `pool`, which must outlive them.
std::vector<std::shared_ptr<BaseServicer>> make_reflection_servicers(
    std::vector<std::string> services,
    const google::protobuf::DescriptorPool& pool = *google::protobuf::DescriptorPool::generated_pool());

}  // namespace plinth::services
