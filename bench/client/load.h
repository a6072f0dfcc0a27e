#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace plinth::bench {

using LoadClock = std::chrono::steady_clock;

/// Says why nothing can be measured, and ends the program.
[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::_Exit(1);
}

/// What a client is asked to do: its six arguments.
struct Load {
  /// "127.0.0.1:50051"
  std::string address;
  /// Of plinth.bench.Echo.
  std::string method;
  int in_flight = 0;
  /// Messages of a stream (List), or bytes of a message (Mirror).
  int size = 0;
  double warm_up_seconds = 0;
  double seconds = 0;

  static Load from_arguments(int argc, char** argv) {
    if (argc != 7) give_up("arguments: ADDRESS METHOD IN_FLIGHT SIZE WARM_UP_SECONDS SECONDS");
    return {argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]), std::atof(argv[5]), std::atof(argv[6])};
  }
};

/// Measures what calls take, and what they cost this process:
///
///     for each call that is to be in flight: auto& lane = meter.add_lane();  start its first call
///     on another thread than theirs:         meter.measure(load);            waits
///     when all calls have ended:             meter.print();
class Meter {
 public:
  /// Calls one after the other. On one thread at a time.
  class Lane {
   public:
    explicit Lane(const Meter& meter) noexcept : meter_(meter) {}

    bool over() const noexcept { return meter_.phase_.load(std::memory_order_relaxed) == Phase::kOver; }

    /// A call that began then has ended, with so many messages.
    void note(LoadClock::time_point began, std::uint64_t messages = 1) {
      if (meter_.phase_.load(std::memory_order_relaxed) != Phase::kMeasuring) return;
      messages_ += messages;
      nanoseconds_.push_back(std::chrono::nanoseconds(LoadClock::now() - began).count());
    }

   private:
    friend class Meter;
    const Meter& meter_;
    std::uint64_t messages_ = 0;
    std::vector<std::int64_t> nanoseconds_;
  };

  Lane& add_lane() { return lanes_.emplace_back(*this); }

  void measure(const Load& load) {
    std::this_thread::sleep_for(std::chrono::duration<double>(load.warm_up_seconds));
    const auto cpu = cpu_seconds();
    const auto began = LoadClock::now();
    phase_ = Phase::kMeasuring;
    std::this_thread::sleep_for(std::chrono::duration<double>(load.seconds));
    phase_ = Phase::kOver;
    cpu_ = cpu_seconds() - cpu;
    seconds_ = std::chrono::duration<double>(LoadClock::now() - began).count();
  }

  /// One line of JSON.
  void print() const {
    std::vector<std::int64_t> all;
    std::uint64_t messages = 0;
    for (const auto& lane : lanes_) {
      messages += lane.messages_;
      all.insert(all.end(), lane.nanoseconds_.begin(), lane.nanoseconds_.end());
    }
    if (all.empty()) give_up("no call has ended in time");
    std::ranges::sort(all);
    std::printf(R"({"calls": %zu, "messages": %llu, "seconds": %.6f, "cpu": %.6f, "p50_us": %.2f, "p99_us": %.2f})"
                "\n",
                all.size(), static_cast<unsigned long long>(messages), seconds_, cpu_,
                static_cast<double>(all[all.size() / 2]) / 1e3, static_cast<double>(all[all.size() * 99 / 100]) / 1e3);
  }

 private:
  enum class Phase : std::uint8_t { kWarmUp, kMeasuring, kOver };

  /// User and system time of all threads.
  static double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  std::atomic<Phase> phase_ = Phase::kWarmUp;
  std::deque<Lane> lanes_;
  double cpu_ = 0;
  double seconds_ = 0;
};

}  // namespace plinth::bench
