#pragma once

#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/connector.h"
#include "net/pipe.h"
#include "support/frame_reader.h"
#include "support/frames.h"
#include "support/test_channel.h"
#include "wire/framing.h"

namespace plinth::test {

/// The parts of a server's answer to a call, as frames.
inline std::string response_head(std::uint32_t stream, const Fields& more = {}) {
  Fields fields = {{":status", "200"}, {"content-type", "application/grpc"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return headers(stream, fields);
}
inline std::string response_message(std::uint32_t stream, const std::string& value) {
  return data(stream, grpc_frame(text(value).SerializeAsString()));
}
inline std::string response_trailers(std::uint32_t stream, StatusCode code = StatusCode::kOk, const Fields& more = {}) {
  Fields fields = {{"grpc-status", std::to_string(static_cast<int>(code))}};
  fields.insert(fields.end(), more.begin(), more.end());
  return headers(stream, fields, kEndStream);
}
inline std::string whole_response(std::uint32_t stream, const std::string& value) {
  return response_head(stream) + response_message(stream, value) + response_trailers(stream);
}
/// Head and status in one.
inline std::string trailers_only(std::uint32_t stream, StatusCode code, const std::string& message = "",
                                 const Fields& more = {}) {
  Fields fields = {{":status", "200"},
                   {"content-type", "application/grpc"},
                   {"grpc-status", std::to_string(static_cast<int>(code))},
                   {"grpc-message", message}};
  fields.insert(fields.end(), more.begin(), more.end());
  return headers(stream, fields, kEndStream);
}

/// What a client has sent on one stream.
struct ScriptedRequest {
  std::size_t connection = 0;
  std::uint32_t stream = 0;
  Fields head;
  std::vector<std::string> texts;
  bool ended = false;
  /// The code of RST_STREAM, if one came.
  std::string reset;

  std::string field(std::string_view name) const {
    for (const auto& [key, value] : head) {
      if (key == name) return value;
    }
    return "";
  }
};

inline std::string answer_well(const ScriptedRequest& request) { return whole_response(request.stream, "well"); }

/// A server whose every byte the test gives: takes a client's connections, writes down the requests, and answers them
/// with what the script says.
///
///     ScriptedChannel channel;
///     channel.scripted->answer = [](const ScriptedRequest& request) { return whole_response(request.stream, "hello");
///     };
class ScriptedServer final : public client::Connector {
 public:
  explicit ScriptedServer(Worker& worker) : worker_(worker) {}

  /// What each connection is told first.
  std::string greeting = settings() + settings_ack();
  /// What is said to a request once it has come whole; none: nothing.
  std::function<std::string(const ScriptedRequest&)> answer;
  /// Says why a connection cannot be had; OK: it can.
  std::function<Status()> refuse;
  /// What stands between the client and the network.
  std::function<std::unique_ptr<net::ByteStream>(std::unique_ptr<net::ByteStream>)> network;

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) override {
    dialled.push_back(worker_.now());
    if (auto refusal = refuse ? refuse() : Status(); !refusal.ok()) co_return refusal;
    auto [ours, theirs] = net::make_pipe(address.substr(address.find(':') + 1), kCapacity);
    connections_.push_back(std::make_unique<Connection>(*this, connections_.size(), std::move(theirs)));
    if (network) ours = network(std::move(ours));
    co_return std::move(ours);
  }
  bool secure() const noexcept override { return false; }

  std::size_t connections() const noexcept { return connections_.size(); }
  /// Connections that the client has not closed.
  std::size_t open() const noexcept {
    std::size_t open = 0;
    for (const auto& connection : connections_) open += connection->open() ? 1 : 0;
    return open;
  }
  void send(std::size_t connection, std::string bytes) { connections_.at(connection)->send(std::move(bytes)); }
  void close(std::size_t connection) { connections_.at(connection)->close(); }

  /// Lines of all frames of this connection since this was last asked for.
  std::vector<std::string> take_frames(std::size_t connection) { return connections_.at(connection)->take_lines(); }

  /// When the client has asked for connections.
  std::vector<TimePoint> dialled;
  /// In the order of their heads.
  std::deque<ScriptedRequest> requests;

 private:
  static constexpr std::size_t kCapacity = 64 * 1024 * 1024;

  class Connection {
   public:
    Connection(ScriptedServer& server, std::size_t index, std::unique_ptr<net::ByteStream> end)
        : server_(server), index_(index), end_(std::move(end)) {
      send(server.greeting);
      reading_.emplace(server.worker_, read());
    }
    ~Connection() {
      if (!reading_->done()) std::abort();  // the client has left it open
    }

    bool open() const noexcept { return !reading_->done(); }

    void send(std::string bytes) {
      const auto piece = base::as_bytes(bytes);
      Started<std::error_code> write(server_.worker_, end_->write_all(std::span(&piece, 1)));
      if (!write.done()) std::abort();  // more than the pipe holds
    }
    void close() {
      Worker::Turn turn(server_.worker_);
      end_->close();
    }
    std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }

   private:
    Task<void> read() {
      while (true) {
        auto some = end_->read_some(space_);
        const auto size = co_await std::move(some);
        if (!size || *size == 0) co_return;
        received_ += base::as_text(base::ByteView(space_).first(*size));
        if (!greeted_ && received_.size() < kMagic.size()) continue;
        if (!std::exchange(greeted_, true)) received_.erase(0, kMagic.size());
        for (const auto& frame : reader_.read(std::exchange(received_, {}))) take(frame);
      }
    }

    void take(const ReceivedFrame& frame) {
      lines_.push_back(to_text(frame));
      if (frame.type == FrameType::kHeaders) server_.begin_request(index_, frame);
      auto* request = frame.stream == 0 ? nullptr : server_.find(index_, frame.stream);
      if (!request) return;
      if (frame.type == FrameType::kData) read_messages(frame, *request);
      if (frame.type == FrameType::kRstStream) request->reset = error_name(frame.number_at(0));
      if (!frame.ends_stream()) return;
      request->ended = true;
      if (server_.answer) send(server_.answer(*request));
    }

    void read_messages(const ReceivedFrame& frame, ScriptedRequest& request) {
      auto& body = bodies_.try_emplace(frame.stream, kCapacity).first->second;
      if (!body.feed(base::as_bytes(frame.payload)).ok()) std::abort();
      while (const auto message = body.next()) {
        Text text;
        if (text.ParseFromString(std::string(message->message.text()))) request.texts.push_back(text.value());
      }
    }

    ScriptedServer& server_;
    std::size_t index_;
    std::unique_ptr<net::ByteStream> end_;
    std::array<std::byte, 16 * 1024> space_;
    std::string received_;
    bool greeted_ = false;
    FrameReader reader_;
    std::vector<std::string> lines_;
    std::map<std::uint32_t, wire::FrameDecoder> bodies_;
    std::optional<Started<void>> reading_;
  };

  void begin_request(std::size_t connection, const ReceivedFrame& frame) {
    auto& request = requests.emplace_back();
    request.connection = connection;
    request.stream = frame.stream;
    request.head = frame.fields;
  }
  ScriptedRequest* find(std::size_t connection, std::uint32_t stream) {
    for (auto& request : requests) {
      if (request.connection == connection && request.stream == stream) return &request;
    }
    return nullptr;
  }

  Worker& worker_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

/// A channel to a ScriptedServer.
class ScriptedChannel : public TestChannel {
 public:
  ScriptedChannel() { shared->connector = scripted; }

  /// Bytes from the server on the connection that was made last, and all that follows from them.
  void say(std::string bytes) {
    scripted->send(scripted->connections() - 1, std::move(bytes));
    poll();
  }

  std::shared_ptr<ScriptedServer> scripted = std::make_shared<ScriptedServer>(server.loop.worker());
};

}  // namespace plinth::test
