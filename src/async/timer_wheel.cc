#include "async/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace plinth {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::milliseconds;

namespace {

/// How many slots from `from` (not counted) to the next occupied one, going round; 0 when there is none.
template <class Bitmap>
std::uint64_t distance_to_occupied(const Bitmap& occupied, std::uint64_t from) noexcept {
  constexpr std::uint64_t kSlots = std::tuple_size_v<Bitmap> * 64;
  for (std::uint64_t step = 1; step <= kSlots;) {
    const auto slot = (from + step) % kSlots;
    const auto rest = occupied[slot / 64] >> (slot % 64);
    if (rest != 0) return step + static_cast<std::uint64_t>(std::countr_zero(rest));
    step += 64 - slot % 64;
  }
  return 0;
}

}  // namespace

void TimerWheel::arm(Timer& timer, TimePoint when) noexcept {
  timer.unlink();
  timer.tick_ = std::max(tick_at_or_after(when), current_ + 1);
  const auto begin = place(timer);
  if (begin < earliest_) {
    earliest_ = begin;
    earlier_ = true;
  }
}

void TimerWheel::advance(TimePoint now) noexcept {
  const auto target = tick_before(now);
  if (target < earliest_) {
    current_ = std::max(current_, target);
    return;
  }
  for (auto tick = next_tick(); tick <= target; tick = next_tick()) {
    current_ = tick;
    run_slots(tick);
  }
  current_ = std::max(current_, target);
  earliest_ = next_tick();
}

std::optional<TimePoint> TimerWheel::next() const noexcept {
  const auto tick = next_tick();
  if (tick == UINT64_MAX) return std::nullopt;
  return start_ + milliseconds(tick);
}

std::uint64_t TimerWheel::tick_at_or_after(TimePoint when) const noexcept {
  if (when <= start_) return 0;
  return static_cast<std::uint64_t>(ceil<milliseconds>(when - start_).count());
}

std::uint64_t TimerWheel::tick_before(TimePoint when) const noexcept {
  if (when <= start_) return 0;
  return static_cast<std::uint64_t>(floor<milliseconds>(when - start_).count());
}

/// Gives the tick at which its slot begins.
std::uint64_t TimerWheel::place(Timer& timer) noexcept {
  constexpr std::uint64_t kFarthest = (std::uint64_t{1} << (kWheels * kBits)) - 1;
  const auto tick = std::min(timer.tick_, current_ + kFarthest);
  const auto distance = tick - current_;
  const int wheel = distance == 0 ? 0 : (static_cast<int>(std::bit_width(distance)) - 1) / kBits;
  const auto shift = wheel * kBits;
  const auto slot = (tick >> shift) % kSlots;
  wheels_[wheel].slots[slot].push_back(timer);
  wheels_[wheel].occupied[slot / 64] |= std::uint64_t{1} << (slot % 64);
  return tick >> shift << shift;
}

void TimerWheel::run_slots(std::uint64_t tick) noexcept {
  for (int wheel = kWheels - 1; wheel >= 0; --wheel) {
    const auto shift = wheel * kBits;
    if ((tick & ((std::uint64_t{1} << shift) - 1)) != 0) continue;
    const auto slot = (tick >> shift) % kSlots;
    detail::List<Timer> due;
    due.splice_back(wheels_[wheel].slots[slot]);
    wheels_[wheel].occupied[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    while (!due.empty()) {
      auto& timer = due.pop_front();
      if (timer.tick_ <= tick) {
        timer.on_timer();
      } else {
        place(timer);
      }
    }
  }
}

std::uint64_t TimerWheel::next_tick() const noexcept {
  auto next = UINT64_MAX;
  for (int wheel = 0; wheel < kWheels; ++wheel) {
    const auto shift = wheel * kBits;
    const auto turn = current_ >> shift;
    const auto distance = distance_to_occupied(wheels_[wheel].occupied, turn % kSlots);
    if (distance != 0) next = std::min(next, (turn + distance) << shift);
  }
  return next;
}

}  // namespace plinth
