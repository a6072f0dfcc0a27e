#include "http2/stream.h"

#include <algorithm>
#include <cstdint>

#include "http2/native.h"

namespace plinth::http2 {

namespace {

/// Hears what happens to streams that nobody cares about any more.
class DeafVisitor final : public StreamVisitor {
 public:
  void on_field(std::string_view, std::string_view) override {}
  void on_fields_end(bool) override {}
  void on_data(base::ByteView) override {}
  void on_end() override {}
  void on_sent(std::size_t) override {}
  void on_closed(ErrorCode) override {}
};

}  // namespace

void Stream::send_head(std::span<const base::Field> fields) {
  const auto nv = session_->native_->to_nv(fields);
  const auto body = Session::Callbacks::body_of(*this);
  nghttp2_submit_response(session_->native_->session, id_, nv.data(), nv.size(), &body);
  session_->visitor_.on_output();
}

void Stream::send(base::Bytes bytes) {
  if (bytes.empty()) return;
  queued_bytes_ += bytes.size();
  session_->queued_bytes_ += bytes.size();
  queue_.push_back(std::move(bytes));
  wake();
}

void Stream::send_trailers(std::span<const base::Field> fields) {
  note_ending();
  if (queued_bytes_ == 0) return submit_trailers(fields);
  trailer_texts_.reserve(2 * fields.size());
  for (auto field : fields) {
    if (!field.lasting) {
      field.name = trailer_texts_.emplace_back(field.name);
      field.value = trailer_texts_.emplace_back(field.value);
    }
    trailers_.push_back(field);
  }
  ending_ = Ending::kTrailers;
}

/// Not through the body's callback, which would wait for the peer's window: fields need none.
void Stream::submit_trailers(std::span<const base::Field> fields) {
  const auto nv = session_->native_->to_nv(fields);
  nghttp2_submit_trailer(session_->native_->session, id_, nv.data(), nv.size());
  session_->visitor_.on_output();
}

void Stream::send_only(std::span<const base::Field> fields) {
  const auto nv = session_->native_->to_nv(fields);
  note_ending();
  nghttp2_submit_headers(session_->native_->session, NGHTTP2_FLAG_END_STREAM, id_, nullptr, nv.data(), nv.size(),
                         nullptr);
  session_->visitor_.on_output();
}

void Stream::send_end() {
  ending_ = Ending::kPlain;
  wake();
}

void Stream::reset(ErrorCode code) {
  nghttp2_submit_rst_stream(session_->native_->session, NGHTTP2_FLAG_NONE, id_, static_cast<std::uint32_t>(code));
  session_->visitor_.on_output();
}

void Stream::abandon(ErrorCode code) {
  static DeafVisitor nobody;
  visitor_ = &nobody;
  const bool complete = peer_ended_ && ending_ != Ending::kNotYet && queued_bytes_ == 0;
  if (!complete) reset(code);
}

void Stream::consume(std::size_t size) {
  if (peer_ended_) return;
  nghttp2_session_consume_stream(session_->native_->session, id_, size);
  session_->visitor_.on_output();
}

void Stream::widen(std::size_t size) {
  auto* const native = session_->native_->session;
  const auto open = static_cast<std::size_t>(nghttp2_session_get_stream_local_window_size(native, id_));
  if (peer_ended_ || open >= size) return;
  // The window grows once more when the peer acknowledges our settings.
  const auto wanted = std::min<std::size_t>(session_->stream_window_ + size, INT32_MAX - session_->stream_window_);
  if (nghttp2_session_get_stream_effective_local_window_size(native, id_) >= static_cast<int>(wanted)) return;
  nghttp2_session_set_local_window_size(native, NGHTTP2_FLAG_NONE, id_, static_cast<std::int32_t>(wanted));
  session_->visitor_.on_output();
}

/// A server that answers before the request has ended tells the client so, right behind the trailers.
void Stream::note_ending() {
  if (!session_->is_server_ || peer_ended_) return;
  ended_early_ = true;
  ++session_->ended_early_;
}

void Stream::wake() {
  if (!std::exchange(waiting_for_data_, false)) return;
  nghttp2_session_resume_data(session_->native_->session, id_);
  session_->visitor_.on_output();
}

void Stream::clear() noexcept {
  visitor_ = nullptr;
  queue_.clear();
  queue_front_ = 0;
  queued_bytes_ = 0;
  waiting_for_data_ = false;
  begun_ = false;
  peer_ended_ = false;
  reset_by_peer_ = false;
  ended_early_ = false;
  ending_ = Ending::kNotYet;
  trailers_.clear();
  trailer_texts_.clear();
}

void Stream::move_queued(std::size_t size, base::SendBuffer& buffer) {
  queued_bytes_ -= size;
  session_->queued_bytes_ -= size;
  while (size != 0) {
    auto& front = queue_[queue_front_];
    const auto part = std::min(size, front.size());
    buffer.append(front.part(0, part));
    front.remove_prefix(part);
    size -= part;
    if (front.empty()) drop_front();
  }
}

/// At once, because a queue that is refilled as it drains may never be empty.
void Stream::drop_front() {
  queue_[queue_front_++] = {};
  if (2 * queue_front_ < queue_.size()) return;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_front_));
  queue_front_ = 0;
}

}  // namespace plinth::http2
