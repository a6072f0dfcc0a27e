#include "net/endpoint.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

namespace plinth::net {
namespace {

std::string rewritten(std::string_view text) {
  const auto endpoint = Endpoint::parse(text);
  return endpoint ? endpoint->to_string() : endpoint.error().to_string();
}

Endpoint parsed(std::string_view text) { return Endpoint::parse(text).value(); }

TEST(Endpoint, IsWrittenAsItIsRead) {
  for (const auto* text : {"ipv4:192.0.2.7:80", "ipv6:[2001:db8::7]:80", "ipv6:[::ffff:192.0.2.7]:80", "ipv4:0.0.0.0:0",
                           "unix:/run/it", "unix:relative/it", "unix-abstract:it"}) {
    EXPECT_EQ(rewritten(text), text);
  }
}

TEST(Endpoint, HasOneFormForEachAddress) {
  EXPECT_EQ(rewritten("ipv4:192.0.2.7"), "ipv4:192.0.2.7:443") << "naming.md: 443 when there is no port";
  EXPECT_EQ(rewritten("ipv6:2001:DB8:0::7"), "ipv6:[2001:db8::7]:443");
  EXPECT_EQ(rewritten("ipv6:[::1]"), "ipv6:[::1]:443");
  EXPECT_EQ(rewritten("unix:///run/it"), "unix:/run/it");
}

TEST(Endpoint, RefusesWhatIsNoAddress) {
  for (const auto* text : {"",
                           "192.0.2.7:80",
                           "dns:host:80",
                           "ipv4:",
                           "ipv4:host:80",
                           "ipv4:[192.0.2.7]:80",
                           "ipv4:192.0.2.7:",
                           "ipv4:1.2.3:80",
                           "ipv4:192.0.2.7:65536",
                           "ipv4:192.0.2.7:-1",
                           "ipv4:192.0.2.7:8x",
                           "ipv4:[::1]:80",
                           "ipv6:[::1]80",
                           "ipv6:[::1]:",
                           "ipv6:::1]:80",
                           "ipv6:[::1",
                           "ipv6:192.0.2.7:80",
                           "unix:",
                           "unix://run/it",
                           "unix://",
                           "unix-abstract:"}) {
    const auto refused = Endpoint::parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code(), StatusCode::kInvalidArgument);
    EXPECT_TRUE(refused.error().message().starts_with("'" + std::string(text) + "' is no address: "));
  }
}

TEST(Endpoint, KnowsHowLongAPathMayBe) {
  const auto path = "/" + std::string(106, 'x');
  EXPECT_EQ(rewritten("unix:" + path), "unix:" + path);
  EXPECT_EQ(rewritten("unix:x" + path),
            "INVALID_ARGUMENT: 'unix:x" + path + "' is no address: a socket's path has 1 to 107 characters");
  const std::string name(106, 'x');
  EXPECT_EQ(rewritten("unix-abstract:" + name), "unix-abstract:" + name);
  EXPECT_FALSE(Endpoint::parse("unix-abstract:x" + name));
}

TEST(Endpoint, TellsItsFamily) {
  EXPECT_EQ(parsed("ipv4:192.0.2.7:80").family(), Endpoint::Family::kIpv4);
  EXPECT_EQ(parsed("ipv6:[::1]:80").family(), Endpoint::Family::kIpv6);
  EXPECT_EQ(parsed("unix:/run/it").family(), Endpoint::Family::kUnix);
}

TEST(Endpoint, IsAValue) {
  EXPECT_EQ(parsed("ipv6:[::1]:80"), parsed("ipv6:[0:0::1]:80"));
  EXPECT_NE(parsed("ipv4:192.0.2.7:80"), parsed("ipv4:192.0.2.7:81"));
  EXPECT_NE(parsed("unix:it"), parsed("unix-abstract:it"));
  EXPECT_EQ(parsed("unix:/run/it"), parsed("unix:///run/it"));
}

TEST(Endpoint, GoesThroughTheSystemsFormAndBack) {
  for (const auto* text : {"ipv4:192.0.2.7:80", "ipv6:[2001:db8::7]:80", "unix:/run/it", "unix-abstract:it"}) {
    EXPECT_EQ(Endpoint::from(parsed(text).generic()), parsed(text));
  }
}

TEST(Endpoint, OfASocketWithoutANameHasNoPath) {
  const sockaddr nameless{.sa_family = AF_UNIX, .sa_data = {}};
  const auto endpoint = Endpoint::from(Endpoint::Generic(&nameless, sizeof(sa_family_t)));
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->to_string(), "unix:");
}

TEST(Endpoint, IsNoneForOtherFamilies) {
  const sockaddr strange{.sa_family = AF_NETLINK, .sa_data = {}};
  EXPECT_FALSE(Endpoint::from(Endpoint::Generic(&strange, sizeof(strange))));
}

}  // namespace
}  // namespace plinth::net
