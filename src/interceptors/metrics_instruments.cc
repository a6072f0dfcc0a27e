#include "interceptors/metrics_instruments.h"

#include <algorithm>

namespace plinth::interceptors {

namespace {

constexpr double kRequestBounds[] = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

/// gRFC A66, "Units".
constexpr double kLatencyBounds[] = {0,    .00001, .00005, .0001, .0003, .0006, .0008, .001, .002, .003, .004,
                                     .005, .006,   .008,   .01,   .013,  .016,  .02,   .025, .03,  .04,  .05,
                                     .065, .08,    .1,     .13,   .16,   .2,    .25,   .3,   .4,   .5,   .65,
                                     .8,   1,      2,      5,     10,    20,    50,    100};
constexpr double kSizeBounds[] = {0,       1024,    2048,     4096,     16384,     65536,      262144,
                                  1048576, 4194304, 16777216, 67108864, 268435456, 1073741824, 4294967296};

/// gRFC A96.
constexpr double kRetryBounds[] = {1, 2, 3, 4, 5};
constexpr double kTransparentBounds[] = {1, 2, 3, 4, 5, 10};

Labels method_label(std::string_view path) { return {{"method", std::string(path)}}; }

/// A target is a URI, so it has nothing to lose by this.
std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
  return result;
}

}  // namespace

Labels Series::labels() const {
  Labels labels = {{"grpc_method", std::string(path.starts_with('/') ? path.substr(1) : path)}};
  if (!target.empty()) labels.emplace_back("grpc_target", printable(target));
  return labels;
}

Labels Series::labels(StatusCode code) const {
  auto result = labels();
  result.emplace_back("grpc_status", to_string(code));
  return result;
}

RequestInstruments::RequestInstruments(const Series& series, const std::string& side)
    : in_progress(series.metrics.gauge(side + "_requests_in_progress", "Calls that have begun and not ended.",
                                       method_label(series.path))),
      duration(series.metrics.histogram(side + "_request_duration_seconds", "Calls, from begin to end.", kRequestBounds,
                                        method_label(series.path))),
      received(series.metrics.counter(side + "_messages_received_total", "Messages of the peer.",
                                      method_label(series.path))),
      sent(series.metrics.counter(side + "_messages_sent_total", "Messages to the peer.", method_label(series.path))),
      metrics_(series.metrics),
      side_(side),
      path_(series.path) {}

RequestInstruments::Requests::Requests(const RequestInstruments& of, StatusCode code)
    : counter(of.metrics_.counter(of.side_ + "_requests_total", "Calls that have ended, by their final status.",
                                  {{"method", std::string(of.path_)}, {"status", std::string(to_string(code))}})) {}

StreamInstruments::StreamInstruments(const Series& series, const std::string& prefix, const std::string& what)
    : started(series.metrics.counter(prefix + "_started_total", what + "s that have begun, ended or not.",
                                     series.labels())),
      series_(series),
      prefix_(prefix),
      what_(what) {}

StreamInstruments::End::End(const StreamInstruments& of, StatusCode code)
    : duration(of.series_.metrics.histogram(of.prefix_ + "_duration_seconds", of.what_ + "s, from begin to end.",
                                            kLatencyBounds, of.series_.labels(code))),
      sent(of.series_.metrics.histogram(of.prefix_ + "_sent_total_compressed_message_size_bytes",
                                        of.what_ + "s, by the size of all messages sent: compressed, without frames.",
                                        kSizeBounds, of.series_.labels(code))),
      received(of.series_.metrics.histogram(
          of.prefix_ + "_rcvd_total_compressed_message_size_bytes",
          of.what_ + "s, by the size of all messages received: compressed, without frames.", kSizeBounds,
          of.series_.labels(code))) {}

ClientInstruments::Duration::Duration(const Series& series, StatusCode code)
    : histogram(series.metrics.histogram("grpc_client_call_duration_seconds",
                                         "Calls, from begin to end, with all of their attempts.", kLatencyBounds,
                                         series.labels(code))) {}

ClientInstruments::Retries::Retries(const Series& series)
    : retries(series.metrics.histogram("grpc_client_call_retries", "Calls with retries, by their number.", kRetryBounds,
                                       series.labels())),
      transparent(series.metrics.histogram("grpc_client_call_transparent_retries",
                                           "Calls with transparent retries, by their number.", kTransparentBounds,
                                           series.labels())),
      hedges(series.metrics.histogram("grpc_client_call_hedges", "Calls with hedges, by their number.", kRetryBounds,
                                      series.labels())),
      delay(series.metrics.histogram("grpc_client_call_retry_delay_seconds",
                                     "Calls with retries, by the time without an attempt under way.", kLatencyBounds,
                                     series.labels())) {}

}  // namespace plinth::interceptors
