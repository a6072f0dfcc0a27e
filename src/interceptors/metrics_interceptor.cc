#include "plinth/metrics_interceptor.h"

#include "interceptors/metrics_by_method.h"
#include "interceptors/metrics_records.h"

namespace plinth {

using interceptors::AttemptInstruments;
using interceptors::AttemptRecord;
using interceptors::ByMethod;
using interceptors::ClientInstruments;
using interceptors::ClientRecord;
using interceptors::ServerInstruments;
using interceptors::ServerRecord;

namespace {

/// A record that is ended in any case: a coroutine that is destroyed before its call ends has been cancelled.
template <class Record>
class Recording {
 public:
  template <class Instruments>
  Recording(Instruments& instruments, CallContext& call, MetricsInterceptor::NowFunction now)
      : now_(now), record_(instruments, call, now()) {}
  ~Recording() {
    if (!ended_) end(StatusCode::kCancelled);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void end(StatusCode code) {
    ended_ = true;
    record_.end(code, now_());
  }

 private:
  const MetricsInterceptor::NowFunction now_;
  Record record_;
  bool ended_ = false;
};

template <class Record, class Instruments>
Task<Status> recorded(Instruments& instruments, CallContext& call, Next next, MetricsInterceptor::NowFunction now) {
  Recording<Record> recording(instruments, call, now);
  auto rest = next();
  auto status = co_await std::move(rest);
  recording.end(status.code());
  co_return status;
}

}  // namespace

struct MetricsInterceptor::Parts {
  std::shared_ptr<Metrics> metrics;
  NowFunction now;
  ByMethod<ServerInstruments> servers{*metrics};
  ByMethod<ClientInstruments> clients{*metrics};
  ByMethod<AttemptInstruments> attempts{*metrics};
};

MetricsInterceptor::MetricsInterceptor(std::shared_ptr<Metrics> metrics, NowFunction now)
    : parts_(new Parts{std::move(metrics), now}) {}
MetricsInterceptor::~MetricsInterceptor() = default;
MetricsInterceptor::MetricsInterceptor(MetricsInterceptor&& other) noexcept = default;

Task<Status> MetricsInterceptor::intercept(CallContext& call, Next next) {
  auto& [metrics, now, servers, clients, attempts] = *parts_;
  const auto& method = call.method();
  const auto* client = call.as_client();
  if (!client) return recorded<ServerRecord>(servers.at(method), call, next, now);
  if (client->attempt() == 0) return recorded<ClientRecord>(clients.at(method, client->target()), call, next, now);
  return recorded<AttemptRecord>(attempts.at(method, client->target()), call, next, now);
}

}  // namespace plinth
