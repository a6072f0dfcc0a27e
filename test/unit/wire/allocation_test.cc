// What the path of a call costs in memory: a reused call allocates nothing but the block of its message.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <string>

#include "wire/compression.h"
#include "wire/framing.h"
#include "wire/request_fields.h"
#include "wire/request_head.h"
#include "wire/response_fields.h"
#include "wire/response_head.h"

namespace {
std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> largest = 0;
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  void* block = std::malloc(size);
  if (!block) throw std::bad_alloc();
  ++allocations;
  if (size > largest) largest = size;
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace plinth::wire {
namespace {

template <class Work>
std::size_t count_allocations(Work work) {
  const auto before = allocations.load();
  work();
  return allocations.load() - before;
}

TEST(Allocation, IsCounted) {
  EXPECT_EQ(count_allocations([] { const std::string text(1000, 'x'); }), 1u);
}

TEST(Allocation, AMessageFedWholeCostsOneBlock) {
  std::string bytes(kPrefixSize + 50, 'm');
  write_prefix(reinterpret_cast<std::byte*>(bytes.data()), false, 50);
  FrameDecoder decoder(1000);
  const auto count = count_allocations([&] {
    const bool ok = decoder.feed(base::as_bytes(bytes)).ok();
    const auto frame = decoder.next();
    ASSERT_TRUE(ok && frame);
    ASSERT_EQ(frame->message.size(), 50u);
  });
  EXPECT_LE(count, 1u);
}

TEST(Allocation, AnEmptyMessageCostsNone) {
  const std::string bytes(kPrefixSize, '\0');
  FrameDecoder decoder(1000);
  EXPECT_EQ(count_allocations([&] {
              ASSERT_TRUE(decoder.feed(base::as_bytes(bytes)).ok());
              ASSERT_TRUE(decoder.next().has_value());
            }),
            0u);
}

TEST(Allocation, AnUnfinishedMessageReservesInProportion) {
  std::string bytes(kPrefixSize + 1, 'm');
  write_prefix(reinterpret_cast<std::byte*>(bytes.data()), false, 4'000'000);
  FrameDecoder decoder(4'000'000);
  ASSERT_TRUE(decoder.feed(base::as_bytes(bytes)).ok());
  const std::string more(1000, 'm');
  const auto count = count_allocations([&] {
    for (int i = 0; i < 3999; ++i) ASSERT_TRUE(decoder.feed(base::as_bytes(more)).ok());
  });
  EXPECT_GE(count, 4u) << "the whole must not be reserved for the first byte";
  EXPECT_LE(count, 12u) << "nor may each part be copied again";
}

TEST(Allocation, AResetDecoderKeepsItsQueue) {
  const std::string bytes(10 * kPrefixSize, '\0');
  FrameDecoder decoder(1000);
  ASSERT_TRUE(decoder.feed(base::as_bytes(bytes)).ok());
  EXPECT_EQ(count_allocations([&] {
              decoder.reset(1000);
              ASSERT_TRUE(decoder.feed(base::as_bytes(bytes)).ok());
            }),
            0u);
}

TEST(Allocation, DecompressionReservesNoMoreThanTheLimit) {
  constexpr std::size_t kLimit = 100'000;
  std::string packed(compress(Encoding::kGzip, base::as_bytes(std::string(10'000'000, 'x'))).text());
  largest = 0;
  EXPECT_FALSE(decompress(Encoding::kGzip, base::as_bytes(packed), kLimit).has_value());
  packed.resize(100);
  packed.replace(96, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(decompress(Encoding::kGzip, base::as_bytes(packed), kLimit).has_value());
  EXPECT_LE(largest.load(), 2 * kLimit) << "neither the content nor the size that it claims may go beyond the limit, "
                                           "which the pool rounds up";
}

TEST(Allocation, DecompressionDoesNotReserveWhatAFewBytesClaim) {
  std::string packed(compress(Encoding::kGzip, base::as_bytes("small")).text());
  packed.replace(packed.size() - 4, 4, "\xff\xff\xff\x0f");
  largest = 0;
  EXPECT_FALSE(decompress(Encoding::kGzip, base::as_bytes(packed), 300'000'000).has_value());
  EXPECT_LE(largest.load(), 10'000u);
}

void read_request(RequestHead& head) {
  head.reset();
  head.on_field(":method", "POST");
  head.on_field(":scheme", "http");
  head.on_field(":path", "/myservice.MyService/GetResource");
  head.on_field(":authority", "a-host-with-a-long-name.example.org:50051");
  head.on_field("te", "trailers");
  head.on_field("content-type", "application/grpc");
  head.on_field("user-agent", "grpc-c++/1.51.1 grpc-c/29.0.0 (linux; chttp2)");
  head.on_field("grpc-accept-encoding", "identity, deflate, gzip");
  head.on_field("grpc-encoding", "gzip");
  head.on_field("grpc-timeout", "29999124u");
}

TEST(Allocation, AReusedRequestHeadCostsNone) {
  RequestHead head;
  read_request(head);
  EXPECT_EQ(count_allocations([&] {
              read_request(head);
              ASSERT_FALSE(head.check().has_value());
            }),
            0u);
}

TEST(Allocation, AnOkResponseCostsNone) {
  const Metadata initial{{"x-correlation-id", "0123456789abcdef0123456789abcdef"}};
  const Metadata trailing;
  base::FieldList fields;
  fields.reserve(16);
  FieldTexts texts;
  EXPECT_EQ(count_allocations([&] {
              append_response_head(Encoding::kGzip, initial, fields, texts, true);
              append_trailers(Status(), trailing, fields, texts);
            }),
            0u);
  EXPECT_EQ(fields.size(), 6u);
}

TEST(Allocation, AnErrorWithAPlainMessageCostsNone) {
  const Status status = not_found("Resource 7 not found, whatever was tried to find it");
  base::FieldList fields;
  fields.reserve(16);
  FieldTexts texts;
  EXPECT_EQ(count_allocations([&] { append_trailers_only(status, {}, fields, texts); }), 0u);
}

TEST(Allocation, ARequestCostsNone) {
  const Metadata metadata{{"x-correlation-id", "0123456789abcdef0123456789abcdef"}, {"authorization", "Bearer token"}};
  RequestOptions options{.path = "/myservice.MyService/GetResource",
                         .authority = "a-host-with-a-long-name.example.org"};
  options.timeout = std::chrono::microseconds(29'999'124);
  options.encoding = Encoding::kGzip;
  base::FieldList fields;
  fields.reserve(16);
  FieldTexts texts;
  EXPECT_EQ(count_allocations([&] { append_request_head(options, metadata, fields, texts); }), 0u);
  EXPECT_EQ(fields.size(), 12u);
}

void read_response(ResponseFields& response) {
  response.reset();
  response.on_field(":status", "200");
  response.on_field("content-type", "application/grpc");
  response.on_field("grpc-encoding", "gzip");
  response.on_field("grpc-accept-encoding", "identity, deflate, gzip");
  response.on_field("x-correlation-id", "0123456789abcdef0123456789abcdef");
  response.on_field("data-bin", "AAH/");
  response.on_fields_end(false);
  response.on_field("grpc-status", "0");
  response.on_field("grpc-message", "said although everything went as it should");
  response.on_field("x-cost", "a value that is longer than a short string");
  response.on_fields_end(true);
}

TEST(Allocation, AReusedResponseCostsNone) {
  Metadata initial, trailing;
  ResponseFields response(initial, trailing);
  read_response(response);
  EXPECT_EQ(count_allocations([&] {
              read_response(response);
              ASSERT_TRUE(response.check().ok() && response.status().ok());
            }),
            0u);
}

void read_trailers_only(ResponseFields& response) {
  response.reset();
  response.on_field(":status", "200");
  response.on_field("content-type", "application/grpc");
  response.on_field("grpc-status", "0");
  response.on_field("x-cost", "a value that is longer than a short string");
  response.on_fields_end(true);
}

TEST(Allocation, ReusedTrailersOnlyCostNone) {
  Metadata initial, trailing;
  ResponseFields response(initial, trailing);
  for (int i = 0; i < 2; ++i) read_trailers_only(response);
  EXPECT_EQ(count_allocations([&] { read_trailers_only(response); }), 0u);
  EXPECT_TRUE(response.status().ok());
}

}  // namespace
}  // namespace plinth::wire
