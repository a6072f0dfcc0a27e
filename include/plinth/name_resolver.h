#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/event.h"
#include "plinth/generator.h"

namespace plinth {

/// Where a channel goes, as its user wrote it: "dns:///myservice:50051", "unix:/run/service.sock" (gRPC's naming.md).
struct Target {
  std::string scheme;
  /// Whom to ask; mostly empty. Of "dns://10.0.0.53/myservice:50051" it is "10.0.0.53", which `dns:` does not heed.
  std::string authority;
  /// What is behind them; of "dns:///myservice:50051" it is "myservice:50051".
  std::string endpoint;
  /// The whole, with its scheme.
  std::string text;
};

/// The addresses of a name. Without one, the channel asks again, and fails calls if it has no backends from before.
struct Resolution {
  explicit Resolution(std::vector<std::string> found = {}) : addresses(std::move(found)) {}

  /// "ipv4:10.0.0.1:50051", "ipv6:[::1]:50051", "unix:/run/service.sock"; the order is kept.
  std::vector<std::string> addresses;
};

/// Turns the names of one scheme into addresses. One object serves all channels and workers at the same time.
class NameResolver {
 public:
  virtual ~NameResolver() = default;

  /// Yields the addresses of `target` once it has them, and again when they have changed. The channel sets `again` when
  /// it has reason to believe that they have: a backend could not be reached. An error or its return ends it; the
  /// channel begins anew after a pause that grows from 1 s to 5 s, and meanwhile uses what it has. Runs on the worker
  /// of the channel, once for each: what blocks belongs into `offload`.
  ///
  ///     while (true) {
  ///       auto looking = look_up(target.endpoint);
  ///       co_yield co_await std::move(looking);
  ///       auto change = again.wait();
  ///       co_await std::move(change);
  ///     }
  virtual Generator<Resolution> watch(Target target, Event again) = 0;
};

}  // namespace plinth
