#include "app/signals.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

namespace plinth::app {

namespace {
constexpr int kInterruptedTwice = 130;
}

struct StopSignals::Watch {
  Watch() {
    await_first();
    thread = std::jthread([this] { context.run(); });
  }
  ~Watch() { context.stop(); }

  void await_first() {
    signals.async_wait([this](boost::system::error_code error, int) {
      if (error) return;
      open();
      signals.async_wait([](boost::system::error_code again, int) {
        if (!again) _exit(kInterruptedTwice);
      });
    });
  }
  void open() {
    std::lock_guard lock(mutex);
    opened = true;
    changed.notify_all();
  }

  boost::asio::io_context context;
  boost::asio::signal_set signals{context, SIGINT, SIGTERM};
  std::mutex mutex;
  std::condition_variable changed;
  bool opened = false;
  std::jthread thread;
};

StopSignals::StopSignals() : watch_(std::make_unique<Watch>()) {}
StopSignals::~StopSignals() = default;

void StopSignals::wait() {
  std::unique_lock lock(watch_->mutex);
  watch_->changed.wait(lock, [this] { return watch_->opened; });
}

void StopSignals::give_up() noexcept { watch_->open(); }

}  // namespace plinth::app
