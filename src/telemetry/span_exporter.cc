#include "telemetry/span_exporter.h"

#include "plinth/background.h"
#include "plinth/client.h"
#include "plinth/runtime.h"
#include "telemetry/span_sender.h"

namespace plinth::telemetry {

namespace {

constexpr Duration kShutdownLimit = std::chrono::seconds(5);

/// Spans are sent again here, for as long as the settings say; and the calls of the exporter are not traced.
ClientSettings client_settings() {
  ClientSettings settings;
  settings.enable_retry = false;
  settings.enable_circuit_breaker = false;
  return settings;
}

RuntimeOptions runtime_options(std::shared_ptr<Logger> logger) {
  RuntimeOptions options;
  options.workers = 1;
  options.offload_threads = 1;
  options.slow_turn = std::chrono::milliseconds(0);
  options.logger = std::move(logger);
  return options;
}

/// A thread of its own with a channel to the collector.
class SpanExporter final : public SpanSink {
 public:
  SpanExporter(const OtlpEndpoint& endpoint, const ObservabilitySettings& settings,
               const std::shared_ptr<Logger>& logger, std::shared_ptr<Metrics> metrics)
      : drops_("traces", logger, std::move(metrics)),
        runtime_(runtime_options(logger)),
        factory_(client_settings(), logger),
        sender_(OtlpStub(factory_.create_channel(endpoint.target, channel_options(endpoint))), settings, queue_, drops_,
                logger),
        sending_(runtime_.worker(0), [this] { return sender_.run(); }) {}

  ~SpanExporter() override {
    const bool in_time = flush(kShutdownLimit);
    if (!in_time) drops_.add(queue_.left());
    drops_.write_now(in_time ? "the collector has not taken them" : "the program has ended before they were sent");
  }

  void take(std::unique_ptr<SpanRecord> span) noexcept override {
    if (!queue_.push(std::move(span))) drops_.add(1);
  }

  bool flush(Duration limit) override { return queue_.hurry(limit); }

 private:
  static ChannelOptions channel_options(const OtlpEndpoint& endpoint) {
    ChannelOptions options;
    options.secure = endpoint.secure;
    return options;
  }

  SpanQueue queue_;
  DropReport drops_;
  Runtime runtime_;
  GrpcClientFactory factory_;
  SpanSender sender_;
  BackgroundTask sending_;
};

}  // namespace

Result<OtlpEndpoint> parse_otlp_endpoint(std::string_view url) {
  const auto scheme = url.substr(0, url.find("://"));
  if (scheme != "http" && scheme != "https") {
    return std::unexpected(invalid_argument("an OTLP endpoint is http://host:port or https://host:port"));
  }
  auto place = url.substr(scheme.size() + 3);
  place = place.substr(0, place.find_first_of("/?#"));
  const auto colon = place.rfind(':');
  const bool is_bare_ipv6 = colon != place.find(':') && !place.starts_with('[');
  if (place.empty() || is_bare_ipv6 || place.find('@') != std::string_view::npos) {
    return std::unexpected(invalid_argument("an OTLP endpoint names a host, or an address such as [::1], and no user"));
  }
  const bool has_port = colon != std::string_view::npos && place.find(']', colon) == std::string_view::npos;
  return OtlpEndpoint{fmt::format("dns:///{}{}", place, has_port ? "" : ":4317"), scheme == "https"};
}

std::unique_ptr<SpanSink> make_span_exporter(const ObservabilitySettings& settings,
                                             const std::shared_ptr<Logger>& logger, std::shared_ptr<Metrics> metrics) {
  if (settings.otlp_endpoint.empty() || !settings.export_traces) return nullptr;
  auto status = Status();
  try {
    const auto endpoint = parse_otlp_endpoint(settings.otlp_endpoint);
    if (endpoint) return std::make_unique<SpanExporter>(*endpoint, settings, logger, std::move(metrics));
    status = endpoint.error();
  } catch (const StatusError& error) {
    status = error.status();
  }
  logger->error("otlp_export_off", {{"error", status.to_string()}});
  return nullptr;
}

}  // namespace plinth::telemetry
