// Who a peer is, and how many of them are remembered.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "interceptors/peer_buckets.h"
#include "interceptors/peer_key.h"

namespace plinth::interceptors {
namespace {

using namespace std::chrono_literals;

const TimePoint kBegin{1h};

std::string key_of(std::string address, std::string subject = "") {
  PeerKeySpace space;
  return std::string(peer_key({.address = std::move(address), .tls_subject = std::move(subject)}, space));
}

TEST(PeerKey, IsTheAddressWithoutThePort) {
  EXPECT_EQ(key_of("ipv4:10.0.0.1:50051"), "ipv4:10.0.0.1");
  EXPECT_EQ(key_of("ipv4:10.0.0.1:1"), key_of("ipv4:10.0.0.1:65535"));
  EXPECT_NE(key_of("ipv4:10.0.0.1:1"), key_of("ipv4:10.0.0.2:1"));
}

TEST(PeerKey, IsTheSubjectOfACertificateIfThereIsOne) {
  EXPECT_EQ(key_of("ipv4:10.0.0.1:50051", "CN=alice,O=Example"), "CN=alice,O=Example");
}

TEST(PeerKey, IsTheNetworkOfAnIpv6Address) {
  EXPECT_EQ(key_of("ipv6:[2001:db8:1:2::1]:1"), key_of("ipv6:[2001:db8:1:2:ffff::9]:2"));
  EXPECT_NE(key_of("ipv6:[2001:db8:1:2::1]:1"), key_of("ipv6:[2001:db8:1:3::1]:1"));
  EXPECT_EQ(key_of("ipv6:[fe80::1%eth0]:1"), key_of("ipv6:[fe80::2%eth0]:1"));
}

TEST(PeerKey, IsThatOfIpv4ForAnIpv4AddressInIpv6) {
  EXPECT_EQ(key_of("ipv6:[::ffff:10.0.0.1]:50051"), "ipv4:10.0.0.1");
  EXPECT_NE(key_of("ipv6:[::ffff:10.0.0.1]:1"), key_of("ipv6:[::ffff:10.0.0.2]:1"));
}

TEST(PeerKey, IsTheWholeOfAnyOtherAddress) {
  EXPECT_EQ(key_of("unix:/run/service.sock"), "unix:/run/service.sock");
  EXPECT_EQ(key_of("inproc:test"), "inproc:test");
  EXPECT_EQ(key_of("ipv6:[no address]:1"), "ipv6:[no address]:1");
  EXPECT_EQ(key_of("ipv6:[" + std::string(100, '1') + "]:1").size(), 109u);
  EXPECT_EQ(key_of(""), "");
}

TEST(PeerKey, HasABound) {
  EXPECT_EQ(key_of("unix:" + std::string(10'000, 'x')).size(), kLongestPeerKey);
  EXPECT_EQ(key_of("", std::string(1'000'000, 'x')).size(), kLongestPeerKey);
}

class PeerBucketsTest : public ::testing::Test {
 protected:
  static constexpr Rate kOnce{.per_second = 1, .burst = 1};
};

TEST_F(PeerBucketsTest, CountEachPeerByItself) {
  PeerBuckets peers(kOnce, 10);
  EXPECT_EQ(peers.take("a", kBegin), 0s);
  EXPECT_EQ(peers.take("b", kBegin), 0s);
  EXPECT_EQ(peers.take("a", kBegin), 1s);
  EXPECT_EQ(peers.take("b", kBegin + 400ms), 600ms);
}

TEST_F(PeerBucketsTest, TakeBackWhatWasNotUsed) {
  PeerBuckets peers(kOnce, 10);
  peers.take("a", kBegin);
  peers.give_back("a");
  peers.give_back("somebody who has been forgotten");
  EXPECT_EQ(peers.take("a", kBegin), 0s);
}

TEST_F(PeerBucketsTest, RememberOnlySoMany) {
  PeerBuckets peers(kOnce, 10'000);
  for (int i = 0; i < 100'000; ++i) peers.take(fmt::format("peer {}", i), kBegin);
  EXPECT_LE(peers.size(), 10'000u);
  EXPECT_GT(peers.size(), 9'000u);
}

TEST_F(PeerBucketsTest, ForgetTheOneThatHasBeenQuietForLongest) {
  PeerBuckets peers(kOnce, 2);
  peers.take("a", kBegin);
  peers.take("b", kBegin);
  peers.take("a", kBegin);
  peers.take("c", kBegin);
  EXPECT_EQ(peers.size(), 2u);
  EXPECT_EQ(peers.take("a", kBegin), 1s) << "it asked after b did";
  EXPECT_EQ(peers.take("b", kBegin), 0s) << "it has been forgotten";
}

TEST_F(PeerBucketsTest, LetThoseGoWhoseBucketIsFullAgain) {
  PeerBuckets peers(kOnce, 1000);
  for (int i = 0; i < 500; ++i) peers.take(fmt::format("peer {}", i), kBegin);
  EXPECT_EQ(peers.size(), 500u);
  for (int i = 0; i < 300; ++i) peers.take(fmt::format("later peer {}", i), kBegin + 1s);
  EXPECT_EQ(peers.size(), 300u);
}

}  // namespace
}  // namespace plinth::interceptors
