#pragma once

#include <atomic>
#include <memory>

namespace plinth::interceptors {

/// A value that the first who needs it makes. Two may make it at the same time: then one of the two is kept.
template <class T>
class Lazy {
 public:
  Lazy() = default;
  ~Lazy() { delete value_.load(std::memory_order_relaxed); }
  Lazy(const Lazy&) = delete;
  Lazy& operator=(const Lazy&) = delete;

  template <class... Arguments>
  T& get(Arguments&&... arguments) {
    if (auto* const value = value_.load(std::memory_order_acquire)) return *value;
    auto made = std::make_unique<T>(arguments...);
    T* other = nullptr;
    return value_.compare_exchange_strong(other, made.get(), std::memory_order_acq_rel) ? *made.release() : *other;
  }

 private:
  std::atomic<T*> value_ = nullptr;
};

}  // namespace plinth::interceptors
