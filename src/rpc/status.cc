#include "plinth/status.h"

#include <array>

#include "base/assert.h"

namespace plinth {

namespace {
constexpr std::array<std::string_view, 17> kNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

const std::string kEmpty;
}  // namespace

std::string_view to_string(StatusCode code) noexcept {
  auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "UNKNOWN";
}

Status::Status(StatusCode code, std::string message) {
  PLINTH_ASSERT(code != StatusCode::kOk, "a Status with a message needs an error code: OK is built as Status()");
  body_ = std::make_shared<const Body>(code, std::move(message), std::string(), nullptr);
}

const std::string& Status::message() const noexcept { return body_ ? body_->message : kEmpty; }

const std::string& Status::details() const noexcept { return body_ ? body_->details : kEmpty; }

Status Status::with_details(std::string details) const {
  PLINTH_ASSERT(!ok(), "details belong to an error: OK carries none");
  return Status(std::make_shared<const Body>(body_->code, body_->message, std::move(details), body_->cause));
}

Status Status::with_cause(std::exception_ptr cause) const {
  PLINTH_ASSERT(!ok(), "a cause belongs to an error: OK has none");
  return Status(std::make_shared<const Body>(body_->code, body_->message, body_->details, std::move(cause)));
}

std::string Status::to_string() const {
  if (ok()) return "OK";
  return fmt::format("{}: {}", plinth::to_string(code()), message());
}

}  // namespace plinth
