#pragma once

#include <cstdint>
#include <exception>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace plinth {

/// The seventeen outcomes of an RPC (gRPC's statuscodes.md).
enum class StatusCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "NOT_FOUND" and so on; "UNKNOWN" for a value outside of the enumeration.
std::string_view to_string(StatusCode code) noexcept;

/// How an RPC ended. A cheap value: OK is a null pointer, copies of an error share one body.
/// The only error type of the call path. Safe to read from many threads at once.
class [[nodiscard]] Status {
 public:
  /// OK.
  Status() noexcept = default;

  /// An error. `code` must not be kOk: an error without an error is a bug of the program, and ends it with a sentence.
  Status(StatusCode code, std::string message);

  bool ok() const noexcept { return !body_; }
  StatusCode code() const noexcept { return body_ ? body_->code : StatusCode::kOk; }

  /// The text for the caller; empty when OK. UTF-8. Valid as long as this Status or a copy of it lives.
  const std::string& message() const noexcept;

  /// A serialized google.rpc.Status, sent as grpc-status-details-bin; empty when there is none.
  const std::string& details() const noexcept;

  /// This error with `details` attached. Must not be called on OK.
  Status with_details(std::string details) const;

  /// What was thrown, when the Status stands for an exception; null otherwise. Never sent to the peer.
  std::exception_ptr cause() const noexcept { return body_ ? body_->cause : nullptr; }
  Status with_cause(std::exception_ptr cause) const;

  /// "NOT_FOUND: Resource 7 not found", for logs.
  std::string to_string() const;

  friend bool operator==(const Status& a, const Status& b) noexcept {
    return a.code() == b.code() && a.message() == b.message() && a.details() == b.details();
  }

 private:
  struct Body {
    StatusCode code;
    std::string message;
    std::string details;
    std::exception_ptr cause;
  };
  explicit Status(std::shared_ptr<const Body> body) noexcept : body_(std::move(body)) {}

  std::shared_ptr<const Body> body_;
};

/// A value, or the Status that says why there is none.
template <class T>
using Result = std::expected<T, Status>;

/// A Status on its way up as an exception: what `ServerContext::abort` throws and what the call path catches.
class StatusError : public std::exception {
 public:
  explicit StatusError(Status status) : status_(std::move(status)) {}
  const Status& status() const noexcept { return status_; }
  const char* what() const noexcept override { return status_.message().c_str(); }

 private:
  Status status_;
};

/// One maker an error code, with fmt's formatting: `not_found("Resource {} not found", id)`.
#define PLINTH_STATUS_MAKER(name, code)                              \
  template <class... Args>                                           \
  Status name(fmt::format_string<Args...> format, Args&&... args) {  \
    return {code, fmt::format(format, std::forward<Args>(args)...)}; \
  }

PLINTH_STATUS_MAKER(cancelled, StatusCode::kCancelled)
PLINTH_STATUS_MAKER(unknown, StatusCode::kUnknown)
PLINTH_STATUS_MAKER(invalid_argument, StatusCode::kInvalidArgument)
PLINTH_STATUS_MAKER(deadline_exceeded, StatusCode::kDeadlineExceeded)
PLINTH_STATUS_MAKER(not_found, StatusCode::kNotFound)
PLINTH_STATUS_MAKER(already_exists, StatusCode::kAlreadyExists)
PLINTH_STATUS_MAKER(permission_denied, StatusCode::kPermissionDenied)
PLINTH_STATUS_MAKER(resource_exhausted, StatusCode::kResourceExhausted)
PLINTH_STATUS_MAKER(failed_precondition, StatusCode::kFailedPrecondition)
PLINTH_STATUS_MAKER(aborted, StatusCode::kAborted)
PLINTH_STATUS_MAKER(out_of_range, StatusCode::kOutOfRange)
PLINTH_STATUS_MAKER(unimplemented, StatusCode::kUnimplemented)
PLINTH_STATUS_MAKER(internal_error, StatusCode::kInternal)
PLINTH_STATUS_MAKER(unavailable, StatusCode::kUnavailable)
PLINTH_STATUS_MAKER(data_loss, StatusCode::kDataLoss)
PLINTH_STATUS_MAKER(unauthenticated, StatusCode::kUnauthenticated)

#undef PLINTH_STATUS_MAKER

}  // namespace plinth
