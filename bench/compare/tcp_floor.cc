// The floor of the comparison with one call in flight: as many bytes there and back over a bare TCP connection, without
// HTTP/2, headers or messages. What is left is what the kernel takes for it.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "client/load.h"

namespace {

using plinth::bench::give_up;
using plinth::bench::Load;
using plinth::bench::LoadClock;
using plinth::bench::Meter;

constexpr std::size_t kReadSize = 64 * 1024;
/// What a small call is with its frames, when HPACK knows its fields.
constexpr std::size_t kSmallRequest = 60;
constexpr std::size_t kSmallResponse = 52;

// A connection and its epoll, edge-triggered.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket), epoll_(epoll_create1(0)), space_(kReadSize) {
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(socket_, F_SETFL, O_NONBLOCK);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event);
  }

  void send(std::size_t size) {
    bytes_.resize(std::max(size, bytes_.size()));
    for (std::size_t sent = 0; sent < size;) {
      const auto part = ::send(socket_, bytes_.data() + sent, size - sent, MSG_NOSIGNAL);
      part < 0 ? wait() : void(sent += static_cast<std::size_t>(part));
    }
  }

  // False when the other side is gone.
  bool receive(std::size_t size) {
    for (std::size_t received = 0; received < size;) {
      const auto part = ::recv(socket_, space_.data(), space_.size(), 0);
      if (part == 0) return false;
      part < 0 ? wait() : void(received += static_cast<std::size_t>(part));
    }
    return true;
  }

 private:
  void wait() const {
    epoll_event event;
    epoll_wait(epoll_, &event, 1, -1);
  }

  int socket_;
  int epoll_;
  std::vector<char> space_;
  std::vector<char> bytes_;
};

struct Sizes {
  std::size_t request;
  std::size_t response;
};

Sizes sizes_of(const Load& load) {
  if (load.in_flight != 1) give_up("the floor is one call at a time");
  if (load.method == "Get") return {kSmallRequest, kSmallResponse};
  if (load.method == "Mirror") return {static_cast<std::size_t>(load.size), static_cast<std::size_t>(load.size)};
  give_up("no floor for: " + load.method);
}

// On a core of its own, until this process ends.
void serve_from(int listening, int core, Sizes sizes) {
  if (fork() != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  sched_setaffinity(0, sizeof cores, &cores);
  Peer peer(accept(listening, nullptr, nullptr));
  while (peer.receive(sizes.request)) peer.send(sizes.response);
  _exit(0);
}

int connect_to_server(int server_core, Sizes sizes) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listening, generic, size) != 0 || listen(listening, 1) != 0) give_up("cannot listen");
  getsockname(listening, generic, &size);
  serve_from(listening, server_core, sizes);
  const int connected = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connected, generic, size) != 0) give_up("cannot connect");
  return connected;
}

}  // namespace

// The address is not used: instead of it stands the core for the server.
int main(int argc, char** argv) {
  const auto load = Load::from_arguments(argc, argv);
  const auto sizes = sizes_of(load);
  Peer peer(connect_to_server(std::atoi(load.address.c_str()), sizes));
  Meter meter;
  auto& lane = meter.add_lane();
  std::thread calls([&] {
    while (!lane.over()) {
      const auto began = LoadClock::now();
      peer.send(sizes.request);
      if (!peer.receive(sizes.response)) give_up("the server is gone");
      lane.note(began);
    }
  });
  meter.measure(load);
  calls.join();
  meter.print();
}
