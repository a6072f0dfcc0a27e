#include "wire/response_fields.h"

#include <optional>
#include <utility>

#include "wire/base64.h"
#include "wire/common_fields.h"
#include "wire/metadata_fields.h"
#include "wire/percent.h"
#include "wire/text.h"

namespace plinth::wire {

namespace {

/// Nothing for what is not one to three digits.
std::optional<int> parse_number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 3) return std::nullopt;
  int number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

std::optional<StatusCode> parse_grpc_status(std::string_view text) noexcept {
  const auto number = parse_number(text);
  if (!number || *number > static_cast<int>(StatusCode::kUnauthenticated)) return std::nullopt;
  return static_cast<StatusCode>(*number);
}

StatusCode code_for_http(int status) noexcept {
  switch (status) {
    case 400:
    case 431: return StatusCode::kInternal;
    case 401: return StatusCode::kUnauthenticated;
    case 403: return StatusCode::kPermissionDenied;
    case 404: return StatusCode::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504: return StatusCode::kUnavailable;
    default: return StatusCode::kUnknown;
  }
}

}  // namespace

void ResponseFields::reset() noexcept {
  forget_head();
  forget_status();
  trailing_.clear();
  part_ = Part::kNothing;
}

void ResponseFields::on_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 7:
      if (name == ":status") return void(http_status_ = parse_number(value).value_or(0));
      break;
    case 11:
      if (name == "grpc-status") {
        has_grpc_status_ = true;
        return void(grpc_status_ = value);
      }
      break;
    case 12:
      if (name == "content-type") return on_content_type(value);
      if (name == "grpc-message") return void(grpc_message_ = value);
      break;
    case 13:
      if (name == "grpc-encoding") return on_encoding(value);
      break;
    case 14:
      if (name == "content-length") return;
      break;
    case 20:
      if (name == "grpc-accept-encoding") return void(accepts_gzip_ |= accepts(value, Encoding::kGzip));
      break;
    case 23:
      if (name == "grpc-status-details-bin") return void(details_ = value);
      break;
    default: break;
  }
  on_metadata(name, value);
}

void ResponseFields::on_fields_end(bool end_of_stream) {
  if (!in_head()) {
    part_ = Part::kTrailers;
  } else if (end_of_stream) {
    part_ = Part::kTrailersOnly;
    std::swap(initial_, trailing_);
  } else if (http_status_ / 100 == 1) {
    forget_head();
    forget_status();
  } else {
    part_ = Part::kHead;
    if (is_grpc_) forget_status();
  }
}

bool ResponseFields::has_grpc_error() const noexcept {
  const auto code = has_grpc_status_ ? parse_grpc_status(grpc_status_) : std::nullopt;
  return code && *code != StatusCode::kOk;
}

Status ResponseFields::check() const { return is_grpc_ ? error_ : status(); }

Status ResponseFields::status() const {
  if (has_grpc_status_) {
    const auto code = parse_grpc_status(grpc_status_);
    if (!code) return bad_grpc_status();
    if (*code != StatusCode::kOk) return grpc_error(*code);
  }
  if (part_ == Part::kNothing) return internal_error("the stream ended without a response");
  if (!is_grpc_) return not_grpc();
  if (!has_grpc_status_) return no_grpc_status();
  return error_;
}

void ResponseFields::on_content_type(std::string_view value) {
  if (!in_head() || !other_content_type_.empty()) return;
  is_grpc_ = is_grpc_content_type(value);
  if (!is_grpc_) other_content_type_ = shown(value);
}

void ResponseFields::on_encoding(std::string_view value) {
  if (!in_head()) return;
  const auto encoding = parse_encoding(value);
  if (encoding) return void(encoding_ = *encoding);
  fail(internal_error("the server chose the grpc-encoding '{}', and was offered {}", shown(value), kAcceptedEncodings));
}

void ResponseFields::on_metadata(std::string_view name, std::string_view value) {
  if (auto status = read_metadata(name, value, in_head() ? initial_ : trailing_); !status.ok()) fail(std::move(status));
}

void ResponseFields::forget_head() noexcept {
  initial_.clear();
  http_status_ = 0;
  is_grpc_ = accepts_gzip_ = false;
  encoding_ = Encoding::kIdentity;
  other_content_type_.clear();
  error_ = Status();
}

void ResponseFields::forget_status() noexcept {
  has_grpc_status_ = false;
  grpc_status_.clear();
  grpc_message_.clear();
  details_.clear();
}

void ResponseFields::fail(Status status) {
  if (error_.ok()) error_ = std::move(status);
}

Status ResponseFields::grpc_error(StatusCode code) const {
  const Status status(code, percent_decode(grpc_message_));
  const auto details = base64_decode(details_);
  return details && !details->empty() ? status.with_details(*details) : status;
}

/// With the message behind: PROTOCOL-HTTP2.md forbids to lose it.
Status ResponseFields::bad_grpc_status() const {
  return unknown("the server's grpc-status '{}' is no number from 0 to 16{}{}", shown(grpc_status_),
                 grpc_message_.empty() ? "" : ": ", percent_decode(grpc_message_));
}

Status ResponseFields::not_grpc() const {
  const auto code = code_for_http(http_status_);
  const auto type = other_content_type_.empty() ? "no content-type" : "content-type '" + other_content_type_ + "'";
  return {code, fmt::format("the server answered with HTTP status {} and {}, which is not gRPC", http_status_, type)};
}

Status ResponseFields::no_grpc_status() const {
  if (http_status_ != 200) {
    return {code_for_http(http_status_), fmt::format("the server answered with HTTP status {}", http_status_)};
  }
  if (part_ != Part::kHead) return unknown("the server ended the response without a grpc-status");
  return internal_error("the response ended without trailers; a proxy on the way may not let them through");
}

}  // namespace plinth::wire
