#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plinth/metadata.h"
#include "plinth/status.h"
#include "wire/compression.h"

namespace plinth::wire {

/// The header fields of a response as a client reads them, one by one (PROTOCOL-HTTP2.md, "Responses"):
///
///     Response-Headers  messages  Trailers       or      Trailers-Only
///
/// Fields that gRPC always has are recognised without allocating; the rest becomes metadata (binary values decoded, a
/// comma-joined one split into several) of the call, which owns it. "grpc-" fields that we do not know are metadata
/// too: grpc-retry-pushback-ms is found there. Fields that belong to HTTP are dropped, and so are those of the status.
/// Reused from call to call: `reset` keeps all memory.
class ResponseFields {
 public:
  ResponseFields(Metadata& initial, Metadata& trailing) noexcept : initial_(initial), trailing_(trailing) {}

  /// For the next response: clears both metadata as well.
  void reset() noexcept;

  /// Names are lower case, as HTTP/2 has them; HTTP/2's own rules (pseudo fields first and once, none in trailers, a
  /// valid :status, nothing behind trailers) have been checked by the session. The size of all is the caller's to
  /// limit.
  void on_field(std::string_view name, std::string_view value);

  /// After the last field of a block. A 1xx block is forgotten, and the next one is the first.
  void on_fields_end(bool end_of_stream);

  /// Response-Headers have come, so messages may follow: the call is committed (gRFC A6).
  bool has_head() const noexcept { return part_ == Part::kHead || part_ == Part::kTrailers; }
  bool is_trailers_only() const noexcept { return part_ == Part::kTrailersOnly; }

  /// Once `has_head`: not OK when the call cannot go on; it ends with this status then.
  ///   - content-type is not gRPC's: `status()`, as what follows is no messages. With a gRPC content-type the trailers
  ///     are awaited even if :status is not 200, as in grpc-java: they may have a grpc-status, which wins.
  ///   - grpc-encoding is unknown: INTERNAL, with the ones we have in the sentence (gRPC's compression.md).
  ///   - A -bin value is malformed: INTERNAL with its name, as in grpc-go.
  Status check() const;

  /// `status` is an error of the server's own making, and not what is wrong with its response.
  bool has_grpc_error() const noexcept;

  Encoding encoding() const noexcept { return encoding_; }
  /// Whether the server has said that it takes requests in `encoding`.
  bool peer_accepts(Encoding encoding) const noexcept { return encoding == Encoding::kIdentity || accepts_gzip_; }

  /// Once the stream has ended: how the call has, the first of these that applies. The caller adds who the server was.
  ///   - grpc-status is an error: that, with its message and its details (none when they are malformed). UNKNOWN, with
  ///     the text, when it is no number from 0 to 16.
  ///   - content-type is missing or not gRPC's: the code for the HTTP status (http-grpc-status-mapping.md), both named.
  ///   - No grpc-status: the same code for an HTTP status that is not 200. Else UNKNOWN for trailers without it, and
  ///     INTERNAL when no trailers came at all, as in grpc-go and grpc-java.
  ///   - grpc-status is 0: what `check` or the trailers found malformed, or OK.
  /// A grpc-status in Response-Headers does not count when trailers may follow.
  Status status() const;

 private:
  enum class Part : std::uint8_t { kNothing, kHead, kTrailers, kTrailersOnly };

  bool in_head() const noexcept { return part_ == Part::kNothing; }
  void on_content_type(std::string_view value);
  void on_encoding(std::string_view value);
  void on_metadata(std::string_view name, std::string_view value);
  void forget_head() noexcept;
  void forget_status() noexcept;
  void fail(Status status);

  Status grpc_error(StatusCode code) const;
  Status bad_grpc_status() const;
  Status not_grpc() const;
  Status no_grpc_status() const;

  Metadata& initial_;
  Metadata& trailing_;
  Part part_ = Part::kNothing;
  int http_status_ = 0;
  bool is_grpc_ = false;
  bool has_grpc_status_ = false;
  bool accepts_gzip_ = false;
  Encoding encoding_ = Encoding::kIdentity;
  std::string other_content_type_;
  std::string grpc_status_;
  std::string grpc_message_;
  std::string details_;
  Status error_;
};

}  // namespace plinth::wire
