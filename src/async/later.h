#pragma once

#include "async/timer_wheel.h"
#include "plinth/runtime.h"

namespace plinth {

/// A function of its owner that runs at a point in time: `worker.timers().arm(alarm, when)`.
template <class Owner>
class Alarm final : public Timer {
 public:
  Alarm(Owner& owner, void (Owner::*action)()) noexcept : owner_(owner), action_(action) {}
  void on_timer() noexcept override { (owner_.*action_)(); }

 private:
  Owner& owner_;
  void (Owner::*action_)();
};

/// A function of its owner that runs later in this turn: `worker.when_ready(step)`.
template <class Owner>
class Step final : public Worker::Ready {
 public:
  Step(Owner& owner, void (Owner::*action)()) noexcept : owner_(owner), action_(action) {}
  void on_ready() noexcept override { (owner_.*action_)(); }

 private:
  Owner& owner_;
  void (Owner::*action_)();
};

}  // namespace plinth
