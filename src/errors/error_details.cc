#include "plinth/error_details.h"

#include <google/protobuf/message.h>
#include <google/rpc/status.pb.h>

namespace plinth {

namespace {

constexpr std::size_t kLargest = 64 * 1024;

/// Empty when `status` brings none that can be read.
google::rpc::Status details_of(const Status& status) {
  google::rpc::Status details;
  const auto& bytes = status.details();
  const bool good = bytes.size() <= kLargest && details.ParseFromString(bytes);
  return good && details.code() == static_cast<int>(status.code()) ? details : google::rpc::Status();
}

}  // namespace

Status with_details(const Status& status, std::span<const google::protobuf::Message* const> details) {
  if (status.ok()) return status;
  auto all = details_of(status);
  all.set_code(static_cast<int>(status.code()));
  all.set_message(status.message());
  for (const auto* detail : details) all.add_details()->PackFrom(*detail);
  return status.with_details(all.SerializeAsString());
}

ErrorDetails::ErrorDetails(const Status& status)
    : details_(std::make_shared<const google::rpc::Status>(details_of(status))) {}

std::size_t ErrorDetails::size() const noexcept { return static_cast<std::size_t>(details_->details_size()); }

bool ErrorDetails::read(google::protobuf::Message& message) const {
  for (const auto& detail : details_->details()) {
    if (detail.UnpackTo(&message)) return true;
  }
  return false;
}

}  // namespace plinth
