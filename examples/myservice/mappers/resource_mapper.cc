#include "mappers/resource_mapper.h"

#include <utility>

namespace app {

myservice::Resource to_proto(Resource resource) {
  myservice::Resource message;
  message.set_id(std::move(resource.id));
  message.set_name(std::move(resource.name));
  return message;
}

Resource from_proto(myservice::Resource message) {
  return {std::move(*message.mutable_id()), std::move(*message.mutable_name())};
}

}  // namespace app
