#include "client/attempt_chain.h"

#include "call/failure.h"

namespace plinth::client {

AttemptChain::AttemptChain(Owner& owner, ClientContext& call, Worker& worker, std::size_t number, bool transparent)
    : ClientContext(static_cast<CallContext&>(call)),
      owner_(owner),
      call_(call),
      worker_(worker),
      number_(number),
      transparent_(transparent),
      request_(call.request_metadata()) {
  method_ = &call.method();
  peer_ = &kNoPeer;
  authority_ = call.authority();
  deadline_ = call.deadline();
  request_metadata_ = &request_;
}

void AttemptChain::start(std::span<const std::shared_ptr<Interceptor>> interceptors) {
  running_ = true;
  chain_ = Next(interceptors, *this, *this)();
  if (chain_.start(&scope_, *this)) on_complete();
}

Task<Status> AttemptChain::run() {
  if (!wire_ended_) owner_.on_chain_passed();
  Status why;
  try {
    if (!wire_ended_) co_await wire_end_.wait();
  } catch (const StatusError& error) {
    why = error.status();
  }
  // The call's own scope has given a status; one of an interceptor's, such as that of with_timeout, has not.
  if (!std::exchange(wire_ended_, true)) wire_status_ = std::move(why);
  co_return wire_status_;
}

void AttemptChain::on_wire_end(Status status, const Metadata& trailing) {
  if (std::exchange(wire_ended_, true)) return;
  wire_status_ = std::move(status);
  trailing_metadata_ = trailing;
  wire_end_.set();
}

void AttemptChain::on_event(const AttemptEvent& event) noexcept {
  if (!running_ || wire_ended_) return;
  try {
    for (const auto& observer : attempt_observers_) observer(event);
  } catch (...) {
    cancel(call::status_from(std::current_exception()));
  }
}

void AttemptChain::cancel(const Status& why) {
  if (!running_) return;
  if (!std::exchange(wire_ended_, true)) wire_status_ = why;
  scope_.cancel(why);
  wire_end_.set();
}

void AttemptChain::end() {
  Status status;
  try {
    status = chain_.take();
  } catch (...) {
    status = call::status_from(std::current_exception());
  }
  chain_ = {};
  running_ = false;
  owner_.on_chain_ended(std::move(status));
}

}  // namespace plinth::client
