#pragma once

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http2/session.h"
#include "support/frame_reader.h"

namespace plinth::test {

/// Writes down what happens to a session, each event a line, and keeps its streams for the test to command.
class SessionEvents final : public http2::SessionVisitor {
 public:
  class StreamEvents final : public http2::StreamVisitor {
   public:
    StreamEvents(SessionEvents& all, http2::Stream* stream) : all_(all), stream_(stream) {}

    void on_field(std::string_view name, std::string_view value) override {
      fields += fmt::format(" {}={}", name, value);
    }
    void on_fields_end(bool) override { note("fields" + std::exchange(fields, {})); }
    void on_data(base::ByteView bytes) override {
      body += base::as_text(bytes);
      if (consuming) stream_->consume(bytes.size());
    }
    void on_end() override { note("end"); }
    void on_sent(std::size_t size) override { sent += size; }
    void on_closed(http2::ErrorCode code) override {
      note("closed " + error_name(static_cast<std::uint32_t>(code)));
      stream_ = nullptr;
    }

    http2::Stream& operator*() const { return *stream_; }
    http2::Stream* operator->() const { return stream_; }
    void set(http2::Stream* stream) {
      stream_ = stream;
      id_ = stream->id();
    }
    bool open() const { return stream_ != nullptr; }

    std::string fields;
    std::string body;
    std::size_t sent = 0;
    bool consuming = false;

   private:
    void note(const std::string& what) { all_.lines.push_back(fmt::format("{} {}", id(), what)); }
    int id() {
      if (stream_) id_ = stream_->id();
      return id_;
    }

    SessionEvents& all_;
    http2::Stream* stream_;
    int id_ = 0;
  };

  http2::StreamVisitor* on_stream_opened(http2::Stream& stream) override {
    if (refusing) return nullptr;
    return &streams.emplace_back(*this, &stream);
  }
  void on_goaway(http2::StreamId last, http2::ErrorCode code, std::string_view text) override {
    lines.push_back(fmt::format("goaway {} {} {}", last, error_name(static_cast<std::uint32_t>(code)), text));
  }
  void on_ping() override { lines.push_back("ping"); }
  void on_ping_ack(std::uint64_t opaque) override { lines.push_back(fmt::format("ping ack {:x}", opaque)); }
  void on_output() override { ++outputs; }

  std::vector<std::string> take_lines() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::deque<StreamEvents> streams;
  std::size_t outputs = 0;
  bool refusing = false;
};

/// A session with its events, and the other side as the test plays it: bytes in, frames out.
class TestSession {
 public:
  using Make = std::unique_ptr<http2::Session> (*)(const http2::SessionOptions&, http2::SessionVisitor&);
  explicit TestSession(Make make = &http2::Session::server, const http2::SessionOptions& options = {})
      : session_(make(options, events)) {}

  http2::Session& operator*() { return *session_; }
  http2::Session* operator->() { return session_.get(); }

  bool receive(std::string_view bytes) { return session_->receive(base::as_bytes(bytes)); }

  /// Everything that there is to send, as bytes.
  std::string collect() {
    std::string bytes;
    base::SendBuffer buffer;
    for (session_->collect(buffer); !buffer.empty(); session_->collect(buffer)) {
      for (const auto piece : buffer.pieces()) bytes += base::as_text(piece);
      buffer.clear();
    }
    return bytes;
  }

  /// The same as frames, a line each.
  std::vector<std::string> frames() {
    std::vector<std::string> lines;
    for (const auto& frame : reader_.read(collect())) lines.push_back(to_text(frame));
    return lines;
  }

  /// The client's preface, and away with the answers to it.
  TestSession& greeted(std::string_view more = {}) {
    receive(preface() + std::string(more));
    frames();
    return *this;
  }

  SessionEvents::StreamEvents& stream(std::size_t index = 0) { return events.streams.at(index); }

  SessionEvents events;

 private:
  std::unique_ptr<http2::Session> session_;
  FrameReader reader_;
};

}  // namespace plinth::test
