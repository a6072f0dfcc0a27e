#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "plinth/status.h"

namespace plinth::wire {

enum class Encoding : std::uint8_t { kIdentity, kGzip };

/// What goes into grpc-accept-encoding.
inline constexpr std::string_view kAcceptedEncodings = "identity,gzip";

std::string_view to_string(Encoding encoding) noexcept;

/// Nothing for an encoding that we do not have.
std::optional<Encoding> parse_encoding(std::string_view name) noexcept;

/// Whether `list` (grpc-accept-encoding: names with commas and optional spaces) has `encoding`. Identity always is.
bool accepts(std::string_view list, Encoding encoding) noexcept;

/// gzip (RFC 1952) of a message, which is below 2 GiB as protobuf's are, for kGzip; the message itself for kIdentity.
base::Bytes compress(Encoding encoding, base::ByteView message);

/// The message of a frame whose compressed flag is set. INTERNAL when it is not gzip, is cut short, has bytes behind
/// its end, or when `encoding` is kIdentity (a flag that no grpc-encoding explains); RESOURCE_EXHAUSTED as soon as it
/// grows above `max_size`. Memory stays in proportion to that limit, whatever the message claims.
Result<base::Bytes> decompress(Encoding encoding, base::ByteView message, std::size_t max_size);

}  // namespace plinth::wire
