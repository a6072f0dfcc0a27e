#include "telemetry/drop_report.h"

#include <chrono>

namespace plinth::telemetry {

namespace {

Counter* make_counter(Metrics* metrics, const std::string& signal) {
  if (!metrics) return nullptr;
  return &metrics->counter("plinth_telemetry_dropped_total", "Spans and lines of log that could not be kept or sent.",
                           {{"signal", signal}});
}

}  // namespace

DropReport::DropReport(std::string signal, std::shared_ptr<Logger> logger, std::shared_ptr<Metrics> metrics)
    : signal_(std::move(signal)),
      logger_(std::move(logger)),
      metrics_(std::move(metrics)),
      counter_(make_counter(metrics_.get(), signal_)) {}

void DropReport::add(std::size_t count) noexcept {
  unsaid_ += count;
  if (counter_) counter_->add(static_cast<double>(count));
}

void DropReport::write(TimePoint now, std::string_view why) {
  if (now < next_line_ || unsaid_ == 0) return;
  next_line_ = now + std::chrono::minutes(1);
  write_now(why);
}

void DropReport::write_now(std::string_view why) {
  const auto count = unsaid_.exchange(0);
  if (count > 0) logger_->warning("telemetry_dropped", {{"signal", signal_}, {"count", count}, {"error", why}});
}

}  // namespace plinth::telemetry
