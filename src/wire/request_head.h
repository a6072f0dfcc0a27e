#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plinth/deadline.h"
#include "plinth/metadata.h"
#include "plinth/status.h"
#include "wire/compression.h"

namespace plinth::wire {

/// The header fields of a request as a server reads them, one by one (PROTOCOL-HTTP2.md, "Requests").
///
/// Those that gRPC always has are recognised without allocating; the rest becomes metadata (binary ones decoded, and
/// a comma-joined binary value split into several). `user-agent` is metadata too, as every implementation has it; so
/// are "grpc-" fields that we do not know. Fields that belong to HTTP (content-length) or to responses (grpc-status)
/// are dropped, so that metadata may be sent on as it is.
/// A wrong field does not stop the reading: the first problem is kept for `check`.
/// Reused from call to call: `reset` keeps all memory.
class RequestHead {
 public:
  /// What is wrong with the request, and how it must be answered.
  struct Problem {
    /// 200: gRPC's way, trailers only. 405 (method), 415 (content-type): the same with another :status, for what is no
    /// gRPC client.
    int http_status = 200;
    Status status;
  };

  void reset() noexcept;

  /// Names are lower case, as HTTP/2 has them; HTTP/2's own rules (pseudo fields first and once, no connection fields)
  /// have been checked by the session.
  void on_field(std::string_view name, std::string_view value);

  /// After the last field: what is wrong, in this order, or nothing.
  ///   - :method is not POST: 405. content-type is not application/grpc with nothing, '+' or ';' behind: 415.
  ///   - The first field that is wrong. grpc-timeout, or a -bin value, is malformed: INTERNAL with the name and the
  ///   value
  ///     (cut to 64 characters). te is not "trailers": INTERNAL. grpc-timeout or grpc-encoding comes twice with
  ///     different values: INTERNAL. grpc-encoding is unknown: UNIMPLEMENTED, with the ones we have in the sentence.
  ///   - :path is not /service/method: UNIMPLEMENTED. te is missing: INTERNAL.
  std::optional<Problem> check() const;

  std::string_view path() const noexcept { return path_; }
  /// Whether the path is /service/method.
  bool has_method() const noexcept;
  std::string_view authority() const noexcept { return authority_; }
  const Metadata& metadata() const noexcept { return metadata_; }
  /// Nothing when the caller gave none.
  std::optional<Duration> timeout() const noexcept { return timeout_; }
  Encoding encoding() const noexcept { return encoding_; }
  bool peer_accepts(Encoding encoding) const noexcept { return encoding == Encoding::kIdentity || accepts_gzip_; }

 private:
  enum class ContentType : std::uint8_t { kMissing, kGrpc, kOther };

  void on_content_type(std::string_view value) noexcept;
  void on_te(std::string_view value);
  void on_timeout(std::string_view value);
  void on_encoding(std::string_view value);
  void on_metadata(std::string_view name, std::string_view value);
  void fail(Status status);

  std::string path_;
  std::string authority_;
  Metadata metadata_;
  std::optional<Duration> timeout_;
  Encoding encoding_ = Encoding::kIdentity;
  ContentType content_type_ = ContentType::kMissing;
  bool is_post_ = false;
  bool has_te_ = false;
  bool has_encoding_ = false;
  bool accepts_gzip_ = false;
  Status error_;
};

}  // namespace plinth::wire
