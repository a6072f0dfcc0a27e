#include "telemetry/trace_context.h"

#include <gmock/gmock.h>

#include <string>

namespace plinth::telemetry {
namespace {

using ::testing::IsEmpty;

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string with(std::size_t place, std::string_view text) {
  return std::string(kParent).replace(place, text.size(), text);
}

TEST(TraceParent, SaysTraceSpanAndWhetherItIsSampled) {
  const auto context = parse_traceparent(kParent);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->span_id_hex(), "00f067aa0ba902b7");
  EXPECT_TRUE(context->sampled);
  EXPECT_FALSE(parse_traceparent(with(53, "00"))->sampled);
}

TEST(TraceParent, IsWrittenAsItIsRead) {
  EXPECT_EQ(TraceParentText(*parse_traceparent(kParent)).view(), kParent);
  EXPECT_EQ(TraceParentText(*parse_traceparent(with(53, "00"))).view(), with(53, "00"));
}

TEST(TraceParent, MayHaveFlagsThatWeDoNotKnow) {
  EXPECT_TRUE(parse_traceparent(with(53, "ff"))->sampled);
  EXPECT_FALSE(parse_traceparent(with(53, "fe"))->sampled);
}

TEST(TraceParent, OfLaterVersionsMayBeLonger) {
  EXPECT_TRUE(parse_traceparent(with(0, "01")));
  EXPECT_TRUE(parse_traceparent(with(0, "cc") + "-what-the-future-will-be-like"));
  EXPECT_FALSE(parse_traceparent(with(0, "cc") + ".what-the-future-will-not-be-like"));
  EXPECT_FALSE(parse_traceparent(std::string(kParent) + "-what-the-future-will-be-like"));
}

TEST(TraceParent, IsNoneWhenItIsMalformed) {
  for (const auto& text : {std::string(),
                           std::string("00"),
                           std::string(kParent.substr(0, 54)),
                           std::string(kParent) + "0",
                           with(0, "ff"),
                           with(0, "0g"),
                           with(0, "A0"),
                           with(2, "_"),
                           with(3, "4BF9"),
                           with(3, "x"),
                           with(35, "0"),
                           with(36, "00F0"),
                           with(52, " "),
                           with(53, "0x"),
                           with(3, "00000000000000000000000000000000"),
                           with(36, "0000000000000000"),
                           std::string(55, '-'),
                           std::string(55, '0'),
                           std::string(100'000, '0'),
                           std::string("00-") + std::string(32, '\0') + "-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text.substr(0, 80);
  }
}

TEST(TraceStateHeader, IsHandedOnAsItIs) {
  for (const auto* text : {"rojo=00f067aa0ba902b7", "rojo=1,congo=t61rcWkgMzE", "fw529a3039@dt=FfF2",
                           "a=~ !\"#$%&'()*+-./:;<>", "0-_*/a=1"}) {
    EXPECT_EQ(checked_tracestate(text), text);
  }
}

TEST(TraceStateHeader, LosesEmptyMembersAndSpacesAround) {
  EXPECT_EQ(checked_tracestate(" a=1 ,, \t,b=2,"), "a=1,b=2");
}

TEST(TraceStateHeader, IsNoneWhenItIsMalformed) {
  for (const auto& text :
       {std::string("a"), std::string("=1"), std::string("a="), std::string("A=1"), std::string("a b=1"),
        std::string("a=1=2"), std::string("a=1,b"), std::string("a=1,a=2"), std::string("@v=1"), std::string("a@=1"),
        std::string("a@b@c=1"), std::string("a=\x80"), std::string("a=\n"), std::string(257, 'a') + "=1",
        std::string(242, 'a') + "@b=1", "a@" + std::string(15, 'b') + "=1", "a=" + std::string(257, 'v')}) {
    EXPECT_THAT(checked_tracestate(text), IsEmpty()) << text;
  }
}

std::string members(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i ? ",m" : "m") + std::to_string(i) + "=1";
  return text;
}

TEST(TraceStateHeader, HasAtMost32Members) {
  EXPECT_EQ(checked_tracestate(members(32)), members(32));
  EXPECT_THAT(checked_tracestate(members(33)), IsEmpty());
}

TEST(TraceStateHeader, IsShortenedTo512CharactersByItsLongMembersFirst) {
  const auto long_member = "long=" + std::string(200, 'v');
  const auto short_members =
      "a=" + std::string(120, 'v') + ",b=" + std::string(120, 'v') + ",c=" + std::string(120, 'v');
  EXPECT_EQ(checked_tracestate(long_member + "," + short_members), short_members);
  const auto more = short_members + ",d=" + std::string(120, 'v');
  EXPECT_EQ(checked_tracestate(more), more) << more.size();
  EXPECT_EQ(checked_tracestate(more + ",e=" + std::string(120, 'v')), more) << "then the last";
}

TEST(RemoteTraceOfARequest, HasAllThreeHeaders) {
  const Metadata metadata = {{"traceparent", kParent}, {"tracestate", "a=1"}, {"baggage", "user=alice"}};
  const auto trace = read_remote_trace(metadata);
  ASSERT_TRUE(trace.parent);
  EXPECT_EQ(trace.parent->span_id_hex(), "00f067aa0ba902b7");
  EXPECT_EQ(trace.trace_state, "a=1");
  EXPECT_EQ(trace.baggage.get("user"), "alice");
}

TEST(RemoteTraceOfARequest, HasListsFromSeveralHeaders) {
  const Metadata metadata = {
      {"tracestate", "a=1"}, {"baggage", "x=1"}, {"traceparent", kParent}, {"tracestate", "b=2"}, {"baggage", "y=2"}};
  const auto trace = read_remote_trace(metadata);
  EXPECT_EQ(trace.trace_state, "a=1,b=2");
  EXPECT_EQ(trace.baggage.to_header(), "x=1,y=2");
}

TEST(RemoteTraceOfARequest, HasNoParentWhenThereAreTwo) {
  const auto trace = read_remote_trace({{"traceparent", kParent}, {"traceparent", kParent}, {"tracestate", "a=1"}});
  EXPECT_FALSE(trace.parent);
  EXPECT_THAT(trace.trace_state, IsEmpty());
}

TEST(RemoteTraceOfARequest, HasNoStateWithoutAParent) {
  const auto trace = read_remote_trace({{"traceparent", "00-0-0-0"}, {"tracestate", "a=1"}});
  EXPECT_FALSE(trace.parent);
  EXPECT_THAT(trace.trace_state, IsEmpty());
}

TEST(RemoteTraceOfARequest, IsBoundedHoweverManyHeadersThereAre) {
  Metadata metadata = {{"traceparent", kParent}};
  for (int i = 0; i < 2000; ++i) metadata.add("tracestate", std::to_string(i) + "=" + std::string(100, 'v'));
  for (int i = 0; i < 2000; ++i) metadata.add("baggage", std::to_string(i) + "=" + std::string(100, 'v'));
  const auto trace = read_remote_trace(metadata);
  EXPECT_TRUE(trace.parent);
  EXPECT_LE(trace.trace_state.size(), 512u);
  EXPECT_LE(trace.baggage.to_header().size(), 8192u);
}

}  // namespace
}  // namespace plinth::telemetry
