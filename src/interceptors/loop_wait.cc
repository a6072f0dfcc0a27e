#include "interceptors/loop_wait.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace plinth::interceptors {

using namespace std::chrono_literals;

namespace {

/// A loop with little to do goes round for each call; that often nobody needs to know.
constexpr Duration kBetweenProbes = 1ms;

}  // namespace

/// On its way, or dropped with its loop.
class LoopWait::Probe {
 public:
  explicit Probe(std::shared_ptr<LoopWait> sender) noexcept : sender_(std::move(sender)) {}
  Probe(Probe&&) noexcept = default;
  Probe& operator=(Probe&&) = delete;
  ~Probe() {
    if (sender_) sender_->probe_sent_.reset();
  }

  void arrive(TimePoint now) const noexcept {
    sender_->round_ = now - *sender_->probe_sent_;
    sender_->round_end_ = now;
  }

 private:
  std::shared_ptr<LoopWait> sender_;
};

Duration LoopWait::measure(Worker& worker, TimePoint now) {
  if (!probe_sent_ && worker.now() >= next_probe_) send_probe(worker);
  return now - probe_sent_.value_or(worker.now()) + in_socket(worker.now());
}

void LoopWait::send_probe(Worker& worker) {
  probe_sent_ = worker.now();
  next_probe_ = worker.now() + kBetweenProbes;
  worker.post([probe = Probe(shared_from_this()), &worker] { probe.arrive(worker.now()); });
}

/// What was read right after the last round. What is read later came later.
Duration LoopWait::in_socket(TimePoint now) const noexcept {
  return std::max(round_ / 2 - (now - round_end_), Duration::zero());
}

}  // namespace plinth::interceptors
