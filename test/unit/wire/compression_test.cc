#include "wire/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace plinth::wire {
namespace {

using testing::HasSubstr;

constexpr std::size_t kLimit = 4 * 1024 * 1024;

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

base::Bytes gzip(std::string_view text) { return compress(Encoding::kGzip, base::as_bytes(text)); }

Result<base::Bytes> gunzip(std::string_view text, std::size_t limit = kLimit) {
  return decompress(Encoding::kGzip, base::as_bytes(text), limit);
}

// "plinth" as Python's gzip module packs it.
constexpr std::string_view kForeign(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xc8\xc9\xcc\x2b\xc9\x00\x00\x15\x3d\x7f\xea\x06\x00\x00\x00", 26);

TEST(Encoding, HasItsNameOnTheWire) {
  EXPECT_EQ(to_string(Encoding::kIdentity), "identity");
  EXPECT_EQ(to_string(Encoding::kGzip), "gzip");
  EXPECT_EQ(parse_encoding("identity"), Encoding::kIdentity);
  EXPECT_EQ(parse_encoding("gzip"), Encoding::kGzip);
  for (const char* name : {"", "deflate", "GZIP", "gzip ", "identity,gzip"}) {
    EXPECT_EQ(parse_encoding(name), std::nullopt) << "'" << name << "'";
  }
}

TEST(Encoding, TheListOfAcceptedOnesHasAll) {
  EXPECT_TRUE(accepts(kAcceptedEncodings, Encoding::kGzip));
  EXPECT_EQ(kAcceptedEncodings, "identity,gzip");
}

TEST(Accepts, FindsANameInAList) {
  for (const char* list : {"gzip", "identity,gzip", "identity, deflate, gzip", " gzip ", "gzip,br", ",gzip"}) {
    EXPECT_TRUE(accepts(list, Encoding::kGzip)) << "'" << list << "'";
  }
  for (const char* list : {"", "identity", "xgzip", "gzipx", "gzip;q=1", "g zip", ","}) {
    EXPECT_FALSE(accepts(list, Encoding::kGzip)) << "'" << list << "'";
  }
}

TEST(Accepts, IdentityAlways) { EXPECT_TRUE(accepts("", Encoding::kIdentity)); }

TEST(Compress, IdentityIsTheMessageItself) {
  EXPECT_EQ(compress(Encoding::kIdentity, base::as_bytes("as it is")).text(), "as it is");
}

TEST(Compress, MakesGzip) {
  const auto packed = gzip("some text");
  ASSERT_GE(packed.size(), 18u);
  EXPECT_EQ(packed.text().substr(0, 3), "\x1f\x8b\x08");
}

TEST(Compress, MakesRepetitionSmall) {
  const std::string text(1'000'000, 'x');
  EXPECT_LT(gzip(text).size(), 2'000u);
}

TEST(Gzip, MessagesOfAnySizeComeBack) {
  for (const std::size_t size : {0, 1, 100, 1023, 1024, 1025, 70'000, 1'000'000}) {
    for (const auto& text : {std::string(size, 'r'), noise(size)}) {
      const auto back = gunzip(gzip(text).text());
      ASSERT_TRUE(back.has_value()) << size << " bytes: " << back.error().message();
      ASSERT_EQ(back->text(), text) << size << " bytes";
    }
  }
}

TEST(Decompress, ReadsWhatOthersWrite) {
  const auto back = gunzip(kForeign);
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(back->text(), "plinth");
}

TEST(Decompress, AllowsExactlyTheLimit) {
  const std::string text(5000, 'x');
  const auto packed = gzip(text);
  EXPECT_TRUE(gunzip(packed.text(), 5000).has_value());
  const auto refused = gunzip(packed.text(), 4999);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message(), HasSubstr("4999 bytes"));
}

TEST(Decompress, ALimitOfNothingAllowsTheEmptyMessage) {
  EXPECT_TRUE(gunzip(gzip("").text(), 0).has_value());
  EXPECT_FALSE(gunzip(gzip("x").text(), 0).has_value());
}

TEST(Decompress, NoLimitIsALimitToo) {
  EXPECT_EQ(gunzip(gzip("x").text(), std::numeric_limits<std::size_t>::max())->text(), "x");
}

TEST(Decompress, StopsABombAtTheLimit) {
  const auto bomb = gzip(std::string(64 * 1024 * 1024, '\0'));
  EXPECT_LT(bomb.size(), 100'000u);
  const auto result = gunzip(bomb.text(), 100'000);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), StatusCode::kResourceExhausted);
}

TEST(Decompress, DoesNotTrustTheSizeAtTheEnd) {
  const std::string text = noise(3000);
  for (const char* lie : {"\0\0\0\0", "\xff\xff\xff\xff"}) {
    std::string packed(gzip(text).text());
    packed.replace(packed.size() - 4, 4, lie, 4);
    const auto result = gunzip(packed);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), StatusCode::kInternal);
  }
}

TEST(Decompress, EveryCutIsNoticed) {
  const auto packed = gzip("a text of some length, that some length again");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto result = gunzip(packed.text().substr(0, size));
    ASSERT_FALSE(result.has_value()) << "cut at " << size;
    ASSERT_EQ(result.error().code(), StatusCode::kInternal);
    ASSERT_THAT(result.error().message(), HasSubstr("cut short"));
  }
}

TEST(Decompress, BytesBehindTheEndAreNoticed) {
  const std::string packed = std::string(gzip("text").text());
  for (const auto& more : {std::string("x"), packed}) {
    const auto result = gunzip(packed + more);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), StatusCode::kInternal);
    EXPECT_THAT(result.error().message(), HasSubstr("behind its end"));
  }
}

TEST(Decompress, RefusesWhatIsNotGzip) {
  std::string broken(gzip("a text of some length").text());
  broken[broken.size() - 6] ^= 1;  // the checksum
  for (const auto& text : {std::string("plain text of a message"), std::string("\x78\x9c zlib, not gzip"), broken}) {
    const auto result = gunzip(text);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), StatusCode::kInternal);
    EXPECT_THAT(result.error().message(), HasSubstr("not gzip"));
  }
}

TEST(Decompress, WorksAgainAfterAnError) {
  EXPECT_FALSE(gunzip("nonsense nonsense nonsense").has_value());
  EXPECT_EQ(gunzip(gzip("good").text())->text(), "good");
}

TEST(Decompress, ACompressedMessageNeedsAnEncoding) {
  const auto result = decompress(Encoding::kIdentity, base::as_bytes("x"), kLimit);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), StatusCode::kInternal);
  EXPECT_THAT(result.error().message(), HasSubstr("grpc-encoding"));
}

}  // namespace
}  // namespace plinth::wire
