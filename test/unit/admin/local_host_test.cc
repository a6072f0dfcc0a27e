#include "admin/local_host.h"

#include <gtest/gtest.h>

#include "admin/site.h"
#include "support/manual_loop.h"

namespace plinth::admin {
namespace {

TEST(LoopbackHost, IsReachedByThisMachineOnly) {
  for (const auto* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "", "example.com", "localhost.example.com"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(LocalAuthority, IsAnAddressOrLocalhost) {
  for (const auto* authority :
       {"", "localhost", "LocalHost:9464", "a.localhost:1", "127.0.0.1:9464", "10.0.0.7", "[::1]:9464"}) {
    EXPECT_TRUE(is_local_authority(authority)) << authority;
  }
  for (const auto* authority : {"evil.example", "evil.example:9464", "127.0.0.1.evil.example", "localhost.evil.example",
                                "[::1", "[]", "[evil]:80", ":80", "1"}) {
    EXPECT_FALSE(is_local_authority(authority)) << authority;
  }
}

/// The status of the answer to one who names this host.
unsigned asked_as(const std::string& authority, Site::Reach reach) {
  test::ManualLoop loop;
  const auto secret = [](const Question&) { return at_once(line(200, "secret")); };
  const Site site({Page{.path = "/secret", .help = "", .answer = secret}}, reach);
  const Question question{.path = "/secret", .authority = authority};
  return test::Started<Answer>(loop.worker(), site.answer(question)).take().status;
}

TEST(SiteOnLoopback, AnswersNobodyWhoWasLedThereByAName) {
  EXPECT_EQ(asked_as("evil.example:9464", Site::Reach::kLoopback), 421u);
  EXPECT_EQ(asked_as("localhost:9464", Site::Reach::kLoopback), 200u);
  EXPECT_EQ(asked_as("evil.example:9464", Site::Reach::kAnywhere), 200u) << "it has a name there";
}

}  // namespace
}  // namespace plinth::admin
