#include "call/transport.h"

#include <fmt/format.h>

namespace plinth::call {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kFirstReadSize = 8 * 1024;
constexpr std::size_t kLargestReadSize = 64 * 1024;
constexpr auto kTimeToClose = 1s;
/// Some servers hold a ping against a client that has no call: the call's head goes first.
constexpr auto kTimeToLeave = 1ms;

}  // namespace

Transport::Transport(Worker& worker, std::unique_ptr<net::ByteStream> stream, http2::Session& session)
    : worker_(worker),
      stream_(std::move(stream)),
      session_(session),
      read_space_(kFirstReadSize),
      last_read_(worker.now()) {}

Task<void> Transport::run(TaskScope& scope, KeepAlive options, std::size_t unsent_frames) {
  scope.spawn(write());
  if (options.time > Duration::zero()) scope.spawn(keep_alive(std::move(options)));
  flush();
  bool well = true;
  while (true) {
    auto read = stream_->read_some(read_space_);
    const auto size = co_await std::move(read);
    if (!size) note_problem(size.error().message());
    if (!size || *size == 0) co_return;
    heard_ = true;
    last_read_ = worker_.now();
    const bool going_on = session_.receive(base::ByteView(read_space_).first(*size));
    if (!going_on && std::exchange(well, false)) scope.spawn(close_soon());
    flush();
    if (*size == read_space_.size() && *size < kLargestReadSize) read_space_.resize(2 * *size);
    while (!write_failed_ && session_.alive() && session_.queued_frames() > unsent_frames) co_await written_.wait();
  }
}

/// The first one is the cause of the others.
void Transport::note_problem(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

Task<void> Transport::write() {
  while (true) {
    session_.collect(send_buffer_);
    if (send_buffer_.empty()) {
      if (!session_.alive()) break;
      co_await write_wanted_.wait();
      continue;
    }
    auto write = stream_->write_all(send_buffer_.pieces());
    const auto error = co_await std::move(write);
    send_buffer_.clear();
    if (error) {
      write_failed_ = true;
      note_problem(error.message());
      stream_->close();
    }
    written_.set();
    if (error) co_return;
  }
  stream_->shut_write();
  auto closing = close_soon();
  co_await std::move(closing);
}

/// After time for the peer to read what was sent last. What it sends meanwhile is read and dropped: closing with
/// bytes unread would take that back.
Task<void> Transport::close_soon() {
  auto patience = sleep_for(kTimeToClose);
  co_await std::move(patience);
  stream_->close();
}

Task<void> Transport::keep_alive(KeepAlive options) {
  while (true) {
    if (const auto due = last_read_ + options.time; worker_.now() < due) {
      auto quiet = sleep_until(due);
      co_await std::move(quiet);
      continue;
    }
    if (options.wanted && !options.wanted()) {
      co_await keep_alive_wanted_.wait();
      auto leaving = sleep_for(kTimeToLeave);
      co_await std::move(leaving);
      continue;
    }
    heard_ = false;
    session_.ping(kKeepAlivePing);
    ++keep_alives_sent_;
    flush();
    auto patience = sleep_for(options.timeout);
    co_await std::move(patience);
    if (heard_) continue;
    note_problem(
        fmt::format("no answer to a ping within {} s", std::chrono::duration<double>(options.timeout).count()));
    co_return stream_->close();
  }
}

}  // namespace plinth::call
