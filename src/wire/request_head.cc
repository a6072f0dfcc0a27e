#include "wire/request_head.h"

#include "wire/common_fields.h"
#include "wire/metadata_fields.h"
#include "wire/text.h"
#include "wire/timeout.h"

namespace plinth::wire {

namespace {

/// /service/method, neither of them empty.
bool is_method_path(std::string_view path) noexcept {
  const auto last = path.rfind('/');
  return path.starts_with('/') && last > 1 && last + 1 < path.size();
}

bool is_of_responses(std::string_view name) noexcept {
  return name == "grpc-status" || name == "grpc-message" || name == "grpc-status-details-bin";
}

}  // namespace

void RequestHead::reset() noexcept {
  path_.clear();
  authority_.clear();
  metadata_.clear();
  timeout_.reset();
  encoding_ = Encoding::kIdentity;
  content_type_ = ContentType::kMissing;
  is_post_ = has_te_ = has_encoding_ = accepts_gzip_ = false;
  error_ = Status();
}

void RequestHead::on_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 2:
      if (name == "te") return on_te(value);
      break;
    case 4:
      if (name == "host") {
        if (authority_.empty()) authority_ = value;
        return;
      }
      break;
    case 5:
      if (name == ":path") return void(path_ = value);
      break;
    case 7:
      if (name == ":method") return void(is_post_ = value == "POST");
      break;
    case 10:
      if (name == ":authority") return void(authority_ = value);
      break;
    case 12:
      if (name == "content-type") return on_content_type(value);
      if (name == "grpc-timeout") return on_timeout(value);
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
    default: break;
  }
  on_metadata(name, value);
}

std::optional<RequestHead::Problem> RequestHead::check() const {
  if (!is_post_) return Problem{405, internal_error("gRPC needs the method POST")};
  if (content_type_ != ContentType::kGrpc) {
    return Problem{415, invalid_argument("gRPC needs the content-type application/grpc")};
  }
  if (!error_.ok()) return Problem{200, error_};
  if (!has_method()) return Problem{200, unimplemented("path '{}' is not /service/method", shown(path_))};
  if (!has_te_) {
    return Problem{200, internal_error("te: trailers is missing; a proxy on the way may not let trailers through")};
  }
  return std::nullopt;
}

bool RequestHead::has_method() const noexcept { return is_method_path(path_); }

void RequestHead::on_content_type(std::string_view value) noexcept {
  if (content_type_ == ContentType::kOther) return;
  content_type_ = is_grpc_content_type(value) ? ContentType::kGrpc : ContentType::kOther;
}

void RequestHead::on_te(std::string_view value) {
  if (value != "trailers") return fail(internal_error("te is '{}', and must be 'trailers'", shown(value)));
  has_te_ = true;
}

void RequestHead::on_timeout(std::string_view value) {
  const auto timeout = parse_timeout(value);
  if (!timeout) {
    return fail(internal_error("grpc-timeout '{}' is not 1 to 8 digits and a unit of H, M, S, m, u, n", shown(value)));
  }
  if (timeout_ && *timeout_ != *timeout) return fail(internal_error("grpc-timeout has two different values"));
  timeout_ = timeout;
}

void RequestHead::on_encoding(std::string_view value) {
  const auto encoding = parse_encoding(value);
  if (!encoding) {
    return fail(unimplemented("grpc-encoding '{}' is not supported; use one of {}", shown(value), kAcceptedEncodings));
  }
  if (has_encoding_ && encoding_ != *encoding) return fail(internal_error("grpc-encoding has two different values"));
  has_encoding_ = true;
  encoding_ = *encoding;
}

void RequestHead::on_metadata(std::string_view name, std::string_view value) {
  if (is_of_responses(name)) return;
  if (auto status = read_metadata(name, value, metadata_); !status.ok()) fail(std::move(status));
}

void RequestHead::fail(Status status) {
  if (error_.ok()) error_ = std::move(status);
}

}  // namespace plinth::wire
