#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/span_tracer.h"

namespace plinth::test {

using KeptSpan = std::unique_ptr<telemetry::SpanRecord>;

/// The spans that have ended.
struct KeptSpans {
  std::vector<KeptSpan> take() {
    std::lock_guard lock(mutex);
    return std::exchange(spans, {});
  }

  std::mutex mutex;
  std::vector<KeptSpan> spans;
};

/// A tracer whose spans stay here.
inline std::shared_ptr<Tracer> make_keeping_tracer(std::shared_ptr<KeptSpans> kept,
                                                   TraceSampler sampler = TraceSampler::kParentOrAlwaysOn) {
  class Sink final : public telemetry::SpanSink {
   public:
    explicit Sink(std::shared_ptr<KeptSpans> kept) : kept_(std::move(kept)) {}
    void take(KeptSpan span) noexcept override {
      std::lock_guard lock(kept_->mutex);
      kept_->spans.push_back(std::move(span));
    }
    bool flush(Duration) override { return true; }

   private:
    std::shared_ptr<KeptSpans> kept_;
  };
  return std::make_shared<telemetry::SpanTracer>(telemetry::Sampler(sampler, 1),
                                                 std::make_unique<Sink>(std::move(kept)));
}

/// As a text; empty without that attribute.
inline std::string attribute_of(const std::vector<telemetry::OwnedAttribute>& attributes, std::string_view key) {
  for (const auto& attribute : attributes) {
    if (attribute.key != key) continue;
    if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&attribute.value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&attribute.value)) return *flag ? "true" : "false";
    return std::to_string(std::get<double>(attribute.value));
  }
  return "";
}
inline std::string attribute_of(const telemetry::SpanRecord& span, std::string_view key) {
  return attribute_of(span.attributes, key);
}

}  // namespace plinth::test
