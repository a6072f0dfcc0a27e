#pragma once

#include <memory>
#include <optional>

#include "client/backend.h"
#include "client/connection.h"
#include "http2/stream.h"
#include "plinth/status.h"
#include "wire/request_fields.h"
#include "wire/response_fields.h"

namespace plinth::client {

/// `status` with who is to blame in front; OK stays OK.
Status said_by(const Peer& peer, const Status& status);

/// One request and its response: a stream on a connection, from the head of the request to the status.
class Exchange final : private http2::StreamVisitor {
 public:
  /// Who asks. It may abandon the exchange from inside of these.
  class Owner {
   public:
    /// The head of the response has come, and messages may follow.
    virtual void on_head(Exchange& exchange) = 0;
    virtual Status on_message_bytes(base::ByteView bytes) = 0;
    virtual void on_sent() = 0;
    /// It is over, and `status` tells how. The last event.
    virtual void on_exchange_end(Exchange& exchange) = 0;

   protected:
    ~Owner() = default;
  };

  explicit Exchange(Owner& owner) : owner_(owner) {}
  ~Exchange() { abandon(); }

  /// Opens the stream. RESOURCE_EXHAUSTED when the head is larger than the server takes; false when the connection
  /// takes no more streams. `backend`, which may be null, counts it among its calls.
  Result<bool> start(Backend* backend, Connection& connection, const wire::RequestOptions& options,
                     const Metadata& metadata);

  /// Ends it; its owner hears no more of it.
  void abandon() noexcept;
  /// The same because the deadline has passed, which is held against the backend.
  void time_out() noexcept;

  http2::Stream* stream() const noexcept { return stream_; }
  const wire::ResponseFields& response() const noexcept { return response_; }
  Metadata& initial_metadata() noexcept { return initial_; }
  Metadata& trailing_metadata() noexcept { return trailing_; }
  const Peer& peer() const noexcept { return *peer_; }

  /// Once it is over.
  const Status& status() const noexcept { return status_; }
  /// The server has said, or it is clear, that it has not looked at the request.
  bool unprocessed() const noexcept { return unprocessed_; }

 private:
  void on_field(std::string_view name, std::string_view value) override;
  void on_fields_end(bool last) override;
  void on_data(base::ByteView bytes) override;
  void on_end() override;
  void on_sent(std::size_t) override { owner_.on_sent(); }
  void on_closed(http2::ErrorCode code) override;

  void end(Status status);
  void count_end(bool well) noexcept;
  void leave_backend() noexcept;
  Status closed_early(const http2::Stream& stream, http2::ErrorCode code);
  Status too_large() const;
  Status malformed() const;
  Status by_peer(const Status& status) const;

  Owner& owner_;
  Metadata initial_;
  Metadata trailing_;
  wire::ResponseFields response_{initial_, trailing_};
  std::size_t fields_size_ = 0;
  std::size_t max_fields_size_ = 0;
  Backend* backend_ = nullptr;
  /// Until its end is counted.
  Connection* connection_ = nullptr;
  std::shared_ptr<const Peer> peer_;
  http2::Stream* stream_ = nullptr;
  Status status_;
  bool unprocessed_ = false;
};

}  // namespace plinth::client
