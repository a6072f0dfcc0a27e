#include <cxxabi.h>

#include <array>
#include <stdexcept>
#include <system_error>

#include "plinth/error_interceptor.h"
#include "plinth/errors.h"

namespace plinth {

namespace {

Status unavailable_now() { return unavailable("Service temporarily unavailable"); }
Status access_denied() { return permission_denied("Access denied"); }

Status status_of_condition(const std::system_error& error) {
  const auto condition = error.code().default_error_condition();
  if (condition.category() != std::generic_category()) return {};
  switch (static_cast<std::errc>(condition.value())) {
    case std::errc::broken_pipe:
    case std::errc::connection_aborted:
    case std::errc::connection_refused:
    case std::errc::connection_reset:
    case std::errc::host_unreachable:
    case std::errc::network_down:
    case std::errc::network_reset:
    case std::errc::network_unreachable:
    case std::errc::not_connected:
    case std::errc::timed_out: return unavailable_now();
    case std::errc::operation_not_permitted:
    case std::errc::permission_denied: return access_denied();
    default: return {};
  }
}

}  // namespace

ErrorMap::ErrorMap() {
  add<ValidationError>(StatusCode::kInvalidArgument, "Validation failed");
  add<NotFoundError>(StatusCode::kNotFound, "Resource not found");
  add<UnauthorizedError>(StatusCode::kUnauthenticated, "Authentication required");
  add<ForbiddenError>([](const ForbiddenError&) { return access_denied(); });
  add<ConflictError>(StatusCode::kAlreadyExists, "Resource already exists");
  add<RateLimitError>(StatusCode::kResourceExhausted, "Too many requests");
  add<ExternalServiceError>([](const ExternalServiceError&) { return unavailable_now(); });
  add<DatabaseError>(StatusCode::kInternal, "Internal server error");
  add<TimeoutError>(StatusCode::kDeadlineExceeded, "Operation timed out");
  add<std::invalid_argument>(StatusCode::kInvalidArgument, "Invalid argument");
  add<std::out_of_range>(StatusCode::kOutOfRange, "Value out of range");
  add<std::system_error>(status_of_condition);
}

Status ErrorMap::status_of(const std::exception& error) const {
  const auto* to_status = find(typeid(error));
  auto status = to_status ? (*to_status)(error) : Status();
  return status.ok() ? internal_error("Internal server error") : status;
}

/// Along the bases, which the C++ ABI (Itanium, 2.9.5) describes at run time.
const ErrorMap::ToStatus* ErrorMap::find(const std::type_info& type) const {
  if (const auto found = entries_.find(type); found != entries_.end()) return &found->second;
  if (const auto* derived = dynamic_cast<const abi::__si_class_type_info*>(&type)) return find(*derived->__base_type);
  const auto* derived = dynamic_cast<const abi::__vmi_class_type_info*>(&type);
  for (unsigned i = 0; derived && i < derived->__base_count; ++i) {
    const auto& base = derived->__base_info[i];
    if (!base.__is_public_p()) continue;
    if (const auto* found = find(*base.__base_type)) return found;
  }
  return nullptr;
}

}  // namespace plinth
