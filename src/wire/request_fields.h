#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/fields.h"
#include "plinth/deadline.h"
#include "plinth/metadata.h"
#include "wire/compression.h"
#include "wire/field_texts.h"

namespace plinth::wire {

/// How we name ourselves to servers.
inline constexpr std::string_view kUserAgent = "plinth-c++/0.1.0";

/// What the head of a request says of its call. The texts must live as long as the fields.
struct RequestOptions {
  /// /service/method
  std::string_view path;
  std::string_view authority;
  bool secure = false;
  /// What is left of the call's time; nothing: no limit.
  std::optional<Duration> timeout = std::nullopt;
  Encoding encoding = Encoding::kIdentity;
  /// How often the call has been tried before (gRFC A6).
  std::size_t previous_attempts = 0;
};

/// Request-Headers (PROTOCOL-HTTP2.md), in this order: :method POST, :scheme, :path, :authority, grpc-timeout, te,
/// content-type, user-agent, grpc-encoding when it is not identity, grpc-accept-encoding,
/// grpc-previous-rpc-attempts when there were some, and the metadata.
/// The user-agent of the metadata goes in front of ours: "orders/2.1 plinth-c++/0.1.0". Metadata with another name that
/// the head itself uses is left out, so that what a handler received may be sent on as it is.
/// Appends to `fields`; allocates nothing for a first attempt without binary metadata and without a user-agent.
void append_request_head(const RequestOptions& options, const Metadata& metadata, base::FieldList& fields,
                         FieldTexts& texts);

}  // namespace plinth::wire
