#pragma once

#include <nghttp2/nghttp2.h>

#include <span>
#include <vector>

#include "base/fields.h"
#include "http2/session.h"

namespace plinth::http2 {

/// The nghttp2 side of a session.
struct Session::Native {
  ~Native() { nghttp2_session_del(session); }

  /// The fields as nghttp2 takes them; valid until the next call.
  std::span<const nghttp2_nv> to_nv(std::span<const base::Field> fields);

  nghttp2_session* session = nullptr;
  std::vector<nghttp2_nv> nv;
};

/// The functions that nghttp2 calls.
struct Session::Callbacks {
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                       std::uint8_t flags, void* user);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user);
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user);
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
  static void on_failed(Session& session, const nghttp2_goaway& goaway);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
  static int on_error(nghttp2_session*, int error, const char* text, std::size_t size, void* user);
  static int on_frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* frame_head, std::size_t size,
                       nghttp2_data_source* source, void* user);
  static ssize_t read_data(nghttp2_session* native, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user);

  static const nghttp2_session_callbacks* table();
  static nghttp2_data_provider body_of(Stream& stream) noexcept;
  static Stream* find(Session& session, StreamId id) noexcept;
};

}  // namespace plinth::http2
