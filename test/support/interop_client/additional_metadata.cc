#include "additional_metadata.h"

#include "plinth/client_context.h"

namespace plinth::interop {

Task<Status> AdditionalMetadata::intercept(CallContext& call, Next next) {
  auto& metadata = call.as_client()->request_metadata();
  for (const auto [key, value] : metadata_) metadata.add(key, value);
  return next();
}

}  // namespace plinth::interop
