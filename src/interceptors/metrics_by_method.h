#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "interceptors/metrics_instruments.h"
#include "plinth/method.h"
#include "plinth/metrics.h"

namespace plinth::interceptors {

/// For what a peer has named, and for what is too much.
inline constexpr char kOther[] = "other";

/// The instruments of each method, and on a client of each method and target, made by the first call. Found without a
/// lock. Nothing is ever taken out, so the methods of peers are one, "other", and targets above kMost are, too.
template <class Instruments>
class ByMethod {
 public:
  static constexpr std::size_t kMost = 10'000;

  explicit ByMethod(Metrics& metrics) noexcept : metrics_(metrics) {}
  ~ByMethod() {
    for (auto& list : lists_) {
      for (auto* entry = list.load(); entry;) delete std::exchange(entry, entry->next);
    }
  }
  ByMethod(const ByMethod&) = delete;
  ByMethod& operator=(const ByMethod&) = delete;

  Instruments& at(const Method& method, std::string_view target = {}) {
    const std::string_view path = method.registered ? method.path : kOther;
    auto& list = list_of(path, target);
    if (auto* found = find(list.load(std::memory_order_acquire), path, target)) return *found;
    if (size_.fetch_add(1, std::memory_order_relaxed) < kMost || target == kOther) return add(list, path, target);
    return at(method, kOther);
  }

 private:
  struct Entry {
    Entry(Metrics& metrics, std::string_view path, std::string_view target)
        : path(path), target(target), instruments(Series{metrics, path, this->target}) {}
    const std::string_view path;
    const std::string target;
    Instruments instruments;
    Entry* next = nullptr;
  };
  using List = std::atomic<Entry*>;

  /// A path is a literal of generated code: where it is tells which it is. The same text elsewhere has an entry of its
  /// own, with the same instruments.
  List& list_of(std::string_view path, std::string_view target) noexcept {
    const auto hash =
        std::hash<const char*>()(path.data()) * 0x9E3779B97F4A7C15 + std::hash<std::string_view>()(target);
    return lists_[hash >> 32 & (lists_.size() - 1)];
  }

  static Instruments* find(Entry* entry, std::string_view path, std::string_view target) noexcept {
    while (entry && (entry->path.data() != path.data() || entry->target != target)) entry = entry->next;
    return entry ? &entry->instruments : nullptr;
  }

  /// Two may add the same at the same time: then it is there twice.
  Instruments& add(List& list, std::string_view path, std::string_view target) {
    auto* const entry = new Entry(metrics_, path, target);
    entry->next = list.load(std::memory_order_relaxed);
    while (!list.compare_exchange_weak(entry->next, entry, std::memory_order_release, std::memory_order_relaxed)) {
    }
    return entry->instruments;
  }

  Metrics& metrics_;
  std::array<List, 256> lists_{};
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace plinth::interceptors
