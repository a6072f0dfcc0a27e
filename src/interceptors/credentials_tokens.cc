#include "interceptors/credentials_tokens.h"

#include <algorithm>
#include <exception>

#include "auth/authorization.h"
#include "call/failure.h"
#include "plinth/async.h"

namespace plinth::interceptors {

namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstRetry = 250ms;
constexpr Duration kLastRetry = 2s;
/// After a failure, as long as the old token is good.
constexpr auto kPause = 10s;
/// With a source that does not answer meanwhile.
constexpr Duration kPatience = 1s;

/// What a token server says of itself must not look like the answer to the call (gRFC A54).
StatusCode code_for_the_call(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kAlreadyExists:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kAborted:
    case StatusCode::kOutOfRange:
    case StatusCode::kDataLoss: return StatusCode::kInternal;
    default: return code;
  }
}

}  // namespace

/// What one call has to do with getting a token: nothing, fetch it, or wait for the one that does.
class CredentialsTokens::Part {
 public:
  Part(CredentialsTokens& tokens, Time now) : tokens_(tokens) {
    const std::lock_guard lock(tokens_.mutex_);
    if (tokens_.is_fresh(now) || (tokens_.fetching_ && tokens_.is_good(now))) return;
    fetches_ = !tokens_.fetching_;
    tokens_.fetching_ = true;
    if (fetches_) tokens_.refresh_at_ = now + kPause;  // matters only as long as the old one is good
    if (fetches_) return;
    waiter_.emplace();
    tokens_.waiters_.push_back(*waiter_);
  }
  ~Part() {
    const std::lock_guard lock(tokens_.mutex_);
    if (waiter_) waiter_->unlink();
    if (fetches_) end(std::nullopt);
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  bool fetches() const noexcept { return fetches_; }
  bool waits() const noexcept { return waiter_.has_value(); }

  void fetched(const Status& outcome) {
    const std::lock_guard lock(tokens_.mutex_);
    end(outcome);
  }

  Task<void> wait() const { return waiter_->ended.wait(); }
  std::optional<Status> outcome() const {
    const std::lock_guard lock(tokens_.mutex_);
    return waiter_->outcome;
  }

 private:
  void end(const std::optional<Status>& outcome) {
    fetches_ = tokens_.fetching_ = false;
    while (!tokens_.waiters_.empty()) {
      auto& waiter = tokens_.waiters_.pop_front();
      waiter.outcome = outcome;
      waiter.ended.set();
    }
  }

  CredentialsTokens& tokens_;
  bool fetches_ = false;
  std::optional<Waiter> waiter_;
};

Task<Result<CredentialsTokens::Header>> CredentialsTokens::header() {
  std::optional<Status> outcome;
  while (!outcome) {
    Part part(*this, options_.now());
    if (part.waits()) {
      auto waiting = part.wait();
      co_await std::move(waiting);
      outcome = part.outcome();
    } else if (part.fetches()) {
      auto fetching = fetch();
      outcome = co_await std::move(fetching);
      part.fetched(*outcome);
    } else {
      outcome = Status();
    }
  }
  const std::lock_guard lock(mutex_);
  if (is_good(options_.now())) co_return header_;
  if (outcome->ok()) co_return unavailable("the token has expired");
  co_return std::move(*outcome);
}

Task<Status> CredentialsTokens::fetch() {
  for (auto delay = kFirstRetry;; delay *= 2) {
    auto asking = ask_source();
    const auto token = co_await std::move(asking);
    auto status = token ? keep(*token) : token.error();
    if (status.ok()) co_return status;
    if (options_.logger) options_.logger->warning("grpc_credentials_failed", {{"error", status.to_string()}});
    if (status.code() != StatusCode::kUnavailable || delay > kLastRetry || has_good()) {
      co_return Status(code_for_the_call(status.code()), "cannot get a token: " + status.message());
    }
    auto pause = sleep_for(delay);
    co_await std::move(pause);
  }
}

Task<Result<AccessToken>> CredentialsTokens::ask_source() {
  const auto* const scope = co_await this_scope();
  std::exception_ptr thrown;
  try {
    auto asking = has_good() ? with_timeout(kPatience, source_()) : source_();
    co_return co_await std::move(asking);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (scope) scope->check();
  co_return unavailable("{}", call::describe(thrown).text);
}

Status CredentialsTokens::keep(const AccessToken& token) {
  const auto now = options_.now();
  const auto expiry = token.expiry.value_or(Time::max());
  if (!auth::is_token_text(token.value)) return internal_error("the source has given something that is no token");
  if (expiry <= now) return unavailable("the source has given a token that has expired");
  const auto lifetime = expiry - now;
  const auto early = std::chrono::duration_cast<Time::duration>(options_.refresh_early);
  const std::lock_guard lock(mutex_);
  header_ = std::make_shared<const std::string>("Bearer " + token.value);
  expiry_ = expiry;
  refresh_at_ = expiry - std::min(early, lifetime / 2);
  return {};
}

}  // namespace plinth::interceptors
