#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/frame_reader.h"
#include "support/frames.h"
#include "support/test_server.h"
#include "wire/framing.h"

namespace plinth::test {

/// What a client has got on one stream.
struct Answer {
  Fields head;
  std::vector<std::string> texts;
  Fields trailers;
  bool ended = false;
  /// The code of RST_STREAM, if one came.
  std::string reset;

  static std::string field(const Fields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
    return found == fields.end() ? "" : found->second;
  }
  /// "OK", "NOT_FOUND: no such row" (as on the wire, percent-encoded), "none" while there is none.
  std::string status() const {
    const auto code = field(trailers, "grpc-status");
    if (code.empty()) return reset.empty() ? "none" : "reset " + reset;
    const auto message = field(trailers, "grpc-message");
    const auto name = to_string(static_cast<StatusCode>(std::stoi(code)));
    return message.empty() ? std::string(name) : fmt::format("{}: {}", name, message);
  }
  /// Head and status in one block of fields.
  bool is_trailers_only() const { return head.empty() && ended; }
};

/// A client of a TestServer that speaks gRPC with frames of its own making.
class TestClient {
 public:
  static constexpr std::uint32_t kWideOpen = 0x7fffffff;

  /// `window`: what it lets each stream send before it says more.
  explicit TestClient(TestServer& server, std::uint32_t window = kWideOpen) : wire_(server) {
    send(std::string(kMagic) + settings({{kInitialWindowSize, window}}) +
         (window == kWideOpen ? window_update(0, kWideOpen - 65'535) : std::string()) + settings_ack());
    take_frames();
  }

  void send(std::string bytes) { wire_.send(std::move(bytes)); }

  /// Opens a stream with the head of a call.
  std::uint32_t open(std::string_view path, const Fields& more = {}, std::uint8_t flags = kNoFlags) {
    return open_with(grpc_fields(path, more), flags);
  }
  std::uint32_t open_with(const Fields& fields, std::uint8_t flags = kNoFlags) {
    const auto id = next_id_;
    next_id_ += 2;
    send(headers(id, fields, flags));
    return id;
  }

  void message(std::uint32_t id, const std::string& value, std::uint8_t flags = kNoFlags) {
    send(data(id, framed(value), flags));
  }
  void end(std::uint32_t id) { send(data(id, {}, kEndStream)); }
  void reset(std::uint32_t id) { send(rst_stream(id, 8)); }

  /// A whole call with one message.
  Answer call(std::string_view path, const std::string& value, const Fields& more = {}) {
    const auto id = open(path, more);
    message(id, value, kEndStream);
    return answer(id);
  }

  /// What has come on this stream so far.
  Answer answer(std::uint32_t id) {
    take_frames();
    return answers_[id];
  }

  /// Lines of all frames since this was last asked for.
  std::vector<std::string> frames() {
    take_frames();
    return std::exchange(lines_, {});
  }

  TestWire& wire() { return wire_; }
  bool server_closed() const { return wire_.server_closed(); }

  static std::string framed(const std::string& value) { return grpc_frame(text(value).SerializeAsString()); }

 private:
  void take_frames() {
    for (const auto& frame : reader_.read(wire_.take_received())) {
      lines_.push_back(to_text(frame));
      note(frame, answers_[frame.stream], bodies_[frame.stream]);
    }
  }

  void note(const ReceivedFrame& frame, Answer& answer, wire::FrameDecoder& body) {
    if (frame.type == FrameType::kRstStream) answer.reset = error_name(frame.number_at(0));
    if (frame.type == FrameType::kHeaders) (frame.ends_stream() ? answer.trailers : answer.head) = frame.fields;
    if (frame.type == FrameType::kData) note_body(frame.payload, answer, body);
    answer.ended |= frame.ends_stream();
  }

  static void note_body(const std::string& bytes, Answer& answer, wire::FrameDecoder& body) {
    if (!body.feed(base::as_bytes(bytes)).ok()) throw std::runtime_error("a body that is no gRPC");
    while (const auto frame = body.next()) {
      auto bytes = frame->message;
      if (frame->compressed) bytes = wire::decompress(wire::Encoding::kGzip, bytes.view(), kWideOpen).value();
      Text message;
      if (!message.ParseFromString(std::string(bytes.text()))) throw std::runtime_error("not a text");
      answer.texts.push_back(message.value());
    }
  }

  struct Decoder : wire::FrameDecoder {
    Decoder() : FrameDecoder(kWideOpen) {}
  };

  TestWire wire_;
  FrameReader reader_;
  std::uint32_t next_id_ = 1;
  std::vector<std::string> lines_;
  std::map<std::uint32_t, Answer> answers_;
  std::map<std::uint32_t, Decoder> bodies_;
};

}  // namespace plinth::test
