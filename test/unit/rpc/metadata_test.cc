#include "plinth/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <stdexcept>
#include <string>

namespace plinth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Pair = Metadata::Pair;

static_assert(std::ranges::input_range<Metadata>);

TEST(Metadata, StartsEmpty) {
  const Metadata metadata;
  EXPECT_TRUE(metadata.empty());
  EXPECT_EQ(metadata.size(), 0u);
  EXPECT_EQ(metadata.begin(), metadata.end());
  EXPECT_FALSE(metadata.contains("x"));
  EXPECT_EQ(metadata.wire_size(), 0u);
}

TEST(Metadata, KeepsOrderAndRepeatedKeys) {
  const Metadata metadata{{"b", "1"}, {"a", "2"}, {"b", "3"}};
  EXPECT_THAT(metadata, ElementsAre(Pair{"b", "1"}, Pair{"a", "2"}, Pair{"b", "3"}));
  EXPECT_EQ(metadata.get("b"), "1");
  EXPECT_THAT(metadata.get_all("b"), ElementsAre("1", "3"));
  EXPECT_THAT(metadata.get_all("none"), ElementsAre());
  EXPECT_EQ(metadata.get("none"), std::nullopt);
}

TEST(Metadata, KeysAreNotFoundByAPart) {
  const Metadata metadata{{"key", "value"}};
  EXPECT_FALSE(metadata.contains("ke"));
  EXPECT_FALSE(metadata.contains("keyv"));
}

TEST(Metadata, TakesEveryCharacterThatAKeyMayHave) {
  Metadata metadata;
  metadata.add("abcdefghijklmnopqrstuvwxyz0123456789_-.", "v");
  EXPECT_EQ(metadata.size(), 1u);
}

TEST(Metadata, RefusesKeysThatCannotTravel) {
  for (const char* key : {"", "Key", "a b", "a:b", ":path", "key\n", "k\xc3\xa9y"}) {
    Metadata metadata;
    EXPECT_THROW(metadata.add(key, "v"), std::invalid_argument) << "key '" << key << "'";
    EXPECT_TRUE(metadata.empty()) << "a refused pair must leave nothing";
  }
}

TEST(Metadata, RefusesReservedKeys) {
  Metadata metadata;
  EXPECT_THROW(metadata.add("grpc-timeout", "1S"), std::invalid_argument);
  EXPECT_THROW(metadata.set("grpc-status", "0"), std::invalid_argument);
  EXPECT_NO_THROW(metadata.add("grpcx", "1"));
}

TEST(Metadata, TextValuesArePrintableAscii) {
  Metadata metadata;
  EXPECT_NO_THROW(metadata.add("k", " ~!"));
  for (const char* value : {"a\nb", "\t", "\x7f", "caf\xc3\xa9"}) {
    EXPECT_THROW(metadata.add("k", value), std::invalid_argument) << "value '" << value << "'";
  }
}

TEST(Metadata, ARefusalSaysWhatToDo) {
  Metadata metadata;
  try {
    metadata.add("name", "caf\xc3\xa9");
    FAIL() << "expected an exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("end the key in '-bin'"));
  }
}

TEST(Metadata, BinaryKeysTakeAnyBytes) {
  const std::string bytes("\0\n\xff", 3);
  Metadata metadata;
  metadata.add("data-bin", bytes);
  EXPECT_EQ(metadata.get("data-bin"), bytes);
  EXPECT_TRUE(Metadata::is_binary_key("data-bin"));
  EXPECT_FALSE(Metadata::is_binary_key("data-bins"));
}

TEST(Metadata, SetReplacesEveryPairOfTheKey) {
  Metadata metadata{{"a", "1"}, {"b", "2"}, {"a", "3"}};
  metadata.set("a", "new");
  EXPECT_THAT(metadata, ElementsAre(Pair{"b", "2"}, Pair{"a", "new"}));
}

TEST(Metadata, ARefusedSetChangesNothing) {
  Metadata metadata{{"a", "1"}};
  EXPECT_THROW(metadata.set("a", "\n"), std::invalid_argument);
  EXPECT_EQ(metadata.get("a"), "1");
}

TEST(Metadata, RemoveSaysHowMany) {
  Metadata metadata{{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(metadata.remove("a"), 2u);
  EXPECT_EQ(metadata.remove("a"), 0u);
  EXPECT_THAT(metadata, ElementsAre(Pair{"b", "2"}));
}

TEST(Metadata, ItsOwnViewsMayBeAddedAgain) {
  const std::string key(40, 'k'), value(10, 'v');
  Metadata metadata{{key, value}};
  for (int i = 0; i < 20; ++i) {
    const auto pair = *std::next(metadata.begin(), i);
    metadata.add(pair.key, pair.value);
  }
  metadata.set("b", *metadata.get(key));
  EXPECT_EQ(metadata.get("b"), value);
  EXPECT_EQ(metadata.get_all(key), std::vector<std::string_view>(21, value));
}

TEST(Metadata, ClearKeepsTheMemory) {
  Metadata metadata{{"a-key", "a value that is too long to be stored inside of a string"}};
  const auto* buffer = metadata.get("a-key")->data();
  metadata.clear();
  EXPECT_TRUE(metadata.empty());
  metadata.add("b-key", "another");
  EXPECT_EQ(metadata.get("b-key")->data(), buffer);
}

TEST(Metadata, CopiesAreIndependent) {
  Metadata first{{"a", "1"}};
  Metadata second = first;
  second.add("b", "2");
  EXPECT_EQ(first.size(), 1u);
  EXPECT_EQ(second.get("a"), "1");
}

TEST(Metadata, WireSizeIsWhatHttp2Counts) {
  Metadata metadata{{"key", "value"}};
  EXPECT_EQ(metadata.wire_size(), 3u + 5u + 32u);
  metadata.add("k-bin", "1234");  // six characters of base64
  EXPECT_EQ(metadata.wire_size(), 40u + 5u + 6u + 32u);
}

TEST(Metadata, UncheckedPairsAreKeptAsTheyAre) {
  Metadata metadata;
  metadata.add_unchecked("grpc-trace-bin", "\xff");
  metadata.add_unchecked("name", "caf\xe9");
  EXPECT_EQ(metadata.get("name"), "caf\xe9");
  EXPECT_EQ(metadata.get("grpc-trace-bin"), "\xff");
}

}  // namespace
}  // namespace plinth
