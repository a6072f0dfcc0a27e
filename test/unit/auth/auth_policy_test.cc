#include "plinth/auth_policy.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/certificates.h"

namespace plinth {
namespace {

using enum AuthPolicy::Access;

const Peer kNobody{.address = "ipv4:192.0.2.7:1", .tls_subject = "", .unix_credentials = {}};
const Peer kOps{.address = "", .tls_subject = "CN=ops,O=Example", .unix_credentials = {}};
const Peer kRoot{
    .address = "unix:", .tls_subject = "", .unix_credentials = UnixCredentials{.uid = 0, .gid = 0, .pid = 7}};
const Peer kUser{
    .address = "unix:", .tls_subject = "", .unix_credentials = UnixCredentials{.uid = 7, .gid = 0, .pid = 7}};

AuthPolicy::Access access(const AuthPolicy& policy, std::string_view method, const Peer& peer = kNobody) {
  return policy.rule_for(method, peer).access;
}

TEST(AuthPolicy, WantsATokenForAllButHealthAndReflection) {
  const AuthPolicy policy;
  EXPECT_EQ(access(policy, "/a.S/M"), kToken);
  EXPECT_EQ(access(policy, "/grpc.channelz.v1.Channelz/GetServers"), kToken);
  EXPECT_EQ(access(policy, "/grpc.health.v1.Health/Check"), kPublic);
  EXPECT_EQ(access(policy, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"), kPublic);
  EXPECT_EQ(access(policy, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"), kPublic);
  EXPECT_EQ(access(policy, "/grpc.health.v1.Health"), kToken);
  EXPECT_EQ(access(policy, "/grpc.health.v1.HealthX/Check"), kToken);
}

TEST(AuthPolicy, GoesByTheFirstRuleThatMatches) {
  AuthPolicy policy;
  policy.allow("/a.S/Get").require_scopes("/a.S/*", {"read"}).deny("*");
  EXPECT_EQ(access(policy, "/a.S/Get"), kPublic);
  EXPECT_EQ(access(policy, "/a.S/GetMore"), kToken);
  EXPECT_EQ(policy.rule_for("/a.S/List", kNobody).scopes, std::vector<std::string>{"read"});
  EXPECT_EQ(access(policy, "/a.ST/Get"), kDenied);
  EXPECT_EQ(access(policy, "/grpc.health.v1.Health/Check"), kDenied) << "what the user says comes first";
}

TEST(AuthPolicy, KnowsPeersByWhatTheirConnectionProves) {
  AuthPolicy policy;
  policy.deny("/a.S/*", {{.uid = 7, .gid = 0}}).allow("/a.S/*", {{.uid = 0}, {.tls_subject = "CN=ops,O=Example"}});
  EXPECT_EQ(access(policy, "/a.S/Get", kUser), kDenied);
  EXPECT_EQ(access(policy, "/a.S/Get", kRoot), kPublic);
  EXPECT_EQ(access(policy, "/a.S/Get", kOps), kPublic);
  EXPECT_EQ(access(policy, "/a.S/Get", kNobody), kToken);
}

TEST(AuthPolicy, LetsNobodyInByAListThatIsEmpty) {
  AuthPolicy policy;
  EXPECT_THROW(policy.allow("/a.S/Get", AuthPolicy::Peers()), std::invalid_argument);
  EXPECT_THROW(policy.require_token("/a.S/Get", AuthPolicy::Peers()), std::invalid_argument);
  EXPECT_THROW(policy.require_scopes("/a.S/Get", {}), std::invalid_argument);
  EXPECT_THROW(policy.require_scopes("/a.S/Get", {"read"}, AuthPolicy::Peers()), std::invalid_argument);
  EXPECT_THROW(policy.deny("/a.S/Get", AuthPolicy::Peers()), std::invalid_argument);
  EXPECT_TRUE(policy.rules().empty());
}

TEST(PeerIdentity, MatchesWhenAllOfItDoes) {
  EXPECT_TRUE((PeerIdentity{.uid = 0, .gid = 0}.matches(kRoot)));
  EXPECT_FALSE((PeerIdentity{.uid = 0, .gid = 1}.matches(kRoot)));
  EXPECT_FALSE((PeerIdentity{.tls_subject = "CN=ops,O=Example", .uid = 0}.matches(kOps)));
  EXPECT_FALSE((PeerIdentity{.tls_subject = "CN=ops"}.matches(kOps)));
  EXPECT_FALSE((PeerIdentity{.tls_subject = ""}.matches(kNobody))) << "no certificate is no identity";
  EXPECT_FALSE(PeerIdentity().matches(kRoot)) << "nothing is asked for, so nobody is meant";
}

TEST(AuthPolicy, RefusesPatternsThatMatchNoMethod) {
  for (const auto* const pattern :
       {"", "/", "//", "a.S/M", "/a.S", "/a.S/", "/a.*/M", "/a.S/M*", "/*/M", "/*", "**", "/a.S/M/N", "/a.S/*/M"}) {
    EXPECT_THROW(AuthPolicy().allow(pattern), std::invalid_argument) << pattern;
  }
}

std::string policy_mistake(std::string_view json) {
  const auto policy = AuthPolicy::parse(json);
  return policy ? "none" : policy.error().message();
}

TEST(AuthPolicyJson, SaysTheSameAsCode) {
  const auto policy = AuthPolicy::parse(R"({"rules": [
    {"methods": ["/a.S/Get", "/a.S/List"], "access": "public"},
    {"methods": ["/a.S/*"], "access": "token", "scopes": ["read", "write"]},
    {"methods": ["/grpc.channelz.v1.Channelz/*"], "access": "public",
     "peers": [{"uid": 0, "gid": 0}, {"tls_subject": "CN=ops,O=Example"}]},
    {"methods": ["*"], "access": "deny"}
  ]})");
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(access(*policy, "/a.S/List"), kPublic);
  EXPECT_EQ(policy->rule_for("/a.S/Put", kNobody).scopes, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(access(*policy, "/grpc.channelz.v1.Channelz/GetServers", kRoot), kPublic);
  EXPECT_EQ(access(*policy, "/grpc.channelz.v1.Channelz/GetServers", kOps), kPublic);
  EXPECT_EQ(access(*policy, "/grpc.channelz.v1.Channelz/GetServers", kNobody), kDenied);
}

TEST(AuthPolicyJson, SaysWhereItIsWrong) {
  const auto rule = [](std::string_view fields) { return fmt::format(R"({{"rules":[{{{}}}]}})", fields); };
  EXPECT_EQ(policy_mistake("{\"rules\": [\n  {,}]}"), "auth policy: no JSON at line 2, column 4");
  EXPECT_EQ(policy_mistake("[]"), "auth policy: the text is []: an object is needed");
  EXPECT_EQ(policy_mistake("{}"), R"(auth policy: the text is {}: an object with "rules" is needed)");
  EXPECT_EQ(policy_mistake(R"({"rule":[]})"),
            R"(auth policy: the name of a field of the text is "rule": one of rules is needed)");
  EXPECT_EQ(policy_mistake(R"({"rules":[]})"), "auth policy: rules is []: a list with something in it is needed");
  EXPECT_EQ(policy_mistake(rule(R"("methods":["/a.S/M"],"access":"pulbic")")),
            R"(auth policy: rules[0].access is "pulbic": one of public, token, deny is needed)");
  EXPECT_EQ(
      policy_mistake(rule(R"("methods":["/a.S/M","a.S/M"],"access":"deny")")),
      R"(auth policy: rules[0].methods[1] is "a.S/M": /package.Service/Method, /package.Service/* or * is needed)");
  EXPECT_EQ(
      policy_mistake(rule(R"("methods":["*"],"access":"token","scope":["read"])")),
      R"(auth policy: the name of a field of rules[0] is "scope": one of methods, access, scopes, peers is needed)");
  EXPECT_EQ(policy_mistake(rule(R"("methods":["*"],"access":"public","scopes":["read"])")),
            R"(auth policy: rules[0].access is "public": "token" beside "scopes" is needed)");
  EXPECT_EQ(policy_mistake(rule(R"("methods":["*"],"access":"token","scopes":[7])")),
            "auth policy: rules[0].scopes[0] is 7: a text is needed");
  EXPECT_EQ(policy_mistake(rule(R"("methods":["*"],"access":"deny","peers":[{}])")),
            R"(auth policy: rules[0].peers[0] is {}: an object with "tls_subject", "uid" or "gid" is needed)");
  EXPECT_EQ(policy_mistake(rule(R"("methods":["*"],"access":"deny","peers":[{"uid":-1}])")),
            "auth policy: rules[0].peers[0].uid is -1: a whole number of 32 bits is needed");
  EXPECT_EQ(policy_mistake(rule(R"("methods":["*"],"methods":["*"],"access":"deny")")),
            R"(auth policy: the field "methods" twice)");
}

TEST(AuthPolicyJson, IsReadFromAFile) {
  const test::TempFolder folder;
  const auto file = folder.write("policy.json", R"({"rules":[{"methods":["*"],"access":"deny"}]})");
  EXPECT_EQ(access(AuthPolicy::from_file(file).value(), "/a.S/M"), kDenied);
  folder.write("policy.json", "{");
  EXPECT_EQ(AuthPolicy::from_file(file).error().message(),
            fmt::format("auth policy '{}': no JSON at line 1, column 2", file));
  folder.write("policy.json", std::string(2 * 1024 * 1024, ' '));
  EXPECT_EQ(AuthPolicy::from_file(file).error().message(),
            fmt::format("cannot read '{}': it has more than 1048576 bytes", file));
  EXPECT_EQ(AuthPolicy::from_file("/no/such").error().message(), "cannot read '/no/such': No such file or directory");
}

}  // namespace
}  // namespace plinth
