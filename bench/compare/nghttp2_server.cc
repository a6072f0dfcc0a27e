// The floor of the comparison: nghttp2 and one epoll loop, and nothing else.
//
// It answers each request with the same message. It parses no protobuf, looks at no header and keeps no deadline:
// what it costs is what HTTP/2 costs on nghttp2, with one read and one write for all that a socket gives.
// nghttp2's own checks of the headers stay on: no server may do without them.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "free_lists.h"

namespace {

using namespace std::string_view_literals;

constexpr std::int32_t kLargestWindow = 0x7fffffff;
constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::uint32_t kMaxStreams = 1000;

// Resource{id: "42", name: "resource 42"} behind gRPC's five bytes.
constexpr auto kAnswer =
    "\0\0\0\0\x11\x0a\x02"
    "42\x12\x0b"
    "resource 42"sv;

nghttp2_nv field(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

const std::array kHeaders{field(":status", "200"), field("content-type", "application/grpc")};
const std::array kTrailers{field("grpc-status", "0")};

ssize_t give_answer(nghttp2_session* session, std::int32_t stream, std::uint8_t* to, std::size_t room,
                    std::uint32_t* flags, nghttp2_data_source*, void*) {
  if (room < kAnswer.size()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  std::memcpy(to, kAnswer.data(), kAnswer.size());
  *flags = NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
  nghttp2_submit_trailer(session, stream, kTrailers.data(), kTrailers.size());
  return static_cast<ssize_t>(kAnswer.size());
}

int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void*) {
  const bool of_a_request = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (!of_a_request || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
  const nghttp2_data_provider answer{{.fd = 0}, give_answer};
  return nghttp2_submit_response(session, frame->hd.stream_id, kHeaders.data(), kHeaders.size(), &answer);
}

// One client: its socket, its session, and what the socket did not take yet.
class Connection {
 public:
  explicit Connection(int socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket() const { return socket_; }
  bool is_blocked() const { return !output_.empty(); }

  // Both say whether the connection goes on.
  bool read();
  bool write();

 private:
  int socket_;
  nghttp2_session* session_ = nullptr;
  std::string output_;
};

nghttp2_mem* memory() {
  static FreeLists lists;
  static nghttp2_mem memory{
      .mem_user_data = nullptr,
      .malloc = [](std::size_t size, void*) { return lists.allocate(size); },
      .free = [](void* block, void*) { lists.release(block); },
      .calloc = [](std::size_t count, std::size_t size, void*) { return lists.allocate_zeroed(count * size); },
      .realloc = [](void* block, std::size_t size, void*) { return lists.reallocate(block, size); }};
  return &memory;
}

nghttp2_session* new_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new3(&session, callbacks, nullptr, option, memory());
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return session;
}

Connection::Connection(int socket) : socket_(socket), session_(new_session()) {
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kLargestWindow},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kLargestWindow);
}

Connection::~Connection() {
  nghttp2_session_del(session_);
  close(socket_);
}

bool Connection::read() {
  static std::array<std::uint8_t, kReadSize> input;
  const ssize_t got = ::read(socket_, input.data(), input.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  return nghttp2_session_mem_recv(session_, input.data(), static_cast<std::size_t>(got)) == got && write();
}

bool Connection::write() {
  const std::uint8_t* frame = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_, &frame)) > 0) {
    output_.append(reinterpret_cast<const char*>(frame), static_cast<std::size_t>(size));
  }
  if (size < 0) return false;
  if (!output_.empty()) {
    const ssize_t sent = ::send(socket_, output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) output_.erase(0, static_cast<std::size_t>(sent));
  }
  return is_blocked() || nghttp2_session_want_read(session_) || nghttp2_session_want_write(session_);
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) fail("bind");
  if (listen(listener, SOMAXCONN) < 0) fail("listen");
  return listener;
}

// The loop: a null connection in an event is the listener.
class Loop {
 public:
  explicit Loop(int listener) : listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    watch(EPOLL_CTL_ADD, listener_, nullptr, EPOLLIN);
  }
  [[noreturn]] void run();

 private:
  void watch(int operation, int socket, Connection* connection, std::uint32_t events);
  void accept();
  void serve(Connection& connection, std::uint32_t events);

  int listener_;
  int epoll_;
};

void Loop::watch(int operation, int socket, Connection* connection, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = connection}};
  if (epoll_ctl(epoll_, operation, socket, &event) < 0) fail("epoll_ctl");
}

void Loop::accept() {
  const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) return;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto connection = std::make_unique<Connection>(socket);
  if (!connection->write()) return;
  watch(EPOLL_CTL_ADD, socket, connection.release(), EPOLLIN);
}

// While the socket takes no more, nothing is read either: so the output stays as small as one read makes it.
void Loop::serve(Connection& connection, std::uint32_t events) {
  const bool was_blocked = connection.is_blocked();
  const bool goes_on = (events & EPOLLOUT) || was_blocked ? connection.write() : connection.read();
  if (!goes_on) {
    delete &connection;
  } else if (connection.is_blocked() != was_blocked) {
    watch(EPOLL_CTL_MOD, connection.socket(), &connection, was_blocked ? EPOLLIN : EPOLLOUT);
  }
}

void Loop::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      connection ? serve(*connection, events[i].events) : accept();
    }
  }
}

}  // namespace

int main() {
  const char* port = std::getenv("GRPC__SERVER__PORT");
  if (!port) {
    std::fputs("set GRPC__SERVER__PORT to the port to listen on\n", stderr);
    return 2;
  }
  Loop loop(listen_on(static_cast<std::uint16_t>(std::atoi(port))));
  std::printf("listening on 127.0.0.1:%s\n", port);
  std::fflush(stdout);
  loop.run();
}
