#include "telemetry/sampler.h"

#include <gtest/gtest.h>

#include "telemetry/span_ids.h"

namespace plinth::telemetry {
namespace {

using enum TraceSampler;
using TraceId = std::array<std::uint8_t, 16>;

TraceId trace_id_that_ends_in(std::uint64_t end) {
  TraceId id{};
  for (int i = 0; i < 8; ++i) id[15 - i] = static_cast<std::uint8_t>(end >> 8 * i);
  return id;
}

bool samples(TraceSampler kind, const SpanContext* parent, double ratio = 1) {
  return Sampler(kind, ratio).samples(parent, trace_id_that_ends_in(1));
}

TEST(Sampler, DecidesByKindAndParent) {
  SpanContext sampled, dropped;
  sampled.sampled = true;
  struct Case {
    TraceSampler kind;
    bool root, of_sampled, of_dropped;
  };
  for (const auto& [kind, root, of_sampled, of_dropped] :
       {Case{kAlwaysOn, true, true, true}, Case{kAlwaysOff, false, false, false}, Case{kRatio, true, true, true},
        Case{kParentOrAlwaysOn, true, true, false}, Case{kParentOrAlwaysOff, false, true, false},
        Case{kParentOrRatio, true, true, false}}) {
    EXPECT_EQ(samples(kind, nullptr), root) << static_cast<int>(kind);
    EXPECT_EQ(samples(kind, &sampled), of_sampled) << static_cast<int>(kind);
    EXPECT_EQ(samples(kind, &dropped), of_dropped) << static_cast<int>(kind);
  }
  EXPECT_FALSE(samples(kRatio, &sampled, 0));
  EXPECT_TRUE(samples(kParentOrRatio, &sampled, 0));
}

TEST(Sampler, ByRatioReadsTheEndOfTheTraceIdAsOtherLanguagesDo) {
  const Sampler half(kRatio, 0.5);
  EXPECT_TRUE(half.samples(nullptr, trace_id_that_ends_in(0x7FFFFFFFFFFFFFFF)));
  EXPECT_FALSE(half.samples(nullptr, trace_id_that_ends_in(0x8000000000000000)));
  EXPECT_TRUE(Sampler(kRatio, 1).samples(nullptr, trace_id_that_ends_in(0xFFFFFFFFFFFFFFFF)));
  EXPECT_FALSE(Sampler(kRatio, 0).samples(nullptr, trace_id_that_ends_in(0)));
}

TEST(Sampler, ByRatioTakesAboutThatPartOfNewTraces) {
  const Sampler sampler(kParentOrRatio, 0.1);
  int taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    SpanContext context;
    set_new_trace_id(context);
    taken += sampler.samples(nullptr, context.trace_id);
  }
  EXPECT_NEAR(taken, 10'000, 1000) << "ten standard deviations";
}

}  // namespace
}  // namespace plinth::telemetry
