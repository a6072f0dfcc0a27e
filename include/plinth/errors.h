#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/status.h"

namespace google::protobuf {
class Message;
}

/// Errors of the code behind the handlers, which knows nothing of RPC: it throws them, and ErrorInterceptor makes
/// statuses of them. doc/errors.md has the table.
///
///     if (!row) throw NotFoundError("Resource", id);        // NOT_FOUND "Resource not found"
///
/// The message is the truth, for the log alone. Everything else that they hold is for the peer, who sees it when
/// ErrorOptions::include_details says so. Texts are UTF-8; what a peer gets of them is cut when it is long.
namespace plinth {

/// The cause of an error as a program needs it (google.rpc.ErrorInfo).
struct ErrorInfo {
  /// A constant in capitals: "OUT_OF_STOCK". Empty: the name of the status code.
  std::string reason = "";
  /// Whose word the reason is. Empty: what ErrorOptions says.
  std::string domain = "";
  std::vector<std::pair<std::string, std::string>> metadata = {};
};

namespace detail {
/// What a std::string is made of; `{.reason = ...}` is not.
template <class T>
concept ErrorText = std::convertible_to<T, std::string>;
}  // namespace detail

class DomainError : public std::runtime_error {
 public:
  using Details = std::vector<std::shared_ptr<const google::protobuf::Message>>;

  explicit DomainError(const std::string& message, ErrorInfo info = {})
      : std::runtime_error(message), info_(std::move(info)) {}

  const ErrorInfo& info() const noexcept { return info_; }

  /// What the peer is told beside `info`: messages of google/rpc/error_details.proto, or any other ones.
  virtual Details details() const { return {}; }

 private:
  ErrorInfo info_;
};

/// A field of a request, "user.address.street", and what is wrong with it.
struct FieldViolation {
  std::string field;
  std::string description;
};

/// INVALID_ARGUMENT "Validation failed"; google.rpc.BadRequest.
class ValidationError : public DomainError {
 public:
  using DomainError::DomainError;
  ValidationError(std::string field, detail::ErrorText auto description, ErrorInfo info = {})
      : ValidationError(std::vector{FieldViolation{std::move(field), std::move(description)}}, std::move(info)) {}
  explicit ValidationError(std::vector<FieldViolation> violations, ErrorInfo info = {});

  const std::vector<FieldViolation>& violations() const noexcept { return violations_; }
  Details details() const override;

 private:
  std::vector<FieldViolation> violations_;
};

/// An error about one thing; google.rpc.ResourceInfo.
class ResourceError : public DomainError {
 public:
  const std::string& resource_type() const noexcept { return type_; }
  const std::string& resource_id() const noexcept { return id_; }
  Details details() const override;

 protected:
  using DomainError::DomainError;
  ResourceError(std::string type, std::string id, std::string_view problem, ErrorInfo info);

 private:
  std::string type_;
  std::string id_;
};

/// NOT_FOUND "Resource not found".
class NotFoundError : public ResourceError {
 public:
  explicit NotFoundError(const std::string& message, ErrorInfo info = {}) : ResourceError(message, std::move(info)) {}
  NotFoundError(std::string type, detail::ErrorText auto id, ErrorInfo info = {})
      : ResourceError(std::move(type), std::move(id), "not found", std::move(info)) {}
};

/// ALREADY_EXISTS "Resource already exists".
class ConflictError : public ResourceError {
 public:
  explicit ConflictError(const std::string& message, ErrorInfo info = {}) : ResourceError(message, std::move(info)) {}
  ConflictError(std::string type, detail::ErrorText auto id, ErrorInfo info = {})
      : ResourceError(std::move(type), std::move(id), "already exists", std::move(info)) {}
};

/// UNAUTHENTICATED "Authentication required".
class UnauthorizedError : public DomainError {
 public:
  using DomainError::DomainError;
};

/// PERMISSION_DENIED "Access denied".
class ForbiddenError : public DomainError {
 public:
  using DomainError::DomainError;
};

/// RESOURCE_EXHAUSTED "Too many requests"; google.rpc.RetryInfo, when it is known how long to wait.
class RateLimitError : public DomainError {
 public:
  using DomainError::DomainError;
  RateLimitError(const std::string& message, Duration retry_after, ErrorInfo info = {})
      : DomainError(message, std::move(info)), retry_after_(retry_after) {}

  /// Zero: unknown.
  Duration retry_after() const noexcept { return retry_after_; }
  Details details() const override;

 private:
  Duration retry_after_ = Duration::zero();
};

/// UNAVAILABLE "Service temporarily unavailable". The message begins with the name of the service that did not do its
/// part, which the peer is not told.
class ExternalServiceError : public DomainError {
 public:
  using DomainError::DomainError;
  ExternalServiceError(const std::string& service, const detail::ErrorText auto& message, ErrorInfo info = {})
      : DomainError(service + ": " + message, std::move(info)) {}
};

/// INTERNAL "Internal server error".
class DatabaseError : public DomainError {
 public:
  using DomainError::DomainError;
};

/// DEADLINE_EXCEEDED "Operation timed out".
class TimeoutError : public DomainError {
 public:
  using DomainError::DomainError;
};

/// What a handler returns instead of throwing `error`: the call ends in the same way.
///
///     co_return as_status(ConflictError("Resource", id));
template <class Error>
  requires std::is_base_of_v<std::exception, Error>
Status as_status(Error error) {
  return internal_error("Internal server error").with_cause(std::make_exception_ptr(std::move(error)));
}

}  // namespace plinth
