#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace plinth::telemetry {

/// Some numbers that threads add to without meeting each other: every thread has a copy of its own, made when it first
/// adds, and the sum of the copies is read. A copy stays when its thread ends; the next thread goes on with it.
class Cells {
 public:
  /// Threads with a copy of their own. Those above that number share one.
  static constexpr std::size_t kThreads = 63;

  explicit Cells(std::size_t size) noexcept : size_(size) {}
  ~Cells();
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  void add(std::size_t index, double amount) noexcept;
  double sum(std::size_t index) const noexcept;

 private:
  using Cell = std::atomic<double>;

  Cell* make_copy(std::atomic<Cell*>& place) const;

  const std::size_t size_;
  std::array<std::atomic<Cell*>, kThreads + 1> copies_{};
};

}  // namespace plinth::telemetry
