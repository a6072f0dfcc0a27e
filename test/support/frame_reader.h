#pragma once

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/frames.h"

namespace plinth::test {

/// A frame that came from the other side.
struct ReceivedFrame {
  FrameType type{};
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  /// Of HEADERS.
  Fields fields;

  bool ends_stream() const {
    return (type == FrameType::kHeaders || type == FrameType::kData) && (flags & kEndStream) != 0;
  }
  bool is_ack() const { return (type == FrameType::kSettings || type == FrameType::kPing) && (flags & kAck) != 0; }
  /// Four bytes of the payload as a number: the code of RST_STREAM, the increment of WINDOW_UPDATE.
  std::uint32_t number_at(std::size_t offset) const {
    std::uint32_t value = 0;
    for (std::size_t i = offset; i < offset + 4; ++i) value = value << 8 | static_cast<std::uint8_t>(payload.at(i));
    return value;
  }
};

inline std::string error_name(std::uint32_t code) {
  constexpr std::array kNames = {"NO_ERROR",
                                 "PROTOCOL_ERROR",
                                 "INTERNAL_ERROR",
                                 "FLOW_CONTROL_ERROR",
                                 "SETTINGS_TIMEOUT",
                                 "STREAM_CLOSED",
                                 "FRAME_SIZE_ERROR",
                                 "REFUSED_STREAM",
                                 "CANCEL",
                                 "COMPRESSION_ERROR",
                                 "CONNECT_ERROR",
                                 "ENHANCE_YOUR_CALM",
                                 "INADEQUATE_SECURITY",
                                 "HTTP_1_1_REQUIRED"};
  return code < kNames.size() ? kNames[code] : std::to_string(code);
}

/// A frame as a line: "HEADERS 1 END_STREAM grpc-status=0", "DATA 1 12" (the size), "RST_STREAM 1 CANCEL",
/// "WINDOW_UPDATE 0 1000", "GOAWAY 3 PROTOCOL_ERROR", "SETTINGS", "PING ACK".
inline std::string to_text(const ReceivedFrame& frame) {
  constexpr std::array kTypes = {"DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
                                 "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
  std::string line = kTypes.at(static_cast<std::size_t>(frame.type));
  if (frame.type == FrameType::kGoaway) {
    return line + fmt::format(" {} {}", frame.number_at(0), error_name(frame.number_at(4)));
  }
  if (frame.is_ack()) line += " ACK";
  if (frame.type == FrameType::kSettings || frame.type == FrameType::kPing) return line;
  line += fmt::format(" {}", frame.stream);
  if (frame.type == FrameType::kRstStream) line += " " + error_name(frame.number_at(0));
  if (frame.type == FrameType::kWindowUpdate) line += fmt::format(" {}", frame.number_at(0));
  if (frame.type == FrameType::kData) line += fmt::format(" {}", frame.payload.size());
  if (frame.ends_stream()) line += " END_STREAM";
  for (const auto& [name, value] : frame.fields) line += fmt::format(" {}={}", name, value);
  return line;
}

/// Cuts what the other side sends into frames.
class FrameReader {
 public:
  FrameReader() {
    nghttp2_hd_inflater* made = nullptr;
    if (nghttp2_hd_inflate_new(&made) != 0) throw std::bad_alloc();
    inflater_.reset(made);
  }

  /// The whole frames that these bytes have completed.
  std::vector<ReceivedFrame> read(std::string_view bytes) {
    bytes_ += bytes;
    std::vector<ReceivedFrame> frames;
    while (auto size = size_of_first()) {
      frames.push_back(parse(bytes_.substr(0, size)));
      bytes_.erase(0, size);
    }
    return frames;
  }

 private:
  static constexpr std::size_t kHeadSize = 9;

  static std::size_t number(std::string_view bytes) {
    std::size_t value = 0;
    for (const auto byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }

  /// Zero while it is not whole.
  std::size_t size_of_first() const {
    if (bytes_.size() < kHeadSize) return 0;
    const auto size = kHeadSize + number(std::string_view(bytes_).substr(0, 3));
    return bytes_.size() < size ? 0 : size;
  }

  ReceivedFrame parse(const std::string& bytes) {
    ReceivedFrame frame;
    frame.type = static_cast<FrameType>(bytes[3]);
    frame.flags = static_cast<std::uint8_t>(bytes[4]);
    frame.stream = static_cast<std::uint32_t>(number(std::string_view(bytes).substr(5, 4)));
    frame.payload = bytes.substr(kHeadSize);
    if (frame.type == FrameType::kHeaders) frame.fields = inflate(frame.payload);
    return frame;
  }

  Fields inflate(const std::string& block) {
    Fields fields;
    const auto* data = reinterpret_cast<const std::uint8_t*>(block.data());
    auto left = block.size();
    int flags = 0;
    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
      nghttp2_nv nv;
      const auto used = nghttp2_hd_inflate_hd2(inflater_.get(), &nv, &flags, data, left, 1);
      if (used < 0) throw std::runtime_error("a block of fields that HPACK cannot read");
      data += used;
      left -= static_cast<std::size_t>(used);
      if (flags & NGHTTP2_HD_INFLATE_EMIT) {
        fields.emplace_back(std::string(reinterpret_cast<char*>(nv.name), nv.namelen),
                            std::string(reinterpret_cast<char*>(nv.value), nv.valuelen));
      }
    }
    nghttp2_hd_inflate_end_headers(inflater_.get());
    return fields;
  }

  struct Delete {
    void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
  };
  std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
  std::string bytes_;
};

}  // namespace plinth::test
