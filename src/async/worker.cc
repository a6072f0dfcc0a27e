#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unordered_map>

#include "async/longest_delay.h"
#include "async/offload_pool.h"
#include "async/timer_wheel.h"
#include "base/assert.h"
#include "plinth/cancel.h"
#include "plinth/runtime.h"

namespace plinth {

namespace asio = boost::asio;

namespace {
thread_local Worker* current_worker = nullptr;

/// How often a turn looks for what became ready meanwhile, before it lets the connections write.
constexpr int kRoundsPerTurn = 16;
}  // namespace

struct Worker::Loop {
  /// By their keys. Outlives what the loop drops at its end.
  std::unordered_map<const void*, Resident*> residents;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running{context.get_executor()};
  asio::steady_timer alarm{context};
};

Worker::Turn::Turn(Worker& worker) noexcept : worker_(worker), previous_(current_worker) {
  current_worker = &worker;
  if (previous_ != &worker) worker.begin_turn();
}

Worker::Turn::~Turn() {
  if (previous_ != &worker_) worker_.end_turn();
  current_worker = previous_;
}

Worker::Worker(std::size_t index, OffloadPool* offload, Logger* logger, NowFunction now)
    : index_(index),
      offload_(offload),
      logger_(logger),
      clock_(now),
      now_(now()),
      longest_delay_(std::make_unique<LongestDelay>()),
      timers_(std::make_unique<TimerWheel>(now_)),
      loop_(std::make_unique<Loop>()) {}

Worker::~Worker() = default;

Worker* Worker::current() noexcept { return current_worker; }

void Worker::post(std::move_only_function<void()> function) {
  asio::post(loop_->context, [this, function = std::move(function)]() mutable {
    Turn turn(*this);
    function();
  });
}

void Worker::when_ready(Ready& item) noexcept {
  ready_.push_back(item);
  if (!in_turn_) request_turn();
}

void Worker::at_turn_end(Ready& item) noexcept {
  if (item.linked()) return;
  turn_end_.push_back(item);
  if (!in_turn_) request_turn();
}

Worker::Resident::Resident(Worker& worker, const void* key) : home_(worker), key_(key) {
  const bool is_new = !key || worker.loop_->residents.emplace(key, this).second;
  PLINTH_ASSERT(is_new, "a worker has one resident of a key");
  worker.residents_.push_back(*this);
  if (worker.ending_) worker.post([&worker] { worker.tell_residents(); });
}

Worker::Resident::~Resident() {
  unlink();
  if (key_) home_.loop_->residents.erase(key_);
  const bool last = home_.residents_.empty() && home_.leaving_.empty();
  if (last && home_.residents_left_) std::exchange(home_.residents_left_, nullptr)();
}

Worker::Resident* Worker::find_resident(const void* key) const noexcept {
  const auto found = loop_->residents.find(key);
  return found == loop_->residents.end() ? nullptr : found->second;
}

void Worker::end_residents(std::move_only_function<void()> left) {
  ending_ = true;
  tell_residents();
  if (leaving_.empty() && residents_.empty()) return left();
  residents_left_ = std::move(left);
}

void Worker::tell_residents() noexcept {
  while (!residents_.empty()) {
    auto& resident = residents_.pop_front();
    leaving_.push_back(resident);
    resident.on_worker_end();
  }
}

asio::io_context& Worker::io_context() noexcept { return loop_->context; }

void Worker::run() {
  running_method_ = &detail::running_method();
  loop_->context.run();
  running_method_ = nullptr;
}

void Worker::poll() {
  {
    Turn turn(*this);
  }
  loop_->context.restart();
  loop_->context.poll();
}

void Worker::stop() { loop_->context.stop(); }

bool Worker::stopped() const noexcept { return loop_->context.stopped(); }

void Worker::begin_turn() noexcept {
  in_turn_ = true;
  now_ = clock_();
  turn_began_.store(now_.time_since_epoch().count(), std::memory_order_relaxed);
  timers_->advance(now_);
}

void Worker::end_turn() noexcept {
  for (int round = 0; round < kRoundsPerTurn && !ready_.empty(); ++round) {
    detail::List<Ready> batch;
    batch.splice_back(ready_);
    while (!batch.empty()) batch.pop_front().on_ready();
  }
  detail::List<Ready> writers;
  writers.splice_back(turn_end_);
  while (!writers.empty()) writers.pop_front().on_ready();
  in_turn_ = false;
  const auto ended = clock_();
  longest_delay_->note(ended, ended - now_);
  turn_began_.store(0, std::memory_order_relaxed);
  if (!ready_.empty() || !turn_end_.empty()) request_turn();
  if (timers_->take_earlier()) set_alarm();
}

Worker::TurnInProgress Worker::turn_in_progress() const noexcept {
  const auto* method = running_method_.load();
  return {turn_began_.load(std::memory_order_relaxed), method ? method->load(std::memory_order_relaxed) : nullptr};
}

Duration Worker::loop_lag() const noexcept {
  const auto now = clock_();
  const Duration began(turn_began_.load(std::memory_order_relaxed));
  const auto held = began == Duration::zero() ? Duration::zero() : now.time_since_epoch() - began;
  return std::max(held, longest_delay_->at(now));
}

void Worker::request_turn() noexcept {
  if (turn_requested_) return;
  turn_requested_ = true;
  asio::post(loop_->context, [this] {
    turn_requested_ = false;
    Turn turn(*this);
  });
}

void Worker::set_alarm() noexcept {
  const auto next = timers_->next();
  if (!next) return;
  const auto due = std::max(*next, clock_());
  loop_->alarm.expires_after(due - clock_());
  loop_->alarm.async_wait([this, due](boost::system::error_code error) {
    if (error) return;
    const auto rung = clock_();
    longest_delay_->note(rung, rung - due);
    {
      Turn turn(*this);
    }
    set_alarm();
  });
}

}  // namespace plinth
