#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "plinth/deadline.h"
#include "plinth/detail/list.h"

namespace plinth {

/// Something that happens at a point in time. Disarmed when destroyed.
class Timer : public detail::ListNode {
 public:
  virtual void on_timer() noexcept = 0;

  bool armed() const noexcept { return linked(); }
  void disarm() noexcept { unlink(); }

 protected:
  ~Timer() = default;

 private:
  friend class TimerWheel;
  std::uint64_t tick_ = 0;
};

/// Timers by the millisecond: four wheels of 256 slots, each slot of a wheel as long as the whole wheel below it. A
/// timer waits in the wheel that its distance asks for, and moves down as its time comes near. Arming and disarming are
/// O(1).
///
///     wheel 0   1 ms a slot    the next 256 ms
///     wheel 1   256 ms         65 s
///     wheel 2   65 s           4.6 h
///     wheel 3   4.6 h          49 days; what is later waits in its last slot and is placed again
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start) noexcept : start_(start) {}

  /// Never early; late by less than 1 ms.
  void arm(Timer& timer, TimePoint when) noexcept;

  /// Runs every timer that is due at `now`.
  void advance(TimePoint now) noexcept;

  /// When to `advance` next: a timer is due, or timers are to move down. Never later than the earliest timer; perhaps
  /// earlier than that, as a disarmed timer leaves its place behind. Nothing when all places are empty.
  std::optional<TimePoint> next() const noexcept;

  /// Whether `next` has become earlier since this was last asked, because a timer was armed.
  bool take_earlier() noexcept { return std::exchange(earlier_, false); }

 private:
  static constexpr int kWheels = 4;
  static constexpr int kBits = 8;
  static constexpr std::uint64_t kSlots = 1u << kBits;

  struct Wheel {
    std::array<detail::List<Timer>, kSlots> slots;
    std::array<std::uint64_t, kSlots / 64> occupied{};
  };

  std::uint64_t tick_at_or_after(TimePoint when) const noexcept;
  std::uint64_t tick_before(TimePoint when) const noexcept;
  std::uint64_t place(Timer& timer) noexcept;
  void run_slots(std::uint64_t tick) noexcept;
  std::uint64_t next_tick() const noexcept;

  TimePoint start_;
  std::uint64_t current_ = 0;
  std::uint64_t earliest_ = UINT64_MAX;  // no slot before it is occupied
  bool earlier_ = false;
  std::array<Wheel, kWheels> wheels_;
};

}  // namespace plinth
