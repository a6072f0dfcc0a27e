#include "plinth/errors.h"

#include <google/rpc/error_details.pb.h>

#include <chrono>
#include <cstddef>

#include "errors/detail_text.h"

namespace plinth {

namespace {

using errors::detail_text;

constexpr std::size_t kMostViolationBytes = 2048;

/// Of the first violations: a request may have any number of them.
std::string sentence(const std::vector<FieldViolation>& violations) {
  std::string text;
  for (const auto& [field, description] : violations) {
    if (text.size() > kMostViolationBytes) return text + "; ...";
    text.append(text.empty() ? "" : "; ").append(field).append(": ").append(description);
  }
  return text;
}

}  // namespace

ValidationError::ValidationError(std::vector<FieldViolation> violations, ErrorInfo info)
    : DomainError(sentence(violations), std::move(info)), violations_(std::move(violations)) {}

DomainError::Details ValidationError::details() const {
  if (violations_.empty()) return {};
  auto request = std::make_shared<google::rpc::BadRequest>();
  for (const auto& [field, description] : violations_) {
    if (request->ByteSizeLong() > kMostViolationBytes) break;
    auto& violation = *request->add_field_violations();
    violation.set_field(detail_text(field));
    violation.set_description(detail_text(description));
  }
  return {request};
}

ResourceError::ResourceError(std::string type, std::string id, std::string_view problem, ErrorInfo info)
    : DomainError(fmt::format("{} {} {}", type, id, problem), std::move(info)),
      type_(std::move(type)),
      id_(std::move(id)) {}

DomainError::Details ResourceError::details() const {
  if (type_.empty() && id_.empty()) return {};
  auto resource = std::make_shared<google::rpc::ResourceInfo>();
  resource->set_resource_type(detail_text(type_));
  resource->set_resource_name(detail_text(id_));
  return {resource};
}

DomainError::Details RateLimitError::details() const {
  if (retry_after_ <= Duration::zero()) return {};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(retry_after_);
  auto retry = std::make_shared<google::rpc::RetryInfo>();
  retry->mutable_retry_delay()->set_seconds(seconds.count());
  retry->mutable_retry_delay()->set_nanos(static_cast<std::int32_t>((retry_after_ - seconds).count()));
  return {retry};
}

}  // namespace plinth
