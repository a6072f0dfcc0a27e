#include "client/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace plinth::client {
namespace {

using testing::HasSubstr;

struct TargetCase {
  std::string given;
  std::string scheme;
  std::string authority;
  std::string endpoint;
  std::string text;

  friend std::ostream& operator<<(std::ostream& out, const TargetCase& test_case) {
    return out << "'" << test_case.given << "'";
  }
};

class TargetTest : public testing::TestWithParam<TargetCase> {};

TEST_P(TargetTest, IsReadAsNamingMdSays) {
  const auto& wanted = GetParam();
  const auto target = parse_target(wanted.given);
  ASSERT_TRUE(target) << target.error().message();
  EXPECT_EQ(target->scheme, wanted.scheme);
  EXPECT_EQ(target->authority, wanted.authority);
  EXPECT_EQ(target->endpoint, wanted.endpoint);
  EXPECT_EQ(target->text, wanted.text.empty() ? wanted.given : wanted.text);
}

INSTANTIATE_TEST_SUITE_P(
    Names, TargetTest,
    testing::Values(TargetCase{"dns:///service:50051", "dns", "", "service:50051", ""},
                    TargetCase{"dns:service:50051", "dns", "", "service:50051", ""},
                    TargetCase{"dns://8.8.8.8/service:50051", "dns", "8.8.8.8", "service:50051", ""},
                    TargetCase{"service:50051", "dns", "", "service:50051", "dns:///service:50051"},
                    TargetCase{"service.namespace.svc.cluster.local", "dns", "", "service.namespace.svc.cluster.local",
                               "dns:///service.namespace.svc.cluster.local"},
                    TargetCase{"10.0.0.1:50051", "dns", "", "10.0.0.1:50051", "dns:///10.0.0.1:50051"},
                    TargetCase{"[::1]:50051", "dns", "", "[::1]:50051", "dns:///[::1]:50051"},
                    TargetCase{"Service:50051", "dns", "", "Service:50051", "dns:///Service:50051"}));

INSTANTIATE_TEST_SUITE_P(
    Addresses, TargetTest,
    testing::Values(TargetCase{"ipv4:10.0.0.1:80,10.0.0.2:80", "ipv4", "", "10.0.0.1:80,10.0.0.2:80", ""},
                    TargetCase{"ipv6:[::1]:80", "ipv6", "", "[::1]:80", ""},
                    TargetCase{"unix:/run/service.sock", "unix", "", "/run/service.sock", ""},
                    TargetCase{"unix:///run/service.sock", "unix", "", "/run/service.sock", ""},
                    TargetCase{"unix:service.sock", "unix", "", "service.sock", ""},
                    TargetCase{"unix-abstract:service", "unix-abstract", "", "service", ""},
                    TargetCase{"my+own.scheme-1://there/name", "my+own.scheme-1", "there", "name", ""}));

TEST(ParseTarget, SaysWhatIsWrongWithOneThatNamesNothing) {
  EXPECT_THAT(parse_target("").error().message(), HasSubstr("the target is empty"));
  // What is meant has three slashes.
  EXPECT_EQ(parse_target("dns://service:50051").error(),
            invalid_argument("the target 'dns://service:50051' names nothing: write dns:///name"));
  EXPECT_EQ(parse_target("dns:///").error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(parse_target("unix://run/x.sock").error(),
            invalid_argument("the target 'unix://run/x.sock' names a host: write unix:/path or unix:///path"));
  EXPECT_EQ(parse_target("dns:").error(), invalid_argument("the target 'dns:' names nothing: write dns:///name"));
  EXPECT_EQ(parse_target(std::string(5000, 'a')).error(),
            invalid_argument("a target of 5000 characters: 4096 are allowed"));
}

TEST(DefaultAuthority, IsTheNameOrTheFirstAddressOrLocalhost) {
  const auto authority = [](std::string_view text) { return default_authority(parse_target(text).value()); };
  EXPECT_EQ(authority("dns:///service:50051"), "service:50051");
  EXPECT_EQ(authority("ipv4:10.0.0.1:80,10.0.0.2:80"), "10.0.0.1:80");
  EXPECT_EQ(authority("unix:/run/service.sock"), "localhost");
  EXPECT_EQ(authority("unix-abstract:service"), "localhost");
}

struct HostPortCase {
  std::string given;
  std::string host;
  std::uint16_t port;

  friend std::ostream& operator<<(std::ostream& out, const HostPortCase& test_case) {
    return out << "'" << test_case.given << "'";
  }
};

class HostPortTest : public testing::TestWithParam<HostPortCase> {};

TEST_P(HostPortTest, IsSplit) {
  const auto place = parse_host_port(GetParam().given);
  ASSERT_TRUE(place) << place.error().message();
  EXPECT_EQ(place->host, GetParam().host);
  EXPECT_EQ(place->port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(All, HostPortTest,
                         testing::Values(HostPortCase{"service:50051", "service", 50051},
                                         HostPortCase{"service", "service", 443},
                                         HostPortCase{"10.0.0.1:1", "10.0.0.1", 1},
                                         HostPortCase{"[::1]:65535", "::1", 65535}, HostPortCase{"[::1]", "::1", 443},
                                         HostPortCase{"::1", "::1", 443}));

class BadHostPortTest : public testing::TestWithParam<std::string> {};

TEST_P(BadHostPortTest, IsRefusedWithWhatWouldBeRight) {
  const auto place = parse_host_port(GetParam());
  ASSERT_FALSE(place) << place->host << " and " << place->port;
  EXPECT_EQ(
      place.error(),
      invalid_argument("'{}' is no host and port: write it as host:50051, 10.0.0.1:50051 or [::1]:50051", GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, BadHostPortTest,
                         testing::Values("", ":80", "service:", "service:0", "service:65536", "service:-1",
                                         "service:80x", "service:http", "[::1", "[::1]80", "[]:80", "a b:80", "a/b:80",
                                         "user@service:80", std::string(254, 'a') + ":80"));

}  // namespace
}  // namespace plinth::client
