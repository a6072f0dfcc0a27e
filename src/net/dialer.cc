#include "net/dialer.h"

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

#include "async/here.h"
#include "async/signal.h"
#include "async/timer_wheel.h"
#include "plinth/asio.h"
#include "plinth/async.h"

namespace plinth::net {

namespace asio = boost::asio;

namespace {

/// One run of connect_any.
class Race {
 public:
  Race(std::vector<Endpoint> endpoints, Connect connect)
      : endpoints_(std::move(endpoints)), reasons_(endpoints_.size()), connect_(std::move(connect)) {}

  /// Until one has won or all have failed.
  Task<void> run(TaskScope& scope) {
    while (!winner_ && failed_ < endpoints_.size()) {
      if (due_ && started_ < endpoints_.size()) start_next(scope);
      co_await changed_.wait();
    }
    scope.cancel(cancelled("another address has answered"));
  }

  Result<Connected> result() && {
    if (winner_) return std::move(*winner_);
    std::string reasons;
    for (std::size_t index = 0; index < endpoints_.size(); ++index) {
      reasons += fmt::format("{}{}: {}", index == 0 ? "" : "; ", endpoints_[index].to_string(), reasons_[index]);
    }
    return std::unexpected(unavailable("cannot connect to {}", reasons));
  }

 private:
  class Delay final : public Timer {
   public:
    explicit Delay(Race& race) noexcept : race_(race) {}
    void on_timer() noexcept override { race_.make_due(); }

   private:
    Race& race_;
  };

  void start_next(TaskScope& scope) {
    due_ = false;
    delay_.disarm();
    auto& worker = here();
    worker.timers().arm(delay_, worker.now() + kConnectionAttemptDelay);
    scope.spawn(attempt(started_++));
  }

  void make_due() noexcept {
    due_ = true;
    changed_.set();
  }

  Task<void> attempt(std::size_t index) {
    try {
      auto connecting = connect_(endpoints_[index]);
      auto socket = co_await std::move(connecting);
      if (socket) {
        win(index, std::move(*socket));
      } else {
        lose(index, socket.error().message());
      }
    } catch (const StatusError& error) {
      lose(index, error.status().message());
    }
  }

  void win(std::size_t index, Socket socket) {
    if (!winner_) winner_.emplace(endpoints_[index], std::move(socket));
    changed_.set();
  }

  /// When it is not the last that was started, that one's delay goes on.
  void lose(std::size_t index, std::string reason) {
    reasons_[index] = std::move(reason);
    ++failed_;
    if (index + 1 == started_) due_ = true;
    changed_.set();
  }

  const std::vector<Endpoint> endpoints_;
  std::vector<std::string> reasons_;
  const Connect connect_;
  std::optional<Connected> winner_;
  std::size_t started_ = 0;
  std::size_t failed_ = 0;
  bool due_ = true;
  Signal changed_;
  Delay delay_{*this};
};

}  // namespace

Task<std::expected<Socket, std::error_code>> connect(Endpoint endpoint) {
  const auto address = endpoint.generic();
  Socket socket(here().io_context());
  boost::system::error_code failed;
  if (socket.open(address.protocol(), failed)) co_return std::unexpected(std::error_code(failed));
  auto operation = socket.async_connect(address, asio::deferred);
  auto [error] = co_await std::move(operation);
  if (error) co_return std::unexpected(std::error_code(error));
  const bool is_tcp = endpoint.family() != Endpoint::Family::kUnix;
  if (is_tcp && socket.set_option(asio::ip::tcp::no_delay(true), failed)) {
    co_return std::unexpected(std::error_code(failed));
  }
  co_return std::move(socket);
}

Task<Result<Connected>> connect_any(std::vector<Endpoint> endpoints, Connect connect) {
  if (endpoints.empty()) co_return unavailable("cannot connect: there is no address");
  Race race(std::move(endpoints), std::move(connect));
  auto running = TaskScope::run([&race](TaskScope& scope) { return race.run(scope); });
  co_await std::move(running);
  co_return std::move(race).result();
}

}  // namespace plinth::net
