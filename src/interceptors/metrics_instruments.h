#pragma once

#include <array>
#include <string>
#include <string_view>

#include "interceptors/metrics_lazy.h"
#include "plinth/metrics.h"
#include "plinth/status.h"

namespace plinth::interceptors {

/// What is made for each status that calls really end with.
template <class T>
class ByStatus {
 public:
  template <class... Arguments>
  T& at(StatusCode code, Arguments&&... arguments) {
    const auto index = static_cast<std::size_t>(code);
    if (index >= lazy_.size()) return at(StatusCode::kUnknown, arguments...);
    return lazy_[index].get(arguments..., code);
  }

 private:
  std::array<Lazy<T>, 17> lazy_;
};

/// Whose metrics they are: of which method, on a client to which target. In labels for gRFC A66.
struct Series {
  Metrics& metrics;
  std::string_view path;
  std::string_view target;

  Labels labels() const;
  Labels labels(StatusCode code) const;
};

/// grpc_server_requests_total and its like, or a client's: `side` is "grpc_server" or "grpc_client".
class RequestInstruments {
 public:
  RequestInstruments(const Series& series, const std::string& side);

  Counter& requests(StatusCode code) { return requests_.at(code, *this).counter; }

  Gauge& in_progress;
  Histogram& duration;
  Counter& received;
  Counter& sent;

 private:
  struct Requests {
    Requests(const RequestInstruments& of, StatusCode code);
    Counter& counter;
  };

  Metrics& metrics_;
  const std::string side_;
  const std::string_view path_;
  ByStatus<Requests> requests_;
};

/// What gRFC A66 wants of one stream: a server's call ("grpc_server_call"), a client's attempt ("grpc_client_attempt").
/// `what` is "Call" or "Attempt", for people.
class StreamInstruments {
 public:
  struct End {
    End(const StreamInstruments& of, StatusCode code);
    Histogram& duration;
    Histogram& sent;
    Histogram& received;
  };

  StreamInstruments(const Series& series, const std::string& prefix, const std::string& what);

  End& end(StatusCode code) { return ends_.at(code, *this); }

  Counter& started;

 private:
  const Series series_;
  const std::string prefix_;
  const std::string what_;
  ByStatus<End> ends_;
};

struct ServerInstruments {
  explicit ServerInstruments(const Series& series)
      : requests(series, "grpc_server"), call(series, "grpc_server_call", "Call") {}

  RequestInstruments requests;
  StreamInstruments call;
};

struct AttemptInstruments {
  explicit AttemptInstruments(const Series& series) : attempt(series, "grpc_client_attempt", "Attempt") {}

  StreamInstruments attempt;
};

class ClientInstruments {
 public:
  /// gRFC A96, of calls with more than one attempt.
  struct Retries {
    explicit Retries(const Series& series);
    Histogram& retries;
    Histogram& transparent;
    Histogram& hedges;
    Histogram& delay;
  };

  explicit ClientInstruments(const Series& series) : requests(series, "grpc_client"), series_(series) {}

  Histogram& duration(StatusCode code) { return durations_.at(code, series_).histogram; }
  Retries& retries() { return retries_.get(series_); }

  RequestInstruments requests;

 private:
  struct Duration {
    Duration(const Series& series, StatusCode code);
    Histogram& histogram;
  };

  const Series series_;
  ByStatus<Duration> durations_;
  Lazy<Retries> retries_;
};

}  // namespace plinth::interceptors
