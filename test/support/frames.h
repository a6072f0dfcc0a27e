#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/2 as bytes, made by hand, so that what a test sends may be wrong in any way.
namespace plinth::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

enum class FrameType : std::uint8_t {
  kData,
  kHeaders,
  kPriority,
  kRstStream,
  kSettings,
  kPushPromise,
  kPing,
  kGoaway,
  kWindowUpdate,
  kContinuation,
};

/// Flags of frames; the same bit means one or the other.
inline constexpr std::uint8_t kNoFlags = 0;
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;
inline constexpr std::uint8_t kPadded = 8;

/// The identifiers of settings (RFC 9113, section 6.5.2).
inline constexpr std::uint16_t kInitialWindowSize = 4;

inline constexpr std::string_view kMagic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// `value` as `size` bytes, the highest first.
inline std::string number(std::uint64_t value, int size) {
  std::string bytes;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = number(payload.size(), 3);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes + number(stream, 4) + std::string(payload);
}

/// A text of HPACK: its size in seven bits and more, no Huffman code.
inline std::string hpack_text(std::string_view text) {
  std::string bytes;
  if (text.size() < 127) {
    bytes.push_back(static_cast<char>(text.size()));
  } else {
    bytes.push_back(127);
    auto rest = text.size() - 127;
    for (; rest >= 128; rest /= 128) bytes.push_back(static_cast<char>(rest % 128 + 128));
    bytes.push_back(static_cast<char>(rest));
  }
  return bytes + std::string(text);
}

/// A block of fields: each a literal with a new name that is not kept (RFC 7541, section 6.2.2).
inline std::string hpack(const Fields& fields) {
  std::string bytes;
  for (const auto& [name, value] : fields) bytes += std::string(1, '\0') + hpack_text(name) + hpack_text(value);
  return bytes;
}

/// HEADERS, and CONTINUATION for what one frame cannot hold.
inline std::string headers(std::uint32_t stream, const Fields& fields, std::uint8_t flags = kNoFlags) {
  constexpr std::size_t kMost = 16'384;
  const auto block = hpack(fields);
  std::string bytes;
  for (std::size_t at = 0; at == 0 || at < block.size(); at += kMost) {
    const auto last = at + kMost >= block.size() ? kEndHeaders : kNoFlags;
    const auto type = at == 0 ? FrameType::kHeaders : FrameType::kContinuation;
    const auto first = at == 0 ? flags : kNoFlags;
    bytes += frame(type, static_cast<std::uint8_t>(first | last), stream, std::string_view(block).substr(at, kMost));
  }
  return bytes;
}
inline std::string data(std::uint32_t stream, std::string_view bytes, std::uint8_t flags = kNoFlags) {
  return frame(FrameType::kData, flags, stream, bytes);
}
inline std::string rst_stream(std::uint32_t stream, std::uint32_t code) {
  return frame(FrameType::kRstStream, kNoFlags, stream, number(code, 4));
}
inline std::string settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& entries = {}) {
  std::string payload;
  for (const auto& [id, value] : entries) payload += number(id, 2) + number(value, 4);
  return frame(FrameType::kSettings, kNoFlags, 0, payload);
}
inline std::string settings_ack() { return frame(FrameType::kSettings, kAck, 0, {}); }
inline std::string ping(std::uint64_t opaque, std::uint8_t flags = kNoFlags) {
  return frame(FrameType::kPing, flags, 0, number(opaque, 8));
}
inline std::string window_update(std::uint32_t stream, std::uint32_t increment) {
  return frame(FrameType::kWindowUpdate, kNoFlags, stream, number(increment, 4));
}
inline std::string goaway(std::uint32_t last_stream, std::uint32_t code) {
  return frame(FrameType::kGoaway, kNoFlags, 0, number(last_stream, 4) + number(code, 4));
}

/// What a client says first.
inline std::string preface() { return std::string(kMagic) + settings(); }

/// The fields of a gRPC request, and more of them.
inline Fields grpc_fields(std::string_view path, const Fields& more = {}) {
  Fields fields = {{":method", "POST"},
                   {":scheme", "http"},
                   {":path", std::string(path)},
                   {":authority", "test"},
                   {"content-type", "application/grpc"},
                   {"te", "trailers"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

/// A message of gRPC with its prefix.
inline std::string grpc_frame(std::string_view message, int flags = 0) {
  return number(static_cast<std::uint64_t>(flags), 1) + number(message.size(), 4) + std::string(message);
}

}  // namespace plinth::test
