#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "plinth/cancel.h"
#include "plinth/deadline.h"
#include "plinth/metadata.h"
#include "plinth/method.h"
#include "plinth/peer.h"

namespace google::protobuf {
class MessageLite;
}

namespace plinth {

class ClientContext;
class ServerContext;

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
  /// What it throws ends the call.
  void observe_messages(MessageObserver observer);

 protected:
  CallContext() { scope_.set_call(this); }
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
};

}  // namespace plinth
