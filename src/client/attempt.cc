#include "client/attempt.h"

#include "client/worker_channel.h"

namespace plinth::client {

void Attempt::begin(WorkerChannel& channel, ClientContext& call, std::size_t number, bool transparent) {
  stop_waiting();
  channel_ = &channel;
  const auto& interceptors = channel.shared().attempt_interceptors;
  if (interceptors.empty()) return on_chain_passed();
  state_ = State::kIntercepted;
  channel.keep(*this);
  AttemptChain::Owner& owner = *this;
  chain_ = std::make_unique<AttemptChain>(owner, call, channel.worker(), number, transparent);
  metadata_ = &chain_->request_metadata();
  chain_->start(interceptors);
}

void Attempt::on_chain_passed() {
  stop_waiting();
  state_ = State::kLooking;
  channel_->place(*this);
}

void Attempt::on_wait(Missing what) noexcept {
  if (waited_for_ == Missing::kNames && what == Missing::kConnection) tell({AttemptEvent::Kind::kResolved});
  waited_for_ = what;
}

bool Attempt::on_picked(Backend& backend, Connection& connection) {
  auto started = exchange_.start(&backend, connection, owner_.request_options(), *metadata_);
  if (started && !*started) return false;
  stop_waiting();
  if (!started) return owner_.on_refused(std::move(started).error()), true;
  state_ = State::kOpen;
  opened_ = true;
  if (chain_) chain_->on_opened(peer());
  using enum AttemptEvent::Kind;
  if (waited_for_) tell({*waited_for_ == Missing::kNames ? kResolved : kPicked});
  owner_.on_opened(*this);
  return true;
}

/// The channel is closed, or no backend can be reached.
void Attempt::on_pick_failed(Status status) {
  if (state_ == State::kIntercepted) return chain_->cancel(status);
  end(std::move(status));
}

void Attempt::count_sent(const base::Bytes& bytes) noexcept {
  const auto size = bytes.size() - wire::kPrefixSize;
  ++sent_.sent_messages;
  sent_.sent_bytes += size;
  tell({AttemptEvent::Kind::kMessageSent, size, *bytes.data() != std::byte{0}});
}

void Attempt::on_head(Exchange&) {
  if (chain_) chain_->on_head(initial_metadata());
  owner_.on_head(*this);
}

void Attempt::on_exchange_end(Exchange& exchange) { end(owner_.conclude(*this, exchange.status())); }

void Attempt::end(Status status) {
  leave();
  status_ = std::move(status);
  if (has_running_chain()) return chain_->on_wire_end(status_, trailing_metadata());
  owner_.on_attempt_end(*this);
}

void Attempt::on_chain_ended(Status status) {
  refused_ = state_ == State::kIntercepted;
  leave();
  status_ = std::move(status);
  std::swap(trailing_metadata(), chain_->trailing_metadata());
  owner_.on_attempt_end(*this);
}

void Attempt::abandon(const Status& why) noexcept {
  if (state_ == State::kEnded && !has_running_chain()) return;
  abandoned_ = true;
  leave();
  if (chain_) chain_->cancel(why);
}

void Attempt::time_out(const Status& why) noexcept {
  exchange_.time_out();
  abandon(why);
}

void Attempt::leave() noexcept {
  state_ = State::kEnded;
  stop_waiting();
  exchange_.abandon();
}

Traffic Attempt::traffic() const noexcept {
  auto traffic = response().has_head() ? owner_.received() : Traffic();
  traffic.sent_messages = sent_.sent_messages;
  traffic.sent_bytes = sent_.sent_bytes;
  return traffic;
}

}  // namespace plinth::client
