#include "http2/session.h"

#include <array>
#include <new>
#include <utility>

#include "http2/memory.h"
#include "http2/native.h"

namespace plinth::http2 {

namespace {

constexpr std::size_t kSpareStreams = 1024;

/// Streams that are done, with the memory that they have. Kept a thread: the last one given back is still in the cache.
thread_local std::vector<std::unique_ptr<Stream>> spare_streams;

/// Resets that a peer may send in a burst, and then a second, before nghttp2 takes no more streams of it and says
/// GOAWAY (CVE-2023-44487). Far above what clients that hedge and cancel need.
constexpr std::uint64_t kResetBurst = 20'000;
constexpr std::uint64_t kResetsPerSecond = 2'000;

class Options {
 public:
  Options() {
    if (nghttp2_option_new(&option_) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(option_, 1);
    nghttp2_option_set_no_closed_streams(option_, 1);
    nghttp2_option_set_stream_reset_rate_limit(option_, kResetBurst, kResetsPerSecond);
  }
  ~Options() { nghttp2_option_del(option_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  const nghttp2_option* get() const noexcept { return option_; }

 private:
  nghttp2_option* option_ = nullptr;
};

void submit_settings(nghttp2_session* session, const SessionOptions& options, bool server) {
  std::vector<nghttp2_settings_entry> entries = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(options.stream_window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options.max_header_list_size},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  if (server) entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams});
  if (!server) entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, options.connection_window);
}

}  // namespace

std::span<const nghttp2_nv> Session::Native::to_nv(std::span<const base::Field> fields) {
  constexpr std::uint8_t kLasting = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  nv.clear();
  for (const auto& field : fields) {
    nv.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.name.data())),
                  reinterpret_cast<std::uint8_t*>(const_cast<char*>(field.value.data())), field.name.size(),
                  field.value.size(), field.lasting ? kLasting : std::uint8_t{NGHTTP2_NV_FLAG_NONE}});
  }
  return nv;
}

std::unique_ptr<Session> Session::server(const SessionOptions& options, SessionVisitor& visitor) {
  return std::unique_ptr<Session>(new Session(options, visitor, true));
}

std::unique_ptr<Session> Session::client(const SessionOptions& options, SessionVisitor& visitor) {
  return std::unique_ptr<Session>(new Session(options, visitor, false));
}

Session::Session(const SessionOptions& options, SessionVisitor& visitor, bool server)
    : visitor_(visitor),
      native_(std::make_unique<Native>()),
      is_server_(server),
      most_field_bytes_(4 * std::size_t{options.max_header_list_size}),
      stream_window_(static_cast<std::size_t>(options.stream_window)) {
  const Options native_options;
  const auto make = server ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  if (make(&native_->session, Callbacks::table(), this, native_options.get(), pooled_memory()) != 0)
    throw std::bad_alloc();
  submit_settings(native_->session, options, server);
}

Session::~Session() {
  while (!streams_.empty()) delete &streams_.pop_front();
}

bool Session::receive(base::ByteView bytes) {
  if (failed_) return false;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto taken = nghttp2_session_mem_recv(native_->session, data, bytes.size());
  receiving_ = nullptr;
  if (taken < 0) give_up(static_cast<int>(taken));
  if (body_received_ != 0) nghttp2_session_consume_connection(native_->session, std::exchange(body_received_, 0));
  return !failed_;
}

/// For the errors about which nghttp2 says nothing to the peer.
void Session::give_up(int native_error) {
  failed_ = true;
  problem_ = nghttp2_strerror(native_error);
  const bool flood = native_error == NGHTTP2_ERR_FLOODED || native_error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
  const bool wrong = native_error == NGHTTP2_ERR_BAD_CLIENT_MAGIC;
  const auto code = flood ? ErrorCode::kEnhanceYourCalm : wrong ? ErrorCode::kProtocolError : ErrorCode::kInternalError;
  nghttp2_session_terminate_session(native_->session, static_cast<std::uint32_t>(code));
}

void Session::collect(base::SendBuffer& buffer) {
  if (abandoned_) return;
  collecting_ = &buffer;
  while (buffer.size() < kCollectLimit) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(native_->session, &data);
    if (size < 0) failed_ = true;
    if (size <= 0) break;
    buffer.append(std::as_bytes(std::span(data, static_cast<std::size_t>(size))));
  }
  collecting_ = nullptr;
  receiving_ = nullptr;
}

Stream* Session::open(std::span<const base::Field> fields, StreamVisitor& visitor) {
  auto& stream = add_stream(0);
  stream.visitor_ = &visitor;
  const auto nv = native_->to_nv(fields);
  const auto body = Callbacks::body_of(stream);
  const auto id = nghttp2_submit_request(native_->session, nullptr, nv.data(), nv.size(), &body, &stream);
  if (id < 0) {
    drop_stream(stream);
    return nullptr;
  }
  stream.id_ = id;
  visitor_.on_output();
  return &stream;
}

void Session::ping(std::uint64_t opaque) {
  std::array<std::uint8_t, 8> data{};
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(opaque >> (56 - 8 * i));
  nghttp2_submit_ping(native_->session, NGHTTP2_FLAG_NONE, data.data());
}

void Session::announce_goaway() { nghttp2_submit_shutdown_notice(native_->session); }

void Session::goaway(ErrorCode code, std::string_view text) {
  refusing_ = true;
  const auto last = nghttp2_session_get_last_proc_stream_id(native_->session);
  nghttp2_submit_goaway(native_->session, NGHTTP2_FLAG_NONE, last, static_cast<std::uint32_t>(code),
                        reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

void Session::abandon(ErrorCode code) {
  failed_ = abandoned_ = true;
  while (!streams_.empty()) close_stream(streams_.front(), code);
}

bool Session::alive() const noexcept {
  return !failed_ && (nghttp2_session_want_read(native_->session) || nghttp2_session_want_write(native_->session));
}

std::size_t Session::peer_max_streams() const noexcept {
  return nghttp2_session_get_remote_settings(native_->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

std::size_t Session::peer_max_header_list() const noexcept {
  return nghttp2_session_get_remote_settings(native_->session, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
}

std::int32_t Session::local_window() const noexcept { return nghttp2_session_get_local_window_size(native_->session); }

std::int32_t Session::remote_window() const noexcept {
  return nghttp2_session_get_remote_window_size(native_->session);
}

std::size_t Session::queued_frames() const noexcept {
  return nghttp2_session_get_outbound_queue_size(native_->session);
}

Stream& Session::add_stream(StreamId id) {
  if (spare_streams.empty()) spare_streams.push_back(std::make_unique<Stream>());
  auto* stream = spare_streams.back().release();
  spare_streams.pop_back();
  stream->session_ = this;
  stream->id_ = id;
  streams_.push_back(*stream);
  ++open_streams_;
  return *stream;
}

void Session::drop_stream(Stream& stream) {
  if (receiving_ == &stream) receiving_ = nullptr;
  if (stream.ended_early_) --ended_early_;
  stream.unlink();
  --open_streams_;
  queued_bytes_ -= stream.queued_bytes_;
  stream.clear();
  std::unique_ptr<Stream> owned(&stream);
  if (spare_streams.size() < kSpareStreams) spare_streams.push_back(std::move(owned));
}

void Session::close_stream(Stream& stream, ErrorCode code) {
  stream.visitor_->on_closed(code);
  drop_stream(stream);
  visitor_.on_stream_closed();
}

}  // namespace plinth::http2
