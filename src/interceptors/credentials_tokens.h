#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "plinth/credentials.h"
#include "plinth/detail/list.h"
#include "plinth/event.h"

namespace plinth::interceptors {

/// The token of a client: the present one, and at most one fetch of the next, which calls wait for only when they have
/// no good one. All workers may use it at the same time.
class CredentialsTokens : public std::enable_shared_from_this<CredentialsTokens> {
 public:
  /// "Bearer <token>".
  using Header = std::shared_ptr<const std::string>;

  CredentialsTokens(TokenSource source, CredentialsOptions options)
      : source_(std::move(source)), options_(std::move(options)) {}

  /// One that is good now, or why there is none.
  Task<Result<Header>> header();

  /// Nobody asks any more: a fetch on its way is cancelled, soon. From any thread.
  void close();

 private:
  using Time = std::chrono::system_clock::time_point;

  /// Who waits for the fetch. In the list, and out of it, under the lock.
  struct Waiter : detail::ListNode {
    Event ended;
    Result<Header> token;
  };
  class Waiting;
  class Fetch;

  Task<Status> fetch();
  Task<Result<AccessToken>> ask_source();
  Status keep(const AccessToken& token);
  void end_fetch(const Status& outcome);
  void cancel_fetch();

  bool is_good(Time now) const noexcept { return header_ && now < expiry_; }
  bool wants_fetch(Time now) const noexcept { return !fetch_ && (now >= refresh_at_ || !is_good(now)); }

  const TokenSource source_;
  const CredentialsOptions options_;

  std::mutex mutex_;
  Header header_;
  Time expiry_;
  Time refresh_at_;
  Fetch* fetch_ = nullptr;
  detail::List<Waiter> waiters_;
};

}  // namespace plinth::interceptors
