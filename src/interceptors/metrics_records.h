#pragma once

#include "interceptors/metrics_instruments.h"
#include "plinth/client_context.h"

namespace plinth::interceptors {

/// A call from its begin to its end, under RequestInstruments.
class RequestRecord {
 public:
  RequestRecord(RequestInstruments& instruments, CallContext& call);
  void end(StatusCode code, double seconds, const Traffic& traffic);

 private:
  RequestInstruments& instruments_;
  const bool streams_;
};

/// One stream of messages, under StreamInstruments.
class StreamRecord {
 public:
  explicit StreamRecord(StreamInstruments& instruments);
  void end(StatusCode code, double seconds, const Traffic& traffic);

 private:
  StreamInstruments& instruments_;
};

/// A call on a server.
class ServerRecord {
 public:
  ServerRecord(ServerInstruments& instruments, CallContext& call, TimePoint now);
  void end(StatusCode code, TimePoint now);

 private:
  CallContext& call_;
  const TimePoint begin_;
  RequestRecord request_;
  StreamRecord stream_;
};

/// The attempts of a call, attached to it.
struct Attempts {
  std::size_t begun = 0;
  std::size_t running = 0;
  std::size_t hedges = 0;
  std::size_t transparent = 0;
  /// Without one under way, between the first and the last.
  Duration idle{};
  TimePoint idle_since;
};

/// A call on a client, with all of its attempts.
class ClientRecord {
 public:
  ClientRecord(ClientInstruments& instruments, CallContext& call, TimePoint now);
  void end(StatusCode code, TimePoint now);

 private:
  void end_retries(Duration idle);

  ClientInstruments& instruments_;
  CallContext& call_;
  const TimePoint begin_;
  RequestRecord request_;
  const Attempts& attempts_;
};

/// One attempt of a call.
class AttemptRecord {
 public:
  AttemptRecord(AttemptInstruments& instruments, CallContext& call, TimePoint now);
  void end(StatusCode code, TimePoint now);

 private:
  CallContext& call_;
  const TimePoint begin_;
  StreamRecord stream_;
  Attempts& attempts_;
};

}  // namespace plinth::interceptors
