#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "async/later.h"
#include "async/signal.h"
#include "plinth/client_context.h"
#include "plinth/interceptor.h"

namespace plinth::client {

/// Of calls and attempts without a connection.
inline const Peer kNoPeer{};

/// The interceptors around one attempt, and the attempt as they see it.
class AttemptChain final : public ClientContext, private Next::End, private detail::Completion {
 public:
  /// The attempt.
  class Owner {
   public:
    /// The interceptors have let it pass: look for a connection.
    virtual void on_chain_passed() = 0;
    /// All of them have ended, and `status` is what they have made of it. The last event.
    virtual void on_chain_ended(Status status) = 0;
    virtual Traffic traffic() const noexcept = 0;

   protected:
    ~Owner() = default;
  };

  /// Attempt `number` of `call`, which must outlive it.
  AttemptChain(Owner& owner, ClientContext& call, Worker& worker, std::size_t number, bool transparent);

  void start(std::span<const std::shared_ptr<Interceptor>> interceptors);
  /// The attempt has a stream to `peer`.
  void on_opened(const Peer& peer) noexcept { peer_ = &peer; }
  void on_head(const Metadata& initial) { initial_metadata_ = initial; }
  void on_event(const AttemptEvent& event) noexcept;
  /// The wire's part is over.
  void on_wire_end(Status status, const Metadata& trailing);
  /// The call needs no attempt any more: what the interceptors await ends with `why`.
  void cancel(const Status& why);

  bool running() const noexcept { return running_; }

  // ClientContext
  Metadata& request_metadata() noexcept override { return request_; }
  std::string_view target() const noexcept override { return call_.target(); }
  bool secure() const noexcept override { return call_.secure(); }
  std::size_t attempts() const noexcept override { return call_.attempts(); }
  std::size_t attempt() const noexcept override { return number_; }
  bool transparent() const noexcept override { return transparent_; }
  CallContext* caller() const noexcept override { return call_.caller(); }
  bool received_compressed() const noexcept override { return call_.received_compressed(); }
  void observe_attempt(AttemptObserver observer) override { attempt_observers_.push_back(std::move(observer)); }
  Traffic traffic() const noexcept override { return owner_.traffic(); }

 private:
  Task<Status> run() override;
  void on_complete() noexcept override { worker_.when_ready(end_step_); }
  void end();

  Owner& owner_;
  ClientContext& call_;
  Worker& worker_;
  const std::size_t number_;
  const bool transparent_;
  Metadata request_;
  std::vector<AttemptObserver> attempt_observers_;
  bool running_ = false;
  bool wire_ended_ = false;
  Status wire_status_;
  Signal wire_end_;
  Task<Status> chain_;
  Step<AttemptChain> end_step_{*this, &AttemptChain::end};
};

}  // namespace plinth::client
