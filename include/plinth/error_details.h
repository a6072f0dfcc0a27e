#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "plinth/status.h"

namespace google::protobuf {
class Message;
}
namespace google::rpc {
class Status;
}

/// Rich errors: messages beside a status's code and sentence, in a google.rpc.Status that travels as
/// grpc-status-details-bin, as all of gRPC has it. The usual ones come with Plinth:
///
///     #include <google/rpc/error_details.pb.h>
///
///     google::rpc::RetryInfo retry;                                         // a server
///     retry.mutable_retry_delay()->set_seconds(2);
///     co_return with_details(unavailable("the printer is busy"), retry);
///
///     const auto retry = ErrorDetails(answer.error()).get<google::rpc::RetryInfo>();   // a client
///     if (retry) wait(retry->retry_delay().seconds());
namespace plinth {

/// `status`, with these messages after those that it has. An OK stays as it is. They travel in a header field: many
/// peers refuse a call whose trailers have more than 8 KiB in all.
Status with_details(const Status& status, std::span<const google::protobuf::Message* const> details);

template <class... Messages>
  requires(sizeof...(Messages) > 0)
Status with_details(const Status& status, const Messages&... details) {
  const std::array<const google::protobuf::Message*, sizeof...(Messages)> all = {&details...};
  return with_details(status, std::span<const google::protobuf::Message* const>(all));
}

/// The messages that came with a status. None when there are no details, when what came is malformed, larger than
/// 64 KiB, or about another code than the status's own.
class ErrorDetails {
 public:
  explicit ErrorDetails(const Status& status);

  std::size_t size() const noexcept;

  /// The first of this type; nothing when there is none that can be read.
  template <class Message>
  std::optional<Message> get() const {
    std::optional<Message> message(std::in_place);
    if (!read(*message)) message.reset();
    return message;
  }

  /// The same into `message`, which is of any type; false when there is none.
  bool read(google::protobuf::Message& message) const;

 private:
  std::shared_ptr<const google::rpc::Status> details_;
};

}  // namespace plinth
