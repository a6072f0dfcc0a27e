#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/detail/list.h"
#include "plinth/log.h"

namespace boost::asio {
class io_context;
}

namespace plinth {

class LongestDelay;
class OffloadPool;
class Watchdog;
struct Method;
class TimerWheel;

/// One thread with one event loop. What is made on a worker (connections, calls, coroutines) stays on it, so none of it
/// needs a lock.
///
/// The loop goes in turns. A turn begins with an event (bytes, a timer, a posted function), runs whatever became ready
/// through it, and ends by letting every connection that has something to send write it once.
class Worker {
 public:
  /// Something to do in this turn. Must be alive when its time comes; leaves the queue when destroyed.
  class Ready : public detail::ListNode {
   public:
    virtual void on_ready() noexcept = 0;

   protected:
    ~Ready() = default;
  };

  /// The scope of a turn: what an event handler holds while it runs. Nested turns are part of the outer one.
  class Turn {
   public:
    explicit Turn(Worker& worker) noexcept;
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Worker& worker_;
    Worker* previous_;
  };

  /// Something that lives on a worker for longer than a call: a channel's connections. Made and destroyed there. With a
  /// key, of which there is one on a worker, `find_resident` finds it.
  class Resident : public detail::ListNode {
   public:
    Resident(const Resident&) = delete;
    Resident& operator=(const Resident&) = delete;

    /// The loop will end: it must let go of everything, and be destroyed soon.
    virtual void on_worker_end() noexcept = 0;

   protected:
    explicit Resident(Worker& worker, const void* key = nullptr);
    ~Resident();

   private:
    Worker& home_;
    const void* const key_;
  };

  /// `now` is asked once a turn; a test gives a clock of its own.
  using NowFunction = TimePoint (*)() noexcept;

  Worker(std::size_t index, OffloadPool* offload, Logger* logger, NowFunction now = &Clock::now);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// The worker that this thread runs a turn of, null outside of turns.
  static Worker* current() noexcept;

  /// Runs `function` in a turn of its own, soon. From any thread. After `stop` it waits for the next `run` or `poll`,
  /// and is dropped with the worker.
  void post(std::move_only_function<void()> function);

  /// Null when there is none. On this worker only.
  Resident* find_resident(const void* key) const noexcept;

  /// Runs `item` later in this turn; outside of one, in a turn of its own. On this worker only.
  void when_ready(Ready& item) noexcept;

  /// Runs `item` at the end of this turn, after everything that was ready: where connections write.
  void at_turn_end(Ready& item) noexcept;

  /// The time at which this turn began.
  TimePoint now() const noexcept { return now_; }
  /// The time at this moment, by the same clock. It asks the system; `now` does not.
  TimePoint exact_now() const noexcept { return clock_(); }

  /// Tells every resident that the loop will end, and calls `left` when the last is gone. Who comes after that is told
  /// at once; `left` of a later time is for those. On this worker.
  void end_residents(std::move_only_function<void()> left);

  std::size_t index() const noexcept { return index_; }
  boost::asio::io_context& io_context() noexcept;
  TimerWheel& timers() noexcept { return *timers_; }
  OffloadPool* offload_pool() const noexcept { return offload_; }
  Logger& logger() const noexcept { return *logger_; }

  /// A loop that ends with one task: channels keep nothing here.
  bool is_passing() const noexcept { return passing_; }
  void set_passing() noexcept { passing_ = true; }

  /// Runs the loop on this thread until `stop`. `poll` runs what is due now and returns: for tests.
  void run();
  void poll();
  /// From any thread.
  void stop();
  bool stopped() const noexcept;

  /// What it does now, for other threads to look at: since when (nanoseconds of Clock; 0 between turns), and for which
  /// method, if that is known.
  struct TurnInProgress {
    std::int64_t began;
    const Method* method;
  };
  TurnInProgress turn_in_progress() const noexcept;

  /// How late the loop may have run what was due: the longest of its turns, and of the delays of its timers, in the
  /// last 15 to 30 seconds. From any thread.
  Duration loop_lag() const noexcept;

 private:
  friend class TimerWheel;
  struct Loop;

  void begin_turn() noexcept;
  void end_turn() noexcept;
  void request_turn() noexcept;
  void set_alarm() noexcept;
  void tell_residents() noexcept;

  std::size_t index_;
  OffloadPool* offload_;
  Logger* logger_;
  NowFunction clock_;
  TimePoint now_;
  bool passing_ = false;
  bool in_turn_ = false;
  bool turn_requested_ = false;
  std::atomic<std::int64_t> turn_began_ = 0;
  std::atomic<const std::atomic<const Method*>*> running_method_ = nullptr;
  std::unique_ptr<LongestDelay> longest_delay_;
  detail::List<Ready> ready_;
  detail::List<Ready> turn_end_;
  bool ending_ = false;
  detail::List<Resident> residents_;
  /// Those that have been told.
  detail::List<Resident> leaving_;
  std::move_only_function<void()> residents_left_;
  std::unique_ptr<TimerWheel> timers_;
  std::unique_ptr<Loop> loop_;
};

struct RuntimeOptions {
  /// Threads with a loop; 0: as many as the cores that this process may use.
  std::size_t workers = 0;
  /// Threads for the functions of `offload`, and as many for the calls of servicers that block: neither waits for a
  /// thread that the other has.
  std::size_t offload_threads = 16;
  /// Blocking jobs that may wait for a thread; above it, `offload` throws RESOURCE_EXHAUSTED.
  std::size_t offload_queue = 10'000;
  /// A turn that takes longer than this is named in the log, with its method; 0: none is.
  std::chrono::milliseconds slow_turn = std::chrono::milliseconds(100);
  /// Where the workers say what goes wrong; null: nowhere.
  std::shared_ptr<Logger> logger = nullptr;
};

/// What a runtime does at one moment.
struct RuntimeStats {
  /// Of each worker, in their order: how late its loop may have run what was due, in the last 15 to 30 seconds.
  std::vector<Duration> loop_lags;
  /// How long the turn has taken that it is in; zero between turns.
  std::vector<Duration> turns_in_progress;
  /// Blocking jobs that wait for a thread, and those that run.
  std::size_t offload_queued = 0;
  std::size_t offload_busy = 0;
};

/// The workers of a program and its pool for blocking code. Started when built; `stop`, or the destructor, finishes
/// blocking jobs, ends the loops and joins the threads: stop servers and channels first. All functions may be called
/// from any thread, `stop` from any that is not the runtime's own.
class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  std::size_t size() const noexcept { return workers_.size(); }
  Worker& worker(std::size_t index) noexcept { return *workers_[index]; }
  RuntimeStats stats() const;

  void stop();

 private:
  struct Threads;

  std::shared_ptr<Logger> logger_;
  std::unique_ptr<OffloadPool> offload_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Threads> threads_;
  std::unique_ptr<Watchdog> watchdog_;
};

/// The cores that this process may run on.
std::size_t available_cores() noexcept;

}  // namespace plinth
