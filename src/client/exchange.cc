#include "client/exchange.h"

#include "wire/field_scratch.h"
#include "wire/percent.h"

namespace plinth::client {

namespace {

std::size_t size_of(const base::FieldList& fields) noexcept {
  std::size_t size = 0;
  for (const auto& field : fields) size += field.name.size() + field.value.size() + 32;
  return size;
}

/// PROTOCOL-HTTP2.md, "HTTP2 Transport Mapping": what a reset means for the call.
StatusCode code_for_reset(http2::ErrorCode code) noexcept {
  switch (code) {
    case http2::ErrorCode::kRefusedStream: return StatusCode::kUnavailable;
    case http2::ErrorCode::kCancel: return StatusCode::kCancelled;
    case http2::ErrorCode::kEnhanceYourCalm: return StatusCode::kResourceExhausted;
    case http2::ErrorCode::kInadequateSecurity: return StatusCode::kPermissionDenied;
    default: return StatusCode::kInternal;
  }
}

}  // namespace

Status said_by(const Peer& peer, const Status& status) {
  if (status.ok()) return status;
  return {status.code(), fmt::format("{}: {}", peer.address, status.message())};
}

Result<bool> Exchange::start(Backend* backend, Connection& connection, const wire::RequestOptions& options,
                             const Metadata& metadata) {
  auto& [fields, texts] = wire::empty_scratch();
  wire::append_request_head(options, metadata, fields, texts);
  const auto limit = connection.max_header_list();
  if (const auto size = size_of(fields); size > limit) {
    return std::unexpected(resource_exhausted("the call's header fields and metadata have {} bytes, {} takes {}", size,
                                              connection.peer()->address, limit));
  }
  stream_ = connection.open(fields, *this);
  if (!stream_) return false;
  backend_ = backend;
  connection_ = &connection;
  peer_ = connection.peer();
  max_fields_size_ = connection.max_response_fields();
  if (backend_) backend_->on_call_begun();
  return true;
}

void Exchange::abandon() noexcept {
  count_end(false);
  if (auto* stream = std::exchange(stream_, nullptr)) stream->abandon(http2::ErrorCode::kCancel);
  leave_backend();
}

void Exchange::time_out() noexcept {
  if (backend_) backend_->record().on_call_end(false);
  abandon();
}

void Exchange::count_end(bool well) noexcept {
  if (auto* connection = std::exchange(connection_, nullptr)) connection->on_exchange_end(well);
}

void Exchange::leave_backend() noexcept {
  if (auto* backend = std::exchange(backend_, nullptr)) backend->on_call_left();
}

void Exchange::on_field(std::string_view name, std::string_view value) {
  fields_size_ += name.size() + value.size() + 32;
  if (fields_size_ <= max_fields_size_) response_.on_field(name, value);
}

void Exchange::on_fields_end(bool last) {
  if (fields_size_ > max_fields_size_) return end(too_large());
  response_.on_fields_end(last);
  connection_->note_answer();
  if (last || !response_.has_head()) return;
  if (auto status = response_.check(); !status.ok()) return end(by_peer(status));
  owner_.on_head(*this);
}

void Exchange::on_data(base::ByteView bytes) {
  if (!response_.has_head()) return end(by_peer(internal_error("the server sent a message before its header fields")));
  if (auto status = owner_.on_message_bytes(bytes); !status.ok()) end(by_peer(status));
}

void Exchange::on_end() {
  auto status = response_.status();
  end(response_.has_grpc_error() ? std::move(status) : by_peer(status));
}

void Exchange::on_closed(http2::ErrorCode code) {
  auto* const stream = std::exchange(stream_, nullptr);
  if (stream) end(closed_early(*stream, code));
}

Status Exchange::closed_early(const http2::Stream& stream, http2::ErrorCode code) {
  if (!connection_->lost().ok()) {
    unprocessed_ = !stream.begun();
    return connection_->lost();
  }
  if (!stream.reset_by_peer() && fields_size_ > max_fields_size_) return too_large();
  unprocessed_ = code == http2::ErrorCode::kRefusedStream;
  if (!stream.reset_by_peer()) return unprocessed_ ? by_peer(unavailable("the server is going away")) : malformed();
  return by_peer({code_for_reset(code),
                  fmt::format("the server reset the stream with HTTP/2's error {}", static_cast<std::uint32_t>(code))});
}

Status Exchange::too_large() const {
  return by_peer(
      resource_exhausted("the response's header fields have {} bytes, {} are allowed", fields_size_, max_fields_size_));
}

Status Exchange::malformed() const {
  const auto problem = connection_->take_problem();
  return by_peer(internal_error("the response is no valid HTTP/2{}{}", problem.empty() ? "" : ": ",
                                wire::percent_encode(problem)));
}

Status Exchange::by_peer(const Status& status) const { return said_by(*peer_, status); }

void Exchange::end(Status status) {
  status_ = std::move(status);
  if (backend_) backend_->record().on_call_end(status_.ok());
  count_end(status_.ok());
  abandon();
  owner_.on_exchange_end(*this);
}

}  // namespace plinth::client
