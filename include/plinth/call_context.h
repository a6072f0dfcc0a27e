#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/cancel.h"
#include "plinth/deadline.h"
#include "plinth/detail/attachments.h"
#include "plinth/metadata.h"
#include "plinth/method.h"
#include "plinth/peer.h"

namespace google::protobuf {
class MessageLite;
}

namespace plinth {

class ClientContext;
class ServerContext;

/// What a call has moved so far. Bytes are those of messages as they travel: compressed, without what frames them
/// (gRFC A66).
struct Traffic {
  std::uint64_t sent_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_messages = 0;
  std::uint64_t received_bytes = 0;
};

/// What a handler and every interceptor may know and change of one call, on either side. Lives as long as the call, on
/// one worker. References that it gives are valid until the call ends.
class CallContext {
 public:
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  /// The call whose handler, or whose interceptor, runs now on this thread; null outside of calls.
  static CallContext* current() noexcept;

  /// This call from the side that it is seen from; null on the other one.
  virtual ServerContext* as_server() noexcept { return nullptr; }
  virtual ClientContext* as_client() noexcept { return nullptr; }

  const Method& method() const noexcept { return *method_; }
  /// On a client: empty until an attempt has a connection.
  const Peer& peer() const noexcept { return *peer_; }
  std::string_view authority() const noexcept { return authority_; }
  Deadline deadline() const noexcept { return deadline_; }
  /// Time left; Duration::max() without a deadline.
  Duration remaining() const noexcept;

  /// Sent by the client before its first message.
  const Metadata& request_metadata() const noexcept { return *request_metadata_; }
  /// Sent by the server before its first message. A server changes it until then; a client reads it after that.
  Metadata& initial_metadata() noexcept { return initial_metadata_; }
  /// Sent by the server with the status. A server changes it until the handler and the interceptors have ended.
  Metadata& trailing_metadata() noexcept { return trailing_metadata_; }

  /// True once the caller has gone, the deadline has passed, or the server is closing.
  bool cancelled() const noexcept { return scope_.cancelled(); }
  CancelScope& scope() noexcept { return scope_; }

  enum class Direction { kReceived, kSent };
  using MessageObserver = std::function<void(Direction, const google::protobuf::MessageLite&)>;
  /// From now on `observer` sees every message of the call, before the handler does (received) or the wire (sent).
  /// On a client also after the interceptor has ended: a caller takes messages when it likes. Around an attempt it sees
  /// nothing: that is ClientContext::observe_attempt's.
  /// What it throws ends the call. In a blocking handler it runs on the handler's thread.
  void observe_messages(MessageObserver observer);

  /// So far. On the thread that the call's handler, or this interceptor, runs on.
  virtual Traffic traffic() const noexcept = 0;

  /// Leaves `value` with the call, for the interceptors inside of this one, for the handler, and for the interceptors
  /// of the calls that the handler makes. A call keeps one object of each type: a later one takes the place of an
  /// earlier one. Valid until the call ends; what a blocking handler attaches, until that returns.
  template <class T>
  std::remove_cvref_t<T>& attach(T&& value) {
    return attachments_.put(std::forward<T>(value));
  }

  /// What was attached; null when nothing was. An attempt finds what its call has, too.
  template <class T>
  T* find() const noexcept {
    auto* const found = attachments_.find<T>();
    return found || !outer_ ? found : outer_->find<T>();
  }

 protected:
  CallContext() { scope_.set_call(this); }
  /// Seen from inside of `outer`, which is cancelled before it or with it.
  explicit CallContext(CallContext& outer) : scope_(&outer.scope_), outer_(&outer) { scope_.set_call(this); }
  ~CallContext() = default;

  const Method* method_ = nullptr;
  const Peer* peer_ = nullptr;
  std::string_view authority_;
  Deadline deadline_;
  const Metadata* request_metadata_ = nullptr;
  Metadata initial_metadata_;
  Metadata trailing_metadata_;
  CancelScope scope_;
  std::vector<MessageObserver> observers_;
  detail::Attachments attachments_;
  const CallContext* outer_ = nullptr;
};

}  // namespace plinth
