#include <algorithm>

#include "http2/native.h"

namespace plinth::http2 {

namespace {

Session& session_of(void* user) noexcept { return *static_cast<Session*>(user); }

std::string_view text_of(nghttp2_rcbuf* buffer) noexcept {
  const auto bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

bool ends_stream(const nghttp2_frame& frame) noexcept { return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

std::uint64_t opaque_of(const nghttp2_ping& ping) noexcept {
  std::uint64_t opaque = 0;
  for (const auto byte : ping.opaque_data) opaque = opaque << 8 | byte;
  return opaque;
}

}  // namespace

Stream* Session::Callbacks::find(Session& session, StreamId id) noexcept {
  if (session.receiving_ && session.receiving_->id() == id) return session.receiving_;
  auto* stream = static_cast<Stream*>(nghttp2_session_get_stream_user_data(session.native_->session, id));
  if (stream) session.receiving_ = stream;
  return stream;
}

int Session::Callbacks::on_begin_headers(nghttp2_session* native, const nghttp2_frame* frame, void* user) {
  auto& session = session_of(user);
  session.field_bytes_ = 0;
  if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  const auto id = frame->hd.stream_id;
  auto& stream = session.add_stream(id);
  stream.visitor_ = session.refusing_ ? nullptr : session.visitor_.on_stream_opened(stream);
  if (stream.visitor_) {
    nghttp2_session_set_stream_user_data(native, id, &stream);
    session.receiving_ = &stream;
  } else {
    session.drop_stream(stream);
    nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
  }
  return 0;
}

/// A few bytes may stand for a long value, again and again: of a block that is far too large nghttp2 decodes the rest
/// without looking at it, and resets its stream.
int Session::Callbacks::on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                                  nghttp2_rcbuf* value, std::uint8_t, void* user) {
  constexpr std::size_t kFieldOverhead = 32;  // RFC 9113, section 6.5.2
  auto& session = session_of(user);
  session.field_bytes_ += text_of(name).size() + text_of(value).size() + kFieldOverhead;
  if (auto* stream = find(session, frame->hd.stream_id)) {
    stream->visitor_->on_field(text_of(name), text_of(value));
  }
  return session.field_bytes_ > session.most_field_bytes_ ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

int Session::Callbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  auto& session = session_of(user);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      auto* stream = find(session, frame->hd.stream_id);
      if (stream && frame->hd.type == NGHTTP2_HEADERS) stream->visitor_->on_fields_end(ends_stream(*frame));
      if (stream && ends_stream(*frame)) {
        stream->peer_ended_ = true;
        stream->visitor_->on_end();
      }
      break;
    }
    case NGHTTP2_RST_STREAM:
      if (auto* stream = find(session, frame->hd.stream_id)) stream->reset_by_peer_ = true;
      break;
    case NGHTTP2_SETTINGS:
      if (!(frame->hd.flags & NGHTTP2_FLAG_ACK)) session.visitor_.on_settings();
      break;
    case NGHTTP2_PING:
      if (frame->hd.flags & NGHTTP2_FLAG_ACK) {
        session.visitor_.on_ping_ack(opaque_of(frame->ping));
      } else {
        session.visitor_.on_ping();
      }
      break;
    case NGHTTP2_GOAWAY: {
      const auto& goaway = frame->goaway;
      const std::string_view text(reinterpret_cast<const char*>(goaway.opaque_data), goaway.opaque_data_len);
      session.visitor_.on_goaway(goaway.last_stream_id, ErrorCode{goaway.error_code}, text);
      break;
    }
    default: break;
  }
  return 0;
}

int Session::Callbacks::on_data(nghttp2_session* native, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                                std::size_t size, void* user) {
  auto& session = session_of(user);
  session.body_received_ += size;
  if (auto* stream = find(session, id)) {
    stream->visitor_->on_data(std::as_bytes(std::span(data, size)));
  } else {
    nghttp2_session_consume_stream(native, id, size);
  }
  return 0;
}

int Session::Callbacks::on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
  auto& session = session_of(user);
  if (auto* stream = find(session, id)) session.close_stream(*stream, ErrorCode{code});
  return 0;
}

void Session::Callbacks::on_failed(Session& session, const nghttp2_goaway& goaway) {
  const std::string_view reason(reinterpret_cast<const char*>(goaway.opaque_data), goaway.opaque_data_len);
  const auto problem = session.take_problem();
  session.visitor_.on_failed(reason.empty() ? problem : reason);
}

/// Notes that a request has left. A response that is complete while the request is not: the client is told to stop
/// sending (RFC 9113, section 8.1).
int Session::Callbacks::on_frame_sent(nghttp2_session* native, const nghttp2_frame* frame, void* user) {
  auto& session = session_of(user);
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR)
    on_failed(session, frame->goaway);
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    if (auto* const stream = find(session, frame->hd.stream_id)) stream->begun_ = true;
  }
  if (session.ended_early_ == 0 || frame->hd.type != NGHTTP2_HEADERS || !ends_stream(*frame)) return 0;
  const auto id = frame->hd.stream_id;
  const auto* stream = find(session, id);
  if (stream && stream->ended_early_ && !stream->peer_ended_) {
    nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
  }
  return 0;
}

int Session::Callbacks::on_invalid_frame(nghttp2_session*, const nghttp2_frame*, int error, void* user) {
  auto& problem = session_of(user).problem_;
  if (problem.empty()) problem = nghttp2_strerror(error);
  return 0;
}

int Session::Callbacks::on_error(nghttp2_session*, int, const char* text, std::size_t size, void* user) {
  constexpr std::size_t kLongestProblem = 256;
  session_of(user).problem_.assign(text, std::min(size, kLongestProblem));
  return 0;
}

/// Fields too large for nghttp2 to send: without them the stream would stay open for ever.
int Session::Callbacks::on_frame_not_sent(nghttp2_session* native, const nghttp2_frame* frame, int error, void*) {
  if (frame->hd.type != NGHTTP2_HEADERS || error != NGHTTP2_ERR_FRAME_SIZE_ERROR) return 0;
  nghttp2_submit_rst_stream(native, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_INTERNAL_ERROR);
  return 0;
}

int Session::Callbacks::send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head, std::size_t size,
                                  nghttp2_data_source* source, void* user) {
  constexpr std::size_t kFrameHeadSize = 9;
  auto& buffer = *session_of(user).collecting_;
  if (buffer.size() >= kCollectLimit) return NGHTTP2_ERR_WOULDBLOCK;
  auto& stream = *static_cast<Stream*>(source->ptr);
  buffer.append(std::as_bytes(std::span(frame_head, kFrameHeadSize)));
  stream.move_queued(size, buffer);
  stream.visitor_->on_sent(size);
  return 0;
}

ssize_t Session::Callbacks::read_data(nghttp2_session* native, std::int32_t id, std::uint8_t*, std::size_t limit,
                                      std::uint32_t* flags, nghttp2_data_source* source, void* user) {
  auto& stream = *static_cast<Stream*>(source->ptr);
  const auto size = std::min(limit, stream.queued_bytes_);
  const bool last = size == stream.queued_bytes_ && stream.ending_ != Stream::Ending::kNotYet;
  if (size == 0 && !last) {
    stream.waiting_for_data_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (size != 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (last) *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (last && stream.ending_ == Stream::Ending::kTrailers) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto nv = session_of(user).native_->to_nv(stream.trailers_);
    nghttp2_submit_trailer(native, id, nv.data(), nv.size());
  }
  return static_cast<ssize_t>(size);
}

const nghttp2_session_callbacks* Session::Callbacks::table() {
  static const auto* callbacks = [] {
    nghttp2_session_callbacks* made = nullptr;
    nghttp2_session_callbacks_new(&made);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(made, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(made, on_frame_not_sent);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, on_invalid_frame);
    nghttp2_session_callbacks_set_error_callback2(made, on_error);
    nghttp2_session_callbacks_set_send_data_callback(made, send_data);
    return made;
  }();
  return callbacks;
}

nghttp2_data_provider Session::Callbacks::body_of(Stream& stream) noexcept {
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = read_data;
  return provider;
}

}  // namespace plinth::http2
