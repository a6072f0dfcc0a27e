#include "telemetry/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace plinth::telemetry {

namespace {

/// After a write, lines gather for so long: waking the thread for each would cost more than writing it.
constexpr std::chrono::milliseconds kPause(2);

/// Signals are for other threads; SIGPIPE is for nobody.
void block_signals() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// Whether it is worth to try again. Somebody else may have made the file non-blocking.
bool wait_out(int error, int fd) noexcept {
  if (error != EAGAIN) return error == EINTR;
  pollfd room{fd, POLLOUT, 0};
  ::poll(&room, 1, -1);
  return true;
}

}  // namespace

/// Outlives the LineWriter when the thread hangs in a write.
class LineWriter::Queue {
 public:
  Queue(int fd, const LineWriterLimits& limits) noexcept : fd_(fd), limits_(limits) {}

  void put(std::string_view line) noexcept;
  bool flush() noexcept;
  void close(bool abandon) noexcept;
  std::uint64_t take_untold() noexcept;
  std::uint64_t take_uncounted() noexcept { return uncounted_.exchange(0, std::memory_order_relaxed); }

  /// The thread.
  void run() noexcept;

 private:
  bool add(std::string_view line) noexcept;
  bool next_batch() noexcept;
  void write_batch() noexcept;
  std::string_view write(std::string_view bytes) noexcept;
  void end_batch(std::string_view unwritten) noexcept;
  void lose(std::uint64_t lines) noexcept;

  const int fd_;
  const LineWriterLimits limits_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable progress_;
  std::string queued_;
  std::uint64_t put_ = 0;
  std::uint64_t done_ = 0;
  int hurried_ = 0;
  bool asleep_ = false;
  bool failing_ = false;
  bool stalled_ = false;
  bool closed_ = false;

  std::atomic<bool> abandoned_ = false;
  std::atomic<std::uint64_t> untold_ = 0;
  std::atomic<std::uint64_t> uncounted_ = 0;

  // The thread's own.
  std::string batch_;
  bool torn_ = false;
};

void LineWriter::Queue::put(std::string_view line) noexcept {
  if (add(line)) work_.notify_one();
}

/// Says whether the thread must be woken.
bool LineWriter::Queue::add(std::string_view line) noexcept {
  std::lock_guard lock(mutex_);
  if (queued_.size() + line.size() > limits_.queued) return lose(1), false;
  try {
    queued_ += line;
  } catch (const std::bad_alloc&) {
    return lose(1), false;
  }
  put_ += line.size();
  return std::exchange(asleep_, false);
}

bool LineWriter::Queue::flush() noexcept {
  std::unique_lock lock(mutex_);
  if (stalled_) return false;
  ++hurried_;
  work_.notify_one();
  stalled_ = !progress_.wait_for(lock, limits_.patience, [this, goal = put_] { return done_ >= goal; });
  --hurried_;
  return !stalled_;
}

void LineWriter::Queue::close(bool abandon) noexcept {
  abandoned_ = abandon;
  std::lock_guard lock(mutex_);
  closed_ = true;
  work_.notify_one();
}

std::uint64_t LineWriter::Queue::take_untold() noexcept {
  if (untold_.load(std::memory_order_relaxed) == 0) return 0;
  std::lock_guard lock(mutex_);
  if (failing_ || queued_.size() > limits_.queued / 2) return 0;
  return untold_.exchange(0, std::memory_order_relaxed);
}

void LineWriter::Queue::run() noexcept {
  block_signals();
  while (next_batch()) write_batch();
}

bool LineWriter::Queue::next_batch() noexcept {
  std::unique_lock lock(mutex_);
  asleep_ = queued_.empty();
  work_.wait(lock, [this] { return !queued_.empty() || closed_; });
  asleep_ = false;
  batch_.clear();
  batch_.swap(queued_);
  return !batch_.empty() && !abandoned_;
}

/// A line that was cut off by an error is ended before the next one begins.
void LineWriter::Queue::write_batch() noexcept {
  if (torn_) torn_ = !write("\n").empty();
  const auto unwritten = torn_ ? std::string_view(batch_) : write(batch_);
  const auto written = batch_.size() - unwritten.size();
  if (written > 0) torn_ = batch_[written - 1] != '\n';
  end_batch(unwritten);
}

/// Gives what could not be written.
std::string_view LineWriter::Queue::write(std::string_view bytes) noexcept {
  while (!bytes.empty() && !abandoned_) {
    const auto size = ::write(fd_, bytes.data(), bytes.size());
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (size == 0 || !wait_out(errno, fd_)) {
      break;
    }
  }
  return bytes;
}

void LineWriter::Queue::end_batch(std::string_view unwritten) noexcept {
  lose(static_cast<std::uint64_t>(std::ranges::count(unwritten, '\n')));
  std::unique_lock lock(mutex_);
  failing_ = !unwritten.empty();
  stalled_ = false;
  done_ += batch_.size();
  progress_.notify_all();
  work_.wait_for(lock, kPause, [this] { return hurried_ > 0 || closed_; });
}

void LineWriter::Queue::lose(std::uint64_t lines) noexcept {
  untold_.fetch_add(lines, std::memory_order_relaxed);
  uncounted_.fetch_add(lines, std::memory_order_relaxed);
}

LineWriter::LineWriter(int fd, const LineWriterLimits& limits) : queue_(std::make_shared<Queue>(fd, limits)) {
  std::thread([queue = queue_] { queue->run(); }).detach();
}

LineWriter::~LineWriter() { queue_->close(!queue_->flush()); }

void LineWriter::put(std::string_view line) noexcept { queue_->put(line); }

bool LineWriter::flush() noexcept { return queue_->flush(); }

std::uint64_t LineWriter::take_untold() noexcept { return queue_->take_untold(); }
std::uint64_t LineWriter::take_uncounted() noexcept { return queue_->take_uncounted(); }

}  // namespace plinth::telemetry
