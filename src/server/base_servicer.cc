#include "plinth/servicer.h"

namespace plinth {

namespace {

ScopedInstances* instances_of_call() {
  auto* const call = CallContext::current();
  auto* const context = call ? call->as_server() : nullptr;
  return context ? &context->scoped_instances() : nullptr;
}

}  // namespace

void* BaseServicer::find(std::type_index type) const {
  if (!container_) Container::fail_without_container(type, service_name());
  return container_->find(type, instances_of_call());
}

}  // namespace plinth
