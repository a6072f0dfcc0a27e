#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "plinth/credentials.h"
#include "plinth/detail/list.h"
#include "plinth/event.h"

namespace plinth::interceptors {

/// The token of a client: the present one, and at most one fetch of the next. All workers may use it at the same time.
class CredentialsTokens {
 public:
  /// "Bearer <token>".
  using Header = std::shared_ptr<const std::string>;

  CredentialsTokens(TokenSource source, CredentialsOptions options)
      : source_(std::move(source)), options_(std::move(options)) {}

  /// One that is good now, or why there is none.
  Task<Result<Header>> header();

 private:
  using Time = std::chrono::system_clock::time_point;

  /// Who waits for the fetch of another. In the list, and out of it, under the lock.
  struct Waiter : detail::ListNode {
    Event ended;
    /// Nothing when the one that fetched was cancelled: then somebody else must.
    std::optional<Status> outcome;
  };
  class Part;

  Task<Status> fetch();
  Task<Result<AccessToken>> ask_source();
  Status keep(const AccessToken& token);

  bool is_good(Time now) const noexcept { return header_ && now < expiry_; }
  bool has_good() {
    const std::lock_guard lock(mutex_);
    return is_good(options_.now());
  }
  bool is_fresh(Time now) const noexcept { return is_good(now) && now < refresh_at_; }

  const TokenSource source_;
  const CredentialsOptions options_;

  std::mutex mutex_;
  Header header_;
  Time expiry_;
  Time refresh_at_;
  bool fetching_ = false;
  detail::List<Waiter> waiters_;
};

}  // namespace plinth::interceptors
