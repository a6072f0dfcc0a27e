#pragma once

#include <string_view>

#include "base/fields.h"
#include "wire/compression.h"

namespace plinth::wire {

/// A field of texts that live as long as the program.
constexpr base::Field lasting(std::string_view name, std::string_view value) noexcept { return {name, value, true}; }

// The fields that requests and responses have alike.
inline constexpr base::Field kContentType = lasting("content-type", "application/grpc");
inline constexpr base::Field kAcceptEncoding = lasting("grpc-accept-encoding", kAcceptedEncodings);
inline base::Field encoding_field(Encoding encoding) noexcept { return lasting("grpc-encoding", to_string(encoding)); }

/// application/grpc with nothing, '+' or ';' behind.
constexpr bool is_grpc_content_type(std::string_view value) noexcept {
  constexpr auto kGrpc = kContentType.value;
  if (!value.starts_with(kGrpc)) return false;
  return value.size() == kGrpc.size() || value[kGrpc.size()] == '+' || value[kGrpc.size()] == ';';
}

}  // namespace plinth::wire
