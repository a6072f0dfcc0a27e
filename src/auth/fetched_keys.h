#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "auth/algorithm.h"
#include "auth/key_source.h"
#include "plinth/background.h"
#include "plinth/deadline.h"
#include "plinth/detail/list.h"
#include "plinth/event.h"
#include "plinth/log.h"
#include "plinth/runtime.h"

namespace plinth::auth {

/// The keys of a JWKS document, which is fetched at the start, again when it has grown old, and when a token names a
/// key that is not in it. When that fails, or gives no good document, the keys that were there stay, and it is tried
/// again after 1 s, 2 s and so on to 60 s.
///
/// Logs grpc_auth_keys_loaded{source, keys} when they have changed, and grpc_auth_keys_failed{source, error}.
class FetchedKeys final : public KeySource {
 public:
  /// Gives the document. May throw.
  using Fetch = std::function<Task<Result<std::string>>()>;

  struct Options {
    /// For the log.
    std::string source;
    Duration max_age = std::chrono::minutes(5);
    /// Between two fetches, however many tokens with unknown keys come.
    Duration min_age = std::chrono::minutes(1);
    Duration timeout = std::chrono::seconds(10);
    /// How long `look_again` waits.
    Duration patience = std::chrono::seconds(5);
  };

  /// Fetches on `worker`, which must outlive it. Made and destroyed on threads that are no workers'.
  FetchedKeys(Worker& worker, const Algorithm& algorithm, Fetch fetch, Options options, std::shared_ptr<Logger> logger);

  std::shared_ptr<const KeySet> keys() const override;
  std::uint64_t version() const noexcept override { return version_.load(std::memory_order_acquire); }
  Task<void> look_again() override;

 private:
  /// Who waits for a fetch. In the list, and out of it, under the lock.
  struct Waiter : detail::ListNode {
    Event fetched;
  };
  class Waiting;

  Task<void> keep_fetching();
  Task<Result<std::string>> fetch();
  Task<void> pause(Duration time);
  Status take(const Result<std::string>& document);
  void begin_fetch();
  void end_fetch();
  /// Whether there is a fetch to wait for, maybe because this has asked for it.
  bool ask(TimePoint now);

  const Algorithm& algorithm_;
  const Fetch fetch_;
  const Options options_;
  const std::shared_ptr<Logger> logger_;
  std::string last_document_;
  std::atomic<std::uint64_t> version_ = 0;

  mutable std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;
  bool fetching_ = true;
  TimePoint next_ask_;
  std::optional<Event> asked_;
  detail::List<Waiter> waiters_;

  BackgroundTask background_;
};

}  // namespace plinth::auth
