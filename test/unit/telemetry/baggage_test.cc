#include <gmock/gmock.h>

#include <string>

#include "plinth/tracing.h"

namespace plinth {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Baggage, HasNamesWithValues) {
  const auto baggage = Baggage::parse("user=alice,plan = gold ");
  EXPECT_EQ(baggage.get("user"), "alice");
  EXPECT_EQ(baggage.get("plan"), "gold");
  EXPECT_EQ(baggage.get("User"), std::nullopt);
  EXPECT_EQ(baggage.to_header(), "user=alice,plan=gold");
}

TEST(Baggage, MayHaveAnyBytesInValues) {
  Baggage baggage;
  EXPECT_TRUE(baggage.set("name", "Amélie, \"é\";=\\% \n"));
  EXPECT_EQ(baggage.to_header(), "name=Am%C3%A9lie%2C%20%22%C3%A9%22%3B=%5C%25%20%0A");
  EXPECT_EQ(Baggage::parse(baggage.to_header()).get("name"), "Amélie, \"é\";=\\% \n");
}

TEST(Baggage, HandsPropertiesOn) {
  EXPECT_EQ(Baggage::parse("user=alice ;ttl=30; internal").to_header(), "user=alice;ttl=30; internal");
}

TEST(Baggage, LeavesOutWhatIsNoEntry) {
  const auto baggage = Baggage::parse("user,=1,a b=1,\"q\"=1,good=1,bad=\x01,bad=\"x\",bad=a\\b,,k=v;p=\x7f,last=");
  EXPECT_EQ(baggage.to_header(), "good=1,last=");
}

TEST(Baggage, KeepsTheFirstOfSeveralWithOneKey) { EXPECT_EQ(Baggage::parse("a=1,b=2,a=3").to_header(), "a=1,b=2"); }

TEST(Baggage, HasAtMost64Entries) {
  std::string header;
  for (int i = 0; i < 1000; ++i) header += "k" + std::to_string(i) + "=v,";
  auto baggage = Baggage::parse(header);
  EXPECT_THAT(baggage.entries(), SizeIs(64));
  EXPECT_FALSE(baggage.set("new", "v"));
  EXPECT_TRUE(baggage.set("k0", "changed"));
  EXPECT_EQ(baggage.get("k0"), "changed");
}

TEST(Baggage, HasAtMost8192Bytes) {
  Baggage baggage;
  EXPECT_TRUE(baggage.set("a", std::string(8190, 'v')));
  EXPECT_THAT(baggage.to_header(), SizeIs(8192));
  EXPECT_FALSE(baggage.set("b", ""));
  EXPECT_FALSE(baggage.set("a", std::string(8191, 'v')));
  EXPECT_FALSE(baggage.set("a", std::string(2731, '%'))) << "as it is written, not as it is";
  EXPECT_TRUE(baggage.set("a", "v"));
  EXPECT_TRUE(baggage.set("b", ""));
  EXPECT_EQ(baggage.to_header(), "a=v,b=");
}

TEST(Baggage, TakesNoKeyThatWouldForgeAnEntry) {
  Baggage baggage;
  for (const auto* key : {"", "a=1,b", "a b", "a;b", "a,b", "\"", "a\n", "\xc3\xa9"})
    EXPECT_FALSE(baggage.set(key, "v"));
  EXPECT_THAT(baggage.entries(), IsEmpty());
}

TEST(Baggage, OfTheCurrentCallIsEmptyOutsideOfCalls) { EXPECT_THAT(current_baggage().entries(), IsEmpty()); }

}  // namespace
}  // namespace plinth
