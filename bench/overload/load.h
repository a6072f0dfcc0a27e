#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "plinth/async.h"
#include "plinth/bench/echo.pb.h"
#include "plinth/bench/echo.plinth.h"
#include "plinth/client.h"

namespace plinth::bench {

/// What became of calls that were asked for within a time.
struct Outcome {
  double seconds = 0;
  std::uint64_t asked = 0;
  /// OK, before the client's deadline.
  std::uint64_t good = 0;
  std::uint64_t refused = 0;
  std::uint64_t late = 0;

  double goodput() const noexcept { return static_cast<double>(good) / seconds; }
};

/// Clients of a server, on one worker, each with a connection of its own.
class Clients {
 public:
  Clients(const std::string& address, int connections);

  /// Keeps so many calls in flight: what the server can take.
  Outcome saturate(int in_flight, Duration time);

  /// Asks for `rate` calls a second, at random times (Poisson), however the server does. What is asked for in the first
  /// part, `settle`, does not count.
  Outcome offer(double rate, Duration settle, Duration time, Duration deadline);

 private:
  Task<void> call(std::size_t number, Duration deadline, Outcome* counts);
  Task<void> call_until(std::size_t number, TimePoint end, Outcome& counts);
  Task<void> call_at_random(TaskScope& scope, double rate, TimePoint begin, TimePoint end, Duration deadline,
                            Outcome& counts);

  Runtime runtime_;
  std::vector<std::unique_ptr<GrpcClientFactory>> factories_;
  std::vector<Echo::Stub> stubs_;
  std::mt19937_64 random_{1};
};

}  // namespace plinth::bench
