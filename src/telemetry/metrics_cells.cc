#include "telemetry/metrics_cells.h"

#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace plinth::telemetry {

namespace {

constexpr std::size_t kShared = Cells::kThreads;
constexpr std::align_val_t kCacheLine{64};

/// A bit for each number that a thread has.
constinit std::atomic<std::uint64_t> taken = 0;

std::size_t take_number() noexcept {
  auto before = taken.load(std::memory_order_relaxed);
  std::size_t free = 0;
  do {
    free = static_cast<std::size_t>(std::countr_one(before));
    if (free >= kShared) return kShared;
  } while (!taken.compare_exchange_weak(before, before | std::uint64_t{1} << free, std::memory_order_acquire,
                                        std::memory_order_relaxed));
  return free;
}

/// What a thread has written to its copies is seen by the next thread that gets its number.
class ThreadNumber {
 public:
  ThreadNumber() noexcept : value_(take_number()) {}
  ~ThreadNumber() {
    const auto own = std::exchange(value_, kShared);
    if (own != kShared) taken.fetch_and(~(std::uint64_t{1} << own), std::memory_order_release);
  }
  std::size_t value() const noexcept { return value_; }

 private:
  std::size_t value_;
};

thread_local ThreadNumber thread_number;

}  // namespace

Cells::~Cells() {
  for (auto& copy : copies_) ::operator delete(copy.load(std::memory_order_relaxed), kCacheLine);
}

void Cells::add(std::size_t index, double amount) noexcept {
  const auto number = thread_number.value();
  auto& place = copies_[number];
  auto* copy = place.load(std::memory_order_acquire);
  if (!copy) copy = make_copy(place);
  auto& cell = copy[index];
  if (number == kShared) {
    cell.fetch_add(amount, std::memory_order_relaxed);
  } else {
    // Nobody else writes it, so this needs no locked instruction.
    cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
}

Cells::Cell* Cells::make_copy(std::atomic<Cell*>& place) const {
  auto* const copy = static_cast<Cell*>(::operator new(size_ * sizeof(Cell), kCacheLine));
  std::uninitialized_value_construct_n(copy, size_);
  Cell* other = nullptr;
  if (place.compare_exchange_strong(other, copy, std::memory_order_acq_rel)) return copy;
  ::operator delete(copy, kCacheLine);
  return other;
}

double Cells::sum(std::size_t index) const noexcept {
  double sum = 0;
  for (const auto& place : copies_) {
    if (const auto* copy = place.load(std::memory_order_acquire)) sum += copy[index].load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace plinth::telemetry
